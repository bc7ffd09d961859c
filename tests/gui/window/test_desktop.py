"""Settings, the command palette, the tray and later starts."""

import subprocess
import sys
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from ahash_desktop.core.settings import Settings, load_settings, save_settings
from ahash_desktop.gui.base.translation import install_translators
from ahash_desktop.gui.settings.dialog import SettingsDialog
from ahash_desktop.gui.window import tray as tray_module
from ahash_desktop.gui.window.palette import CommandPalette
from ahash_desktop.gui.window.single_instance import SingleInstance
from ahash_desktop.gui.window.tray import Tray

LATER_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from ahash_desktop.gui.window.single_instance import SingleInstance
app = QCoreApplication([])
library, *folders = map(Path, sys.argv[1:])
sys.exit(0 if SingleInstance(library).hand_over(folders) else 1)
"""


@pytest.fixture
def parent(qtbot):
    """Dialogs that delete themselves belong to it."""
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def settings_dialog(parent):
    dialog = SettingsDialog(Settings(), parent)
    dialog.show()
    return dialog


def test_settings_start_as_they_are_and_tell_only_what_changed(qtbot, settings_dialog):
    assert settings_dialog.changes() == {}
    settings_dialog._battery.click()
    settings_dialog._threads.setValue(3)
    expected = {"threads": 3, "not_on_battery": True}
    assert settings_dialog.changes() == expected
    assert "starts next" in settings_dialog._note.text()
    with qtbot.waitSignal(settings_dialog.accepted_settings) as caught:
        settings_dialog.accept()
    assert caught.args == [expected]


def test_names_to_leave_out_and_the_place_of_thumbnails_are_settings(settings_dialog, tmp_path):
    settings_dialog._exclude.setText(" *.psd; Export ")
    settings_dialog._place.setText(str(tmp_path))
    assert settings_dialog.changes() == {
        "exclude": "*.psd; Export",
        "thumbnails_folder": str(tmp_path),
    }
    assert "starts next" in settings_dialog._note.text()


def test_thumbnails_cannot_lie_among_photos_or_nowhere(parent, tmp_path):
    (tmp_path / "photos/inner").mkdir(parents=True)
    dialog = SettingsDialog(Settings(), parent, watched=[tmp_path / "photos"])
    dialog.show()
    for place, told in (
        (tmp_path / "photos/inner", "taken for photos"),
        (tmp_path / "gone", "no folder"),
    ):
        dialog._place.setText(str(place))
        dialog.accept()
        assert told in dialog._note.text()
        assert dialog.isVisible()
    dialog._place.clear()
    dialog.accept()
    assert not dialog.isVisible()


def test_another_model_is_chosen_where_the_library_is_encoded_with_it(qtbot, window):
    window.commands.settings.trigger()
    qtbot.waitUntil(lambda: window.findChild(SettingsDialog) is not None)
    dialog = window.findChild(SettingsDialog)
    with qtbot.waitSignal(window.commands.models.triggered):
        next(b for b in dialog.findChildren(QPushButton) if "Models" in b.text()).click()
    assert "model" not in dialog.changes()
    dialog.close()


def test_accepted_settings_are_kept_and_followed(qtbot, window, session):
    save_settings(session.paths.settings, replace(Settings(), paused=True))
    window.commands.settings.trigger()
    qtbot.waitUntil(lambda: window.findChild(SettingsDialog) is not None)
    dialog = window.findChild(SettingsDialog)
    dialog._idle.click()
    dialog._theme.setCurrentIndex(dialog._theme.findData("dark"))
    dialog.accept()
    assert window._theme.colours.is_dark
    assert window.commands.themes["dark"].isChecked()
    assert window.commands.only_when_idle.isChecked()
    qtbot.waitUntil(lambda: load_settings(session.paths.settings).only_when_idle)
    assert load_settings(session.paths.settings).paused


def test_everything_that_is_accepted_at_once_is_kept(qtbot, window, session):
    for round_ in range(6):
        window.commands.settings.trigger()
        qtbot.waitUntil(lambda: window.findChild(SettingsDialog) is not None)
        dialog = window.findChild(SettingsDialog)
        dialog._idle.setChecked(round_ % 2 == 0)
        dialog._keep_days.setValue(100 + round_)
        dialog._theme.setCurrentIndex(dialog._theme.findData(("dark", "light")[round_ % 2]))
        expected = dialog.changes()
        assert len(expected) == 3
        dialog.accept()

        def kept(expected=expected):
            known = load_settings(session.paths.settings)
            return {name: getattr(known, name) for name in expected} == expected

        qtbot.waitUntil(kept)
        qtbot.waitUntil(lambda: window.findChild(SettingsDialog) is None)


def test_another_order_of_matches_is_searched_for_at_once(qtbot, window, session):
    window.commands.settings.trigger()
    qtbot.waitUntil(lambda: window.findChild(SettingsDialog) is not None)
    dialog = window.findChild(SettingsDialog)
    dialog._ranking.setCurrentIndex(dialog._ranking.findData("strength"))
    dialog.accept()
    assert window.search._rank_by == "strength"
    qtbot.waitUntil(lambda: load_settings(session.paths.settings).rank_by == "strength")


@pytest.fixture
def palette(parent):
    names = ["&Open picture…", "Add &folder…", "Open &folder", "Not now"]
    actions = [QAction(name, parent) for name in names]
    actions[3].setEnabled(False)
    dialog = CommandPalette(actions, parent)
    dialog.show()
    return dialog, actions


def test_the_palette_finds_commands_by_words_in_any_order(palette):
    dialog, _ = palette
    assert dialog._list.count() == 3
    QTest.keyClicks(dialog._field, "folder open")
    assert [dialog._list.item(row).text() for row in range(dialog._list.count())] == ["Open folder"]


def test_enter_does_the_chosen_command(qtbot, palette):
    dialog, actions = palette
    QTest.keyClick(dialog._field, Qt.Key.Key_Down)
    with qtbot.waitSignal(actions[1].triggered):
        QTest.keyClick(dialog._field, Qt.Key.Key_Return)


def test_nothing_that_matches_does_nothing(palette):
    dialog, _ = palette
    QTest.keyClicks(dialog._field, "xyzzy")
    QTest.keyClick(dialog._field, Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_the_palette_of_the_window_has_its_actions(qtbot, window):
    dialog = window.desktop.open_palette()
    names = [dialog._list.item(row).text() for row in range(dialog._list.count())]
    assert any(name.startswith("Keyboard shortcuts") for name in names)
    dialog.close()


def test_a_second_start_hands_its_folders_over(qtbot, tmp_path):
    first = SingleInstance(tmp_path)
    assert not first.hand_over([])
    assert first.listen()
    other = SingleInstance(tmp_path / "another library")
    assert not other.hand_over([])
    told = []
    first.started_again.connect(told.append)
    first.begin_to_tell()
    start = [sys.executable, "-c", LATER_START, str(tmp_path), str(tmp_path / "a b")]
    with subprocess.Popen(start) as later:
        qtbot.waitUntil(lambda: later.poll() is not None)
    assert later.returncode == 0
    assert told == [[tmp_path / "a b"]]
    first.close()


def test_a_later_start_on_a_picture_finds_its_like(qtbot, full_window, photos):
    picture = min(photos.rglob("*.jpg"))
    full_window.desktop.on_started_again([picture])
    qtbot.waitUntil(lambda: full_window.search.result is not None)
    assert [example.path for example in full_window.search.examples] == [picture]


def test_a_later_start_on_a_folder_adds_it(qtbot, window, photos):
    window.desktop.on_started_again([photos])
    qtbot.waitUntil(lambda: [root.path for root in window.catalogue.contents.roots] == [photos])
    qtbot.waitUntil(lambda: not window.catalogue.is_indexing)


def test_a_start_on_a_picture_finds_its_like_and_updates_the_library(qtbot, full_window, photos):
    pictures = sorted(photos.rglob("*.jpg"))[:2]
    full_window.start(pictures=pictures)
    qtbot.waitUntil(lambda: full_window.search.result is not None)
    assert [example.path for example in full_window.search.examples] == pictures
    qtbot.waitUntil(lambda: not full_window.catalogue.is_indexing)


def test_something_long_is_told_once_it_has_ended_and_nobody_looks(qtbot, monkeypatch):
    window = QWidget()
    qtbot.addWidget(window)
    made = Tray(window, QAction(window), QAction(window))
    clock = [0.0]
    monkeypatch.setattr(tray_module.time, "monotonic", lambda: clock[0])
    assert not made.tell_end("never began")
    made.note_start()
    clock[0] = 5.0
    assert not made.tell_end("too short")
    made.note_start()
    clock[0] = 100.0
    assert made.tell_end("done")
    assert not made.tell_end("told already")
    assert time.monotonic() == 100.0


def test_english_needs_no_translation(qapp):
    assert install_translators(QCoreApplication.instance(), "en") == []
