"""The system's own events, on real files."""

import ctypes
import errno
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Root, RootState
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services.watching.events import SystemEvents, reads_events
from ahash_desktop.services.watching.news import UpdateWanted
from ahash_desktop.services.watching.watcher import Clock, WatchedLibrary, Watcher
from tests import patience

HEARTBEAT_S = 31.0
SETTLED_S = 3.0


class Told:
    """Waits for what is told."""

    def __init__(self) -> None:
        self._told = threading.Semaphore(0)
        self.events = SystemEvents(lambda _root_id: self._told.release())

    def of(self, change: Callable[[], object]) -> bool:
        """Makes a change; whether something is told after that."""
        self.count()
        change()
        return self._told.acquire(timeout=patience.SOON_S)

    def count(self) -> int:
        """How much has been told since this was last asked."""
        n_told = 0
        while self._told.acquire(blocking=False):
            n_told += 1
        return n_told


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    made = Told()
    (tmp_path / "a").mkdir()
    (tmp_path / "cd").mkdir()
    made.events.watch(1, tmp_path, Excludes.parse("Export"))
    yield made
    made.events.close()


def test_new_changed_moved_and_deleted_files_are_told(told: Told, tmp_path: Path) -> None:
    photo, moved = tmp_path / "a/1.jpg", tmp_path / "2.jpg"

    assert told.of(lambda: photo.write_bytes(b"1"))
    assert told.of(lambda: photo.write_bytes(b"12"))
    assert told.of(lambda: photo.rename(moved))
    assert told.of(moved.unlink)


def test_a_word_to_leave_a_folder_alone_is_told(told: Told, tmp_path: Path) -> None:
    assert told.of((tmp_path / "a/.nomedia").touch)
    assert told.of((tmp_path / "a/.nomedia").unlink)


def test_files_in_a_new_folder_are_told(told: Told, tmp_path: Path) -> None:
    deep = tmp_path / "a/new/deep"

    assert told.of(lambda: deep.mkdir(parents=True))
    assert told.of(lambda: (deep / "1.jpg").write_bytes(b"1"))


def test_reading_and_what_is_no_photo_or_left_out_is_not_told(told: Told, tmp_path: Path) -> None:
    def change() -> None:
        (tmp_path / "a/notes.txt").write_bytes(b"1")
        (tmp_path / "a/.hidden.jpg").write_bytes(b"1")
        (tmp_path / "a/1.jpg~").write_bytes(b"1")
        (tmp_path / "a/1.jpg_original").write_bytes(b"1")
        (tmp_path / f"cd/{'e' * 30}.jpg").write_bytes(b"a thumbnail")
        for ending in ("db", "db-wal", "db-shm", "mark", "lock", "log"):
            (tmp_path / f"a/library.{ending}").write_bytes(b"1")
        (tmp_path / "Export").mkdir()
        (tmp_path / "Export/1.jpg").write_bytes(b"1")
        (tmp_path / "a/1.jpg").write_bytes(b"1")
        (tmp_path / "a/1.jpg").read_bytes()

    assert told.of(change)
    told.events.unwatch(1)

    assert told.count() <= 1


def test_threads_that_read_events_are_told_from_others(told: Told) -> None:
    started = [thread for thread in threading.enumerate() if reads_events(thread)]

    assert started
    assert not reads_events(threading.main_thread())


def test_a_folder_that_is_no_longer_watched_is_silent(told: Told) -> None:
    assert told.events.is_watching(1)

    told.events.unwatch(1)

    assert not told.events.is_watching(1)


def test_a_folder_that_is_not_there_cannot_be_watched(told: Told, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        told.events.watch(2, tmp_path / "gone", Excludes())
    assert not told.events.is_watching(2)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE])
