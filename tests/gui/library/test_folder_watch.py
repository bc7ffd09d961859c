"""The window follows the folders by itself, and says how."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer

from ahash_desktop.core.settings import load_settings
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.watching.news import UpdateWanted, WatchMode, WatchReport, WatchState
from ahash_desktop.services.watching.surroundings import ThisMachine
from tests import patience
from tests.gui.conftest import N_PHOTOS
from tests.pictures import save_picture


class MadeUpWatcher:
    """Tells what a test gives it, then waits to be cancelled."""

    def __init__(self, *news) -> None:
        self.news = news
        self.outcomes = []

    def run(self, token):
        yield from self.news
        while True:
            token.wait(patience.SOON_S)

    def note_done(self, summary) -> None:
        self.outcomes.append(summary)

    def note_failed(self) -> None:
        self.outcomes.append("failed")

    def note_cancelled(self) -> None:
        self.outcomes.append("cancelled")

    def note_other_folders(self) -> None:
        pass


@pytest.fixture
def made_up(monkeypatch) -> Callable[..., MadeUpWatcher]:
    """Puts a watcher in place that tells these news."""

    def put(*news) -> MadeUpWatcher:
        watcher = MadeUpWatcher(*news)
        monkeypatch.setattr(LibrarySession, "watcher", lambda _session: watcher)
        return watcher

    return put


def test_photos_that_arrive_appear_by_themselves(qtbot, window, photos, follow):
    window.catalogue.add_folders([photos])
    follow()
    model = window.browse.photo_model
    qtbot.waitUntil(lambda: model.rowCount() == N_PHOTOS)
    qtbot.waitUntil(lambda: "Following changes" in window.library.status._watch.text())

    save_picture(photos / "new" / "one.jpg", 77, (240, 180))
    save_picture(photos / "new" / "two.jpg", 78, (240, 180))

    qtbot.waitUntil(lambda: model.rowCount() == N_PHOTOS + 2)


def test_a_flood_of_files_never_keeps_the_windows_thread_busy_for_long(
    qtbot, window, photos, follow, tmp_path
):
    """What the thread does itself counts, which other programs on the machine do not change."""
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == N_PHOTOS)
    follow()
    qtbot.waitUntil(lambda: "Following" in window.library.status._watch.text())
    qtbot.waitUntil(lambda: not window.catalogue.is_indexing)
    for number in range(400):
        save_picture(tmp_path / f"source/{number // 100}/{number:03}.jpg", 1000 + number, (48, 36))
    stretches_s = []
    before = [time.thread_time()]

    def measure() -> None:
        now = time.thread_time()
        stretches_s.append(now - before[0])
        before[0] = now

    watchdog = QTimer(window, interval=5)
    watchdog.timeout.connect(measure)
    watchdog.start()
    shutil.copytree(tmp_path / "source", photos / "flood")
    n_photos = N_PHOTOS + 400
    with patience.Budget() as budget:
        before[0] = time.thread_time()
        qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == n_photos)
        qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() == n_photos)
        watchdog.stop()
    assert budget.allows(max(stretches_s), 0.1)


def test_an_update_the_watcher_wants_is_made_and_told_to_it(qtbot, window, photos, follow, made_up):
    with qtbot.waitSignal(window.catalogue.indexing_ended):
        window.catalogue.add_folders([photos])
    (root,) = window.catalogue.contents.roots
    watcher = made_up(UpdateWanted(frozenset({root.root_id})))

    follow()

    qtbot.waitUntil(lambda: bool(watcher.outcomes))
    assert watcher.outcomes[0].found == N_PHOTOS + 1


def test_the_status_line_says_what_is_looked_through_from_time_to_time(
    qtbot, window, follow, made_up
):
    made_up(
        WatchReport(
            (
                WatchState(1, Path("/nas"), WatchMode.SILENT),
                WatchState(2, Path("/many"), WatchMode.LIMIT),
                WatchState(3, Path("/here"), WatchMode.EVENTS),
            )
        )
    )

    follow()

    note = window.library.status._watch
    qtbot.waitUntil(lambda: note.text() == "2 folders looked through every 10 min")
    assert "/many: more folders than this system lets a user watch" in note.toolTip()


def test_the_status_line_follows_how_often_folders_are_looked_through(
    qtbot, window, photos, follow, monkeypatch
):
    monkeypatch.setattr(ThisMachine, "tells_of_changes", lambda _machine, _folder: False)
    window.catalogue.add_folders([photos])
    follow()
    note = window.library.status._watch
    for minutes in (10, 3, 45):
        window.choices.change(rescan_minutes=minutes)
        told = f"1 folder looked through every {minutes} min"
        qtbot.waitUntil(lambda told=told: note.text() == told)


def test_switching_it_off_is_kept_and_said(qtbot, window, session, follow, made_up):
    made_up(WatchReport((WatchState(1, Path("/here"), WatchMode.EVENTS),)))
    follow()
    note = window.library.status._watch
    qtbot.waitUntil(lambda: note.text() == "Following changes")
    assert window.commands.watch_folders.isChecked()

    window.commands.watch_folders.trigger()

    assert note.text() == "Changes are not followed"
    qtbot.waitUntil(lambda: not load_settings(session.paths.settings).watch)

    window.commands.watch_folders.trigger()

    qtbot.waitUntil(lambda: note.text() == "Following changes")
    qtbot.waitUntil(lambda: load_settings(session.paths.settings).watch)
