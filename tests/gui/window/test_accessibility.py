"""What a screen reader and a keyboard find of every page, and that no text of it is cut."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QToolButton,
    QWidget,
)

from ahash_desktop.gui.base.controls import ElidedLabel
from ahash_desktop.gui.base.theme import contrast_ratio
from ahash_desktop.gui.window.palette import CommandPalette
from tests.gui.window.test_window import search_by_first
from tests.services.test_switching import make_bundle

ROLE = QAccessible.Role
NEEDS_A_NAME = {
    ROLE.PushButton, ROLE.CheckBox, ROLE.RadioButton, ROLE.ComboBox, ROLE.EditableText, ROLE.Slider,
    ROLE.SpinBox, ROLE.List, ROLE.Tree, ROLE.Table, ROLE.Link, ROLE.ButtonMenu, ROLE.ProgressBar,
    ROLE.PageTab, ROLE.MenuItem,
}  # fmt: skip
WIDTHS = (1024, 1280, 1600)
HEIGHT_PX = 700
AA = 4.5
# Text of a small size is drawn with softer edges than its colour is.
SOFTENED = 0.8


def tree(found: QAccessibleInterface | None) -> Iterator[QAccessibleInterface]:
    """An object and all that is below it; rows of lists and tables are left to their models."""
    if found is None or not found.isValid():
        return
    yield found
    if found.role() in (ROLE.List, ROLE.Tree, ROLE.Table):
        return
    for number in range(found.childCount()):
        yield from tree(found.child(number))


def browse(_qtbot, _window) -> None:
    pass


def results(qtbot, window) -> None:
    search_by_first(qtbot, window)
    window.commands.filters.trigger()


def words(qtbot, window) -> None:
    window.searching.words.ask("red crown, white wing bar")
    qtbot.waitUntil(lambda: bool(window.search.state.scope.terms))


def large(qtbot, window) -> None:
    search_by_first(qtbot, window)
    window.browse.result_grid.choose_row(0)
    window.commands.view_large.trigger()
    qtbot.waitUntil(lambda: window.viewing.is_open)


def gallery(qtbot, window) -> None:
    window.commands.bits.trigger()
    qtbot.waitUntil(lambda: window.pages.gallery.page.bit is not None)


def a_map(_qtbot, window) -> None:
    window.commands.map.trigger()


def models(qtbot, window) -> None:
    make_bundle(window._session.paths.models / "older", 8)
    window.commands.models.trigger()
    qtbot.waitUntil(lambda: bool(window.teaching.models.page.cards))


PAGES: dict[str, Callable] = {
    "browse": browse,
    "results": results,
    "words": words,
    "large": large,
    "gallery": gallery,
    "map": a_map,
    "models": models,
}
DIALOGS = ("settings", "folders", "problems", "missing", "shortcuts", "about", "palette")


@pytest.fixture(params=[*PAGES, *DIALOGS])
def page(request, qtbot, full_window) -> Iterator[QWidget]:
    """A page of the window, or a dialog, that is in view."""
    window = full_window
    window.resize(1280, 800)
    if request.param in PAGES:
        PAGES[request.param](qtbot, window)
        yield window
        return
    getattr(window.commands, request.param).trigger()
    qtbot.waitUntil(lambda: any(each.isVisible() for each in window.findChildren(QDialog)))
    made = next(each for each in window.findChildren(QDialog) if each.isVisible())
    yield made
    made.reject()


def parts(page: QWidget, kind: type) -> list:
    return [part for part in page.findChildren(kind) if part.isVisible()]


def told(part: QWidget) -> str:
    text = part.text() if hasattr(part, "text") else ""
    return f"{type(part).__name__} {part.objectName()} {part.accessibleName() or text!r}"


def test_everything_that_can_be_used_has_a_name_and_a_role(page):
    nameless = []
    for each in tree(QAccessible.queryAccessibleInterface(page)):
        if each.role() not in NEEDS_A_NAME or each.state().invisible:
            continue
        owner = each.object()
        if isinstance(owner, QScrollBar) or not each.rect().isValid():
            continue
        if isinstance(owner, QWidget) and _is_part_of_another(owner):
            continue
        if not (each.text(QAccessible.Text.Name) or each.text(QAccessible.Text.Value)):
            nameless.append((each.role(), owner and owner.objectName(), type(owner).__name__))
    assert nameless == []


def test_the_tab_key_reaches_everything_that_can_be_used(page):
    window = page.window()
    in_chain = []
    each = window.nextInFocusChain()
    while each is not None and each is not window:
        in_chain.append(each)
        each = each.nextInFocusChain()
    out_of_reach = [
        told(part)
        for kind in (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QAbstractItemView)
        for part in parts(page, kind)
        if part.isEnabled()
        and not isinstance(part, QScrollBar)
        and not _is_part_of_another(part)
        and (part not in in_chain or not part.focusPolicy() & Qt.FocusPolicy.TabFocus)
    ]
    assert out_of_reach == []


def _is_part_of_another(part: QWidget) -> bool:
    """A control inside one that has the keyboard: an arrow, a clear button, a header, a popup."""
    above = part.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, (QLineEdit, QComboBox, QAbstractItemView)) or (
            "Spin" in type(above).__name__ or "Date" in type(above).__name__
            or "Calendar" in type(above).__name__ or "TabBar" in type(above).__name__
        ):  # fmt: skip
            return True
        above = above.parentWidget()
    is_list_of_palette = isinstance(part.window(), CommandPalette) and isinstance(
        part, QAbstractItemView
    )  # the field passes its arrow keys on
    return part.isWindow() or is_list_of_palette


def test_text_stands_out_from_its_ground(page):
    faint = []
    seen = page.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    for kind in (QLabel, QPushButton, QCheckBox):
        for part in parts(page, kind):
            is_in_view = part.visibleRegion().boundingRect() == part.rect()
            if part.isEnabled() and part.text() and is_in_view and not part.hasFocus():
                place = part.mapTo(page, part.rect().topLeft())
                ratio = _contrast(seen.copy(QRect(place, part.size()).intersected(seen.rect())))
                if ratio < AA * SOFTENED:
                    faint.append((told(part), round(ratio, 2)))
    assert faint == []


def _contrast(picture: QImage) -> float:
    """The contrast of the most common colour of a part and the one that differs most from it."""
    width, height = picture.width(), picture.height()
    if not width or not height:  # scrolled out of view
        return np.inf
    pixels = np.frombuffer(picture.constBits(), np.uint32).reshape(height, -1)[:, :width]
    colours, counts = np.unique(pixels & 0xFFFFFF, return_counts=True)
    ground = f"#{int(colours[counts.argmax()]):06x}"
    return max(contrast_ratio(ground, f"#{int(colour):06x}") for colour in colours)


def cut_texts(page: QWidget) -> list[str]:
    """Labels and buttons that are narrower or lower than what they say."""
    found = []
    for part in parts(page, QLabel):
        if isinstance(part, ElidedLabel) or not part.text():
            continue
        if part.wordWrap():
            cut = part.heightForWidth(part.width()) > part.height() + 1
        else:
            needs = part.sizeHint()
            cut = needs.width() > part.width() + 1 or needs.height() > part.height() + 1
        if cut:
            found.append(told(part))
    for kind in (QPushButton, QCheckBox, QToolButton):
        for part in parts(page, kind):
            needs = part.sizeHint()
            if part.text() and needs.width() > part.width() + 1:
                found.append(told(part))
    for part in parts(page, QComboBox):
        room = part.width() - 30
        if part.fontMetrics().horizontalAdvance(part.currentText()) > room:
            found.append(told(part))
    return found


def cut_at_all_widths(page: QWidget) -> dict[int, list[str]]:
    found = {}
    for width in (page.width(),) if isinstance(page, QDialog) else WIDTHS:
        page.resize(width, page.height() if isinstance(page, QDialog) else HEIGHT_PX)
        for _turn in range(20):  # what wraps asks for its height once what lies around it has room
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            found[width] = cut_texts(page)
            if not found[width]:
                break
    return {width: texts for width, texts in found.items() if texts}


@pytest.mark.usefixtures("language")
def test_no_text_is_cut(page):
    """The language is chosen before the window is made, so all that it says is in it."""
    assert cut_at_all_widths(page) == {}


@pytest.mark.usefixtures("language")
def test_no_text_of_the_first_page_is_cut(window):
    assert cut_at_all_widths(window) == {}