def test_a_limit_of_the_system_is_an_error_and_leaves_nothing_watched(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    told.events.unwatch(1)
    refuse_watches(monkeypatch, number)

    with pytest.raises(OSError, match="inotify"):
        told.events.watch(1, tmp_path, Excludes.parse(""))

    assert not told.events.is_watching(1)
    monkeypatch.undo()
    told.events.watch(1, tmp_path, Excludes.parse(""))
    assert told.of((tmp_path / "a/back.jpg").touch)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_limit_that_is_reached_while_watching_is_noticed(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either the folder is still told of, or it is known that it is not: never neither."""
    refuse_watches(monkeypatch, errno.ENOSPC)
    told.of((tmp_path / "one too many").mkdir)
    for _ in patience.looks():
        if not told.events.is_watching(1) or told.of((tmp_path / "a/new.jpg").touch):
            break
    monkeypatch.undo()
    told.events.watch(1, tmp_path, Excludes.parse(""))
    assert told.of((tmp_path / "one too many/new.jpg").touch)


@pytest.mark.parametrize("is_end_told", [True, False])
def test_a_folder_that_took_the_place_of_one_moved_away_does_no_harm(
    told: Told, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, is_end_told: bool
) -> None:
    aside = tmp_path_factory.mktemp("aside")
    place = tmp_path / "a"
    assert told.of(lambda: place.rename(aside / "a"))
    assert told.of(place.mkdir)
    assert told.of(place.rmdir)
    if is_end_told:
        (aside / "a").rmdir()

    assert told.of((tmp_path / "1.jpg").touch)
    assert told.events.is_watching(1)
    told.events.unwatch(1)
    assert not told.events.is_watching(1)


THREADS = [
    pytest.param("watchdog.observers.inotify_c.InotifyFD.handle_event", id="reader"),
    pytest.param("watchdog.observers.inotify.InotifyEmitter.queue_events", id="emitter"),
    pytest.param("watchdog.observers.api.BaseObserver.dispatch_events", id="dispatcher"),
]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other threads")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("where", THREADS)
def test_a_thread_that_has_died_is_replaced_and_all_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    """It raises at the first event. Photos that come while it is dead and later are looked for."""
    stage = LiveStage(tmp_path)
    assert stage.wanted_after(0.0)
    stage.finish()
    with monkeypatch.context() as patched:
        patched.setattr(where, fail)
        stage.touch_until_dead(tmp_path / "1.jpg")
    assert not stage.wanted_after(1.0)
    caplog.set_level("WARNING")

    assert stage.wanted_after(HEARTBEAT_S)
    stage.finish()

    assert "told of no more" in caplog.text
    (tmp_path / "2.jpg").touch()
    stage.wait_until_told()
    assert stage.wanted_after(SETTLED_S)
    stage.close()


class LiveStage:
    """A watcher of a real folder, whose clock goes on only when it is told to."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self._has_told = threading.Event()
        root = Root(1, folder, RootState.ONLINE, 0.0, None)
        self._watcher = Watcher(
            WatchedLibrary(lambda: [root], Settings, lambda _ids: None),
            make_events=self._make_events,
            clock=Clock(lambda: self.now, lambda: self.now),
        )

    def _make_events(self, touched: Callable[[int], None]) -> SystemEvents:
        def tell(root_id: int) -> None:
            touched(root_id)
            self._has_told.set()

        self._events = SystemEvents(tell)
        return self._events

    def wanted_after(self, seconds: float) -> bool:
        """Whether an update is wanted when so much time has passed."""
        wanted = False
        for _ in range(max(1, round(seconds * 2))):
            self.now += 0.5
            news = list(self._watcher.step(CancelToken()))
            wanted |= any(isinstance(told, UpdateWanted) for told in news)
        return wanted

    def touch_until_dead(self, path: Path) -> None:
        for _ in patience.looks():
            if not self._events.is_watching(1):
                break
            path.touch()
        self._has_told.clear()

    def wait_until_told(self) -> None:
        patience.wait_for(self._has_told)

    def finish(self) -> None:
        self._watcher.note_done(IndexSummary())

    def close(self) -> None:
        self._events.close()


def fail(*_: object, **__: object) -> None:
    raise KeyError(1)


def refuse_watches(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """As if the user had as many watches as the system allows, or no handles left."""
    from watchdog.observers import inotify_c

    def refuse(*_: object) -> int:
        ctypes.set_errno(number)
        return -1

    monkeypatch.setattr(inotify_c, "inotify_add_watch", refuse)
