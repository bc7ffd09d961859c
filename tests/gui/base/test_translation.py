"""The window in every language: complete and true to the original."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTranslator

from ahash_desktop.core.paths import resources_folder
from ahash_desktop.gui.base.translation import install_translators, translations_folder

TRANSLATION = translations_folder() / "ahash_zh_CN.ts"
UPDATE = resources_folder().parent / "docs" / "update_translations.py"
PLACEHOLDER = re.compile(r"\{\w*\}")
MNEMONIC = re.compile(r"&(?!&)(\w)")
CHINESE = re.compile("[\u4e00-\u9fff]")


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


def test_every_menu_is_translated(language, window):
    if language == "en":
        assert window.menuBar().actions()[0].text() == "&File"
        return
    titles = [action.text() for action in window.menuBar().actions()]
    for text in [*titles, *(action.text() for action in window.commands.all())]:
        assert CHINESE.search(text), text
    assert "(Ctrl" not in "".join(titles)
