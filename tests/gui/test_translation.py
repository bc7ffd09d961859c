"""The window in every language: complete, true to the original, and with room for its words."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import (
    QAbstractButton,
    QHeaderView,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

from ahash_desktop.core.paths import resources_folder
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.translation import install_translators, translations_folder
from ahash_desktop.gui.views.settings_dialog import SettingsDialog
from ahash_desktop.gui.views.sidecar_dialog import SidecarDialog
from ahash_desktop.gui.views.texts import ElidedLabel
from ahash_desktop.services.mapping import MapLayout
from ahash_desktop.services.sidecars import SidecarName
from tests.gui.conftest import N_PHOTOS
from tests.gui.test_window import search_by_first

TRANSLATION = translations_folder() / "ahash_zh_CN.ts"
UPDATE = resources_folder().parent / "docs" / "update_translations.py"
PLACEHOLDER = re.compile(r"\{\w*\}")
MNEMONIC = re.compile(r"&(?!&)(\w)")
CHINESE = re.compile("[\u4e00-\u9fff]")
WORD = re.compile(r"[^\W\d_]{2,}")


def messages(path: Path) -> dict[tuple[str, str], str]:
    """Each finished translation of a file by its context and source; "" for those that are not."""
    found = {}
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    for context in root.iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            text = "" if translation.get("type") else translation.text or ""
            found[context.findtext("name"), message.findtext("source")] = text
    return found


def test_every_text_of_the_window_is_translated(tmp_path):
    beside = str(Path(sys.executable).parent)
    if not (shutil.which("pyside6-lupdate", path=beside) or shutil.which("pyside6-lupdate")):
        pytest.skip("pyside6-lupdate is not installed")
    fresh = Path(shutil.copy(TRANSLATION, tmp_path))
    subprocess.run([sys.executable, UPDATE, tmp_path], check=True, capture_output=True)
    assert messages(fresh) == messages(TRANSLATION), "run docs/update_translations.py"
    assert [key for key, text in messages(fresh).items() if not text] == []
    assert fresh.with_suffix(".qm").is_file()


def test_what_the_window_loads_is_compiled_from_the_translation(qapp):
    translator = QTranslator()
    assert translator.load(str(TRANSLATION.with_suffix(".qm")))
    compiled = {key: translator.translate(*key) for key in messages(TRANSLATION)}
    assert compiled == messages(TRANSLATION), "run docs/update_translations.py"


def test_translations_keep_placeholders_and_mnemonics():
    for (_, source), text in messages(TRANSLATION).items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source)), source
        assert [key.upper() for key in MNEMONIC.findall(source)] == MNEMONIC.findall(text), source
        assert source.endswith("…") == text.endswith("…"), source


def test_a_language_the_system_lists_after_english_is_not_loaded(qapp, monkeypatch):
    languages = ["en-US", "zh-Hans-CN", "zh-CN"]
    monkeypatch.setattr(QLocale, "uiLanguages", lambda *_args: languages)
    monkeypatch.setattr(QLocale, "system", lambda: QLocale("zh_CN"))
    before = QLocale()
    assert install_translators(qapp, "system") == []
    QLocale.setDefault(before)


def shown(widget: QWidget, kind: type) -> list:
    return [part for part in widget.findChildren(kind) if part.isVisible()]


def clipped(widget: QWidget) -> list[str]:
    """The texts for which there is less room than they take."""
    buttons = [
        part.text()
        for part in shown(widget, QAbstractButton)
        if part.text() and part.width() < part.minimumSizeHint().width()
    ]
    labels = [part.text() for part in shown(widget, QLabel) if not fits(part)]
    columns = [text for header in shown(widget, QHeaderView) for text in narrow_columns(header)]
    return buttons + labels + columns


def fits(part: QLabel) -> bool:
    if isinstance(part, ElidedLabel) or not part.text():
        return True
    if part.wordWrap():
        return part.height() >= part.heightForWidth(part.width())
    return part.width() >= part.minimumSizeHint().width()


def narrow_columns(header: QHeaderView) -> list[str]:
    columns = [n for n in range(header.count()) if not header.isSectionHidden(n)]
    texts = {n: str(header.model().headerData(n, header.orientation()) or "") for n in columns}
    width_of = header.fontMetrics().horizontalAdvance
    return [text for n, text in texts.items() if header.sectionSize(n) < width_of(text)]


def untranslated(widget: QWidget) -> list[str]:
    """Words on buttons that are not Chinese."""
    texts = [part.text() for kind in (QPushButton, QToolButton) for part in shown(widget, kind)]
    return [text for text in texts if WORD.search(text) and not CHINESE.search(text)]


def test_a_button_that_is_too_narrow_is_found(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    QPushButton("In this there is far more text than room", window).setFixedWidth(60)
    window.show()
    assert len(clipped(window)) == 1


def check(widget: QWidget, language: str) -> None:
    assert clipped(widget) == []
    if language != "en":
        assert untranslated(widget) == []


def test_every_menu_is_translated(language, window):
    if language == "en":
        assert window.menuBar().actions()[0].text() == "&File"
        return
    titles = [action.text() for action in window.menuBar().actions()]
    for text in [*titles, *(action.text() for action in window.commands.all())]:
        assert CHINESE.search(text), text
    assert "(Ctrl" not in "".join(titles)


def test_every_page_has_room_for_its_words(qtbot, language, window, photos, session):
    window.resize(1280, 800)
    check(window, language)
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() == N_PHOTOS, timeout=20_000)
    qtbot.waitUntil(lambda: not window.catalogue.is_indexing)
    window.commands.filters.trigger()
    window.browse.library_grid.choose_row(3)
    qtbot.waitUntil(lambda: window.inspector.bits.bit_model.rowCount() > 0)
    check(window, language)
    search_by_first(qtbot, window)
    check(window, language)
    window.commands.view_large.trigger()
    check(window, language)
    window.commands.back.trigger()
    window.commands.bits.trigger()
    qtbot.waitUntil(lambda: window.side_pages.gallery.page.bit is not None)
    check(window, language)
    ids = window.catalogue.contents.photo_ids
    places = np.tile(np.float32(0.5), (len(ids), 2))
    session.library_map._save(MapLayout(ids, places))
    window.commands.map.trigger()
    qtbot.waitUntil(lambda: len(window.side_pages.map.view.photo_ids) == N_PHOTOS)
    check(window, language)


def test_every_dialog_has_room_for_its_words(qtbot, language, full_window):
    dialogs = full_window.dialogs
    for dialog in (
        dialogs.show_problems(),
        dialogs.show_folders(),
        dialogs.show_shortcuts(full_window.commands),
        dialogs.show_about("fake-64", "library"),
        full_window.model_changes.show_dialog(),
        SettingsDialog(Settings(), full_window),
        SidecarDialog(3, SidecarName.WHOLE, full_window),
    ):
        dialog.show()
        qtbot.waitUntil(dialog.isVisible)
        check(dialog, language)
        assert dialog.height() <= 700, type(dialog)
        dialog.close()
