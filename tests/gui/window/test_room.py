"""Every word of the window has room: in each language, at three widths, at each scale.

Beside the languages there are, long texts stand for those that need more room, such as German.
"""

import os
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QTableView,
    QTabWidget,
    QToolButton,
    QWidget,
)

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.base.controls import ElidedLabel
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.files.sidecar_dialog import SidecarDialog
from ahash_desktop.gui.settings.dialog import SettingsDialog
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.gui.window.palette import CommandPalette
from ahash_desktop.services.mapping import MapLayout
from ahash_desktop.services.sidecars import SidecarName
from tests.gui.conftest import N_PHOTOS
from tests.gui.long_texts import LONG
from tests.gui.window.test_window import search_by_first
from tests.services.test_switching import make_bundle

in_all_languages = pytest.mark.parametrize("language", ["en", "zh_CN", LONG], indirect=True)
CHINESE = re.compile("[\u4e00-\u9fff]")
WORD = re.compile(r"[^\W\d_]{2,}")
WIDTHS = (1600, 1280, 1024)
FIELD_MARGIN_PX = 16
FIELD_ICON_PX = 22
TEXT_SCALE = float(os.environ.get("QT_FONT_DPI", "96")) / 96


def shown(widget: QWidget, kind: type) -> list:
    return [part for part in widget.findChildren(kind) if part.isVisible()]


