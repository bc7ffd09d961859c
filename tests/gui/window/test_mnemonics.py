"""No underlined letter stands for two things at once."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QWidget

from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.files.sidecar_dialog import SidecarDialog
from ahash_desktop.gui.settings.dialog import SettingsDialog
from ahash_desktop.services.sidecars import SidecarName

MNEMONIC = re.compile(r"&([^&\s])")


def letters(texts: list[str]) -> list[str]:
    return [found[1].upper() for text in texts if (found := MNEMONIC.search(text))]


def doubled(texts: list[str]) -> list[str]:
    found = letters(texts)
    return [t for t in texts if letters([t]) and found.count(letters([t])[0]) > 1]


def menus(window) -> Iterator[tuple[str, list[str]]]:
    yield "menu bar", [action.text() for action in window.menuBar().actions()]
    for menu in window.menuBar().findChildren(QMenu):
        yield menu.title(), [action.text() for action in menu.actions()]


def texts_of(widget: QWidget) -> list[str]:
    labels = [part.text() for part in widget.findChildren(QLabel) if part.buddy() is not None]
    return labels + [part.text() for part in widget.findChildren(QAbstractButton)]


def test_a_doubled_letter_is_found():
    assert doubled(["&Open", "&Copy", "&Cut", "S&&T"]) == ["&Copy", "&Cut"]


def test_no_menu_underlines_a_letter_twice(language, window):
    for title, texts in menus(window):
        assert doubled(texts) == [], title


def test_every_entry_of_the_menus_has_a_letter(language, window):
    for title, texts in menus(window):
        assert [text for text in texts if text and not letters([text])] == [], title


@pytest.mark.parametrize(
    "make",
    [
        lambda window: SettingsDialog(Settings(), window),
        lambda window: SidecarDialog(3, SidecarName.WHOLE, window),
    ],
)
def test_no_dialog_underlines_a_letter_twice(language, window, make):
    dialog = make(window)
    assert doubled(texts_of(dialog)) == []
    dialog.deleteLater()


def test_no_two_commands_have_the_same_keys(window):
    keys = [key.toString() for action in window.commands.all() for key in action.shortcuts()]
    assert sorted(keys) == sorted(set(keys))
