"""One keeper of the settings: everything follows it, and nothing it was told gets lost."""

import os
import threading
from pathlib import Path

import pytest

from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.settings import Settings, change_settings, load_settings
from ahash_desktop.gui.base.jobs import Lane
from ahash_desktop.gui.settings import choices as choices_module
from ahash_desktop.gui.settings.choices import Choices
from tests import patience


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


@pytest.fixture
def choices(qtbot, path, runner):
    made = Choices(path, Settings(), runner)
    yield made
    made.deleteLater()


@pytest.fixture
def told(choices) -> list[frozenset[str]]:
    """Names of what changed, one entry a time."""
    names = []
    choices.changed.connect(names.append)
    return names


def settled(qtbot, choices) -> None:
    qtbot.waitUntil(lambda: choices._job is None and not choices._unwritten)


def test_a_choice_counts_at_once_and_is_kept(qtbot, choices, told, path):
    choices.change(threads=3, theme="dark")
    assert (choices.values.threads, choices.values.theme) == (3, "dark")
    assert told == [{"threads", "theme"}]
    settled(qtbot, choices)
    assert load_settings(path) == Settings(threads=3, theme="dark")
    assert len(told) == 1


def test_many_choices_in_a_row_are_all_kept_by_one_writer(qtbot, choices, path, monkeypatch):
    writing = threading.Semaphore(1)

    def change(file, **changes):
        assert writing.acquire(blocking=False), "two writers at once"
        try:
            return change_settings(file, **changes)
        finally:
            writing.release()

    monkeypatch.setattr(choices_module, "change_settings", change)
    for number in range(1, 51):
        choices.change(threads=number)
        choices.change(keep_missing_days=number, paused=number % 2 == 0)
    settled(qtbot, choices)
    assert load_settings(path) == Settings(threads=50, keep_missing_days=50, paused=True)
    assert choices.values == load_settings(path)


def test_what_another_program_chose_is_seen_and_stays(qtbot, choices, told, path):
    change_settings(path, rescan_minutes=3)
    with qtbot.waitSignal(choices.refreshed):
        choices.refresh()
    assert told == [{"rescan_minutes"}]
    change_settings(path, exclude="*.psd")
    choices.change(theme="dark")
    settled(qtbot, choices)
    assert choices.values == Settings(rescan_minutes=3, exclude="*.psd", theme="dark")
    assert load_settings(path) == choices.values
    assert told[1:] == [{"theme"}, {"exclude"}]


def test_reading_never_brings_an_older_choice_back(qtbot, choices, path, runner):
    hold = threading.Event()
    for _ in range(2):  # both threads of the lane are busy
        runner.start(lambda _token: patience.hold(hold), Lane.LOOKUP)
    choices.refresh()
    choices.change(threads=5)
    choices.refresh()
    choices.change(threads=6)
    hold.set()
    settled(qtbot, choices)
    assert choices.values.threads == load_settings(path).threads == 6


def test_a_choice_that_cannot_be_kept_is_told_and_taken_back(
    qtbot, choices, told, path, monkeypatch
):
    change_settings(path, threads=2)

    def refuse(*_, **__):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("ahash_desktop.core.settings.replace_file", refuse)
    with qtbot.waitSignal(choices.failed) as failed:
        choices.change(threads=9)
    assert isinstance(failed.args[0], ShortageError)
    qtbot.waitUntil(lambda: choices.values.threads == 2)
    monkeypatch.undo()
    choices.change(theme="dark")
    settled(qtbot, choices)
    assert load_settings(path) == Settings(threads=2, theme="dark")


def test_a_value_that_does_not_fit_changes_nothing(choices, told):
    with pytest.raises(ValueError, match="theme"):
        choices.change(theme="sepia", threads=3)
    assert choices.values == Settings()
    assert told == []


def test_the_last_choice_is_kept_though_the_program_ends(qtbot, choices, path, runner):
    for _ in range(2):
        runner.start(lambda token: token.wait(patience.TEST_S), Lane.LOOKUP)
    choices.change(theme="dark")
    assert runner.shut_down(patience.SOON_S)
    choices.write_now()
    assert load_settings(path).theme == "dark"