def clipped(widget: QWidget) -> list[str]:
    """The texts for which there is less room than they take, once all is laid out."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    return [
        *(part.text() for part in shown(widget, QAbstractButton) if part.text() and is_small(part)),
        *(part.currentText() for part in shown(widget, QComboBox) if is_narrow(part)),
        *(part.text() for part in shown(widget, QLabel) if not fits(part)),
        *(part.placeholderText() for part in shown(widget, QLineEdit) if hides_hint(part)),
        *(text for header in shown(widget, QHeaderView) for text in narrow_columns(header)),
        *(text for table in shown(widget, QTableView) for text in cut_cells(table)),
    ]


def is_small(part: QWidget) -> bool:
    needed = part.sizeHint()
    return part.width() + 1 < needed.width() or part.height() + 1 < needed.height()


def is_narrow(part: QComboBox) -> bool:
    option = QStyleOptionComboBox()
    part.initStyleOption(option)
    field = QStyle.SubControl.SC_ComboBoxEditField
    room = part.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, part)
    return part.fontMetrics().horizontalAdvance(part.currentText()) > room.width()


def hides_hint(part: QLineEdit) -> bool:
    """Whether what an empty field says cannot be read to its end."""
    if part.text():
        return False
    n_icons = sum(action.isVisible() and not action.icon().isNull() for action in part.actions())
    room = part.width() - FIELD_MARGIN_PX - n_icons * FIELD_ICON_PX
    return part.fontMetrics().horizontalAdvance(part.placeholderText()) > room


def fits(part: QLabel) -> bool:
    if not part.text():
        return True
    if isinstance(part, ElidedLabel):
        return part.text() == part.toolTip() or bool(part.toolTip())
    if part.wordWrap():
        return part.height() + 1 >= part.heightForWidth(part.width())
    return not is_small(part)


def narrow_columns(header: QHeaderView) -> list[str]:
    columns = [n for n in range(header.count()) if not header.isSectionHidden(n)]
    texts = {n: str(header.model().headerData(n, header.orientation()) or "") for n in columns}
    width_of = header.fontMetrics().horizontalAdvance
    return [text for n, text in texts.items() if header.sectionSize(n) < width_of(text)]


def cut_cells(table: QTableView) -> list[str]:
    """Texts of cells that are cut and have no tool tip to read them in, or too low a row."""
    model, metrics = table.model(), table.fontMetrics()
    indexes = [
        model.index(row, column)
        for row in range(min(model.rowCount(), 20))
        for column in range(model.columnCount())
        if not table.isColumnHidden(column)
    ]
    found = []
    for index in indexes:
        text, tip = str(index.data() or ""), index.data(3)
        is_cut = metrics.horizontalAdvance(text) > table.columnWidth(index.column())
        if text and ((is_cut and not tip) or table.rowHeight(index.row()) < metrics.height()):
            found.append(text)
    return found


def untranslated(widget: QWidget) -> list[str]:
    """Words on buttons that are not Chinese."""
    texts = [part.text() for kind in (QPushButton, QToolButton) for part in shown(widget, kind)]
    return [text for text in texts if WORD.search(text) and not CHINESE.search(text)]


def test_a_button_that_is_too_narrow_is_found(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    QPushButton("In this there is far more text than room", window).setFixedWidth(60)
    QPushButton("Low", window).setFixedHeight(6)
    window.show()
    assert len(clipped(window)) == 2


def check(qtbot, widget: QWidget, language: str) -> None:
    """Words that have just arrived get their room with the next layout."""

    def all_fit(size: QSize) -> None:
        window.resize(size)  # once more where the inspector had to fold first
        assert window.width() == size.width()
        assert clipped(widget) == []

    window = widget.window()
    before = window.size()
    is_main = isinstance(window, MainWindow) and TEXT_SCALE == 1
    for width in WIDTHS if is_main else (before.width(),):
        qtbot.waitUntil(partial(all_fit, QSize(width, before.height())))
    window.resize(before)
    if language == "zh_CN":
        assert untranslated(widget) == []


@in_all_languages
def test_every_page_has_room_for_its_words(qtbot, language, window, photos, session):
    window.resize(round(1280 * TEXT_SCALE), round(800 * TEXT_SCALE))
    check(qtbot, window, language)
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() == N_PHOTOS)
    qtbot.waitUntil(lambda: not window.catalogue.is_indexing)
    window.commands.filters.trigger()
    window.browse.library_grid.choose_row(3)
    qtbot.waitUntil(lambda: window.inspector.bits.bit_model.rowCount() > 0)
    check(qtbot, window, language)
    search_by_first(qtbot, window)
    check(qtbot, window, language)
    window.commands.view_large.trigger()
    check(qtbot, window, language)
    window.commands.back.trigger()
    window.commands.bits.trigger()
    qtbot.waitUntil(lambda: window.pages.gallery.page.bit is not None)
    check(qtbot, window, language)
    ids = window.catalogue.contents.photo_ids
    places = np.tile(np.float32(0.5), (len(ids), 2))
    session.library_map._save(MapLayout(ids, places))
    window.commands.map.trigger()
    qtbot.waitUntil(lambda: len(window.pages.map.view.photo_ids) == N_PHOTOS)
    check(qtbot, window, language)


@in_all_languages
def test_lessons_names_and_models_have_room_for_their_words(qtbot, language, full_window, session):
    make_bundle(session.paths.models / "older", 8)
    commands, teaching = full_window.commands, full_window.teaching
    full_window.resize(1280, 720)
    commands.models.trigger()
    qtbot.waitUntil(lambda: bool(teaching.models.page.cards))
    check(qtbot, teaching.models.page, language)
    commands.name_rest.trigger()
    check(qtbot, teaching.review.page, language)
    commands.teach.trigger()
    for page in teaching.wizard.pages:
        teaching.wizard._stack.setCurrentWidget(page)
        qtbot.waitUntil(page.isVisible)
        check(qtbot, page, language)


@in_all_languages
def test_every_dialog_has_room_for_its_words(qtbot, language, full_window):
    dialogs, help_ = full_window.library.dialogs, full_window.help
    for dialog in (
        dialogs.show_problems(),
        dialogs.show_folders(),
        help_.show_shortcuts(),
        help_.show_about(),
        full_window.teaching.review.show_species(),
        SettingsDialog(Settings(), full_window),
        SidecarDialog(3, SidecarName.WHOLE, full_window),
        CommandPalette(full_window.commands.all(), full_window),
        FailureDialog(UserFacingError("the library is damaged", path="x" * 90), "", full_window),
        FailureDialog(ValueError("oh"), "/a/folder", full_window),
    ):
        dialog.show()
        qtbot.waitUntil(dialog.isVisible)
        for pages in dialog.findChildren(QTabWidget) or (None,):
            for number in range(pages.count() if pages else 1):
                if pages:
                    pages.setCurrentIndex(number)
                check(qtbot, dialog, language)
        assert dialog.height() <= 700 * TEXT_SCALE, type(dialog)
        assert dialog.width() <= WIDTHS[-1] * TEXT_SCALE, type(dialog)
        dialog.close()


@pytest.mark.parametrize(
    "surroundings",
    [
        {"QT_SCALE_FACTOR": "1.5"},
        {"QT_SCALE_FACTOR": "2"},
        {"QT_FONT_DPI": "144"},
        {"QT_FONT_DPI": "192"},
    ],
    ids=["scale 150 %", "scale 200 %", "text 150 %", "text 200 %"],
)
def test_there_is_room_at_every_scale(surroundings):
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            __file__,
            "-k",
            f"its_words and not {LONG}",
        ],
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-4000:]
