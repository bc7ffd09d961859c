"""What a screen reader and a keyboard find of every page, and that its text can be read."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor, QFont, QImage, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollBar,
    QToolButton,
    QWidget,
)

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
AA, AA_LARGE = 4.5, 3.0
TEXT_ROLES = {
    QLabel: QPalette.ColorRole.WindowText,
    QPushButton: QPalette.ColorRole.ButtonText,
    QToolButton: QPalette.ColorRole.ButtonText,
    QCheckBox: QPalette.ColorRole.WindowText,
    QRadioButton: QPalette.ColorRole.WindowText,
    QComboBox: QPalette.ColorRole.ButtonText,
    QLineEdit: QPalette.ColorRole.Text,
}


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


def test_text_stands_out_from_its_ground(page, theme):
    found = {}
    for shade in ("dark", "light"):
        theme.choose(shade)
        found[shade] = faint_texts(page)
    assert found == {"dark": [], "light": []}


def test_faint_text_is_found(qtbot, theme):
    made = QWidget()
    qtbot.addWidget(made)
    for number, colour in enumerate(("#767676", "#777777")):
        QLabel("Text", made).setGeometry(0, 40 * number, 80, 30)
        made.children()[-1].setStyleSheet(f"background: white; color: {colour}")
    made.show()
    assert [ratio for _, ratio in faint_texts(made)] == [4.48]


def faint_texts(page: QWidget) -> list[tuple[str, float]]:
    """What is written in colours that are too near to that of the ground, as WCAG AA has it."""
    picture = page.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    found = []
    for kind, role in TEXT_ROLES.items():
        for part in parts(page, kind):
            if not (part.isEnabled() and part.visibleRegion().boundingRect() == part.rect()):
                continue
            place = part.mapTo(page, part.rect().topLeft())
            ground = _most_common(picture.copy(QRect(place, part.size())))
            colour = _written_in(part, role)
            if ground is None or colour is None:
                continue
            ratio = contrast_ratio(ground.name(), _over(colour, ground).name())
            if ratio < (AA_LARGE if _is_large(part.font()) else AA):
                found.append((told(part), round(ratio, 2)))
    return found


def _written_in(part: QWidget, role: QPalette.ColorRole) -> QColor | None:
    """The colour of a part's text; None where it has none."""
    if isinstance(part, QLineEdit) and not part.text():
        return part.palette().color(QPalette.ColorRole.PlaceholderText) if (
            part.placeholderText()
        ) else None  # fmt: skip
    text = part.currentText() if isinstance(part, QComboBox) else part.text()
    return part.palette().color(role) if text else None


def _is_large(font: QFont) -> bool:
    return font.pointSizeF() >= (14 if font.weight() >= QFont.Weight.DemiBold else 18)


def _over(colour: QColor, ground: QColor) -> QColor:
    """What a colour that lets some of the ground through looks like."""
    share = colour.alphaF()
    mixed = (
        share * of + (1 - share) * under
        for of, under in zip(colour.getRgbF()[:3], ground.getRgbF()[:3], strict=True)
    )
    return QColor.fromRgbF(*mixed)


def _most_common(picture: QImage) -> QColor | None:
    width, height = picture.width(), picture.height()
    if not width or not height:  # scrolled out of view
        return None
    pixels = np.frombuffer(picture.constBits(), np.uint32).reshape(height, -1)[:, :width]
    colours, counts = np.unique(pixels & 0xFFFFFF, return_counts=True)
    return QColor(int(colours[counts.argmax()]))
