"""The system's own events, on real files."""

import ctypes
import errno
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.imaging.excludes import Excludes
from ahash_desktop.services.watching.events import SystemEvents

PATIENCE_S = 20


class Told:
    """Waits for what is told."""

    def __init__(self) -> None:
        self._told = threading.Semaphore(0)
        self.events = SystemEvents(lambda _root_id: self._told.release())

    def of(self, change: Callable[[], object]) -> bool:
        """Makes a change; whether something is told after that."""
        self.count()
        change()
        return self._told.acquire(timeout=PATIENCE_S)

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
    made.events.watch(1, tmp_path, Excludes.parse("Export"))
    yield made
    made.events.close()


def test_new_changed_moved_and_deleted_files_are_told(told: Told, tmp_path: Path) -> None:
    photo, moved = tmp_path / "a/1.jpg", tmp_path / "2.jpg"

    assert told.of(lambda: photo.write_bytes(b"1"))
    assert told.of(lambda: photo.write_bytes(b"12"))
    assert told.of(lambda: photo.rename(moved))
    assert told.of(moved.unlink)


def test_files_in_a_new_folder_are_told(told: Told, tmp_path: Path) -> None:
    deep = tmp_path / "a/new/deep"

    assert told.of(lambda: deep.mkdir(parents=True))
    assert told.of(lambda: (deep / "1.jpg").write_bytes(b"1"))


def test_reading_and_what_is_no_photo_or_left_out_is_not_told(told: Told, tmp_path: Path) -> None:
    def change() -> None:
        (tmp_path / "a/notes.txt").write_bytes(b"1")
        (tmp_path / "a/.hidden.jpg").write_bytes(b"1")
        (tmp_path / "Export").mkdir()
        (tmp_path / "Export/1.jpg").write_bytes(b"1")
        (tmp_path / "a/1.jpg").write_bytes(b"1")
        (tmp_path / "a/1.jpg").read_bytes()

    assert told.of(change)
    told.events.unwatch(1)

    assert told.count() <= 1


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
    deadline = time.monotonic() + PATIENCE_S
    while told.events.is_watching(1) and not told.of((tmp_path / "a/new.jpg").touch):
        assert time.monotonic() < deadline
    monkeypatch.undo()
    told.events.watch(1, tmp_path, Excludes.parse(""))
    assert told.of((tmp_path / "one too many/new.jpg").touch)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such thread")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_reader_that_has_died_is_noticed(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watchdog.observers import inotify_c

    def fail(*_: object) -> None:
        raise KeyError(1)

    monkeypatch.setattr(inotify_c.InotifyFD, "handle_event", fail)
    (tmp_path / "a/1.jpg").touch()
    deadline = time.monotonic() + PATIENCE_S
    while told.events.is_watching(1):
        assert time.monotonic() < deadline
    monkeypatch.undo()

    told.events.watch(1, tmp_path, Excludes())

    assert told.events.is_watching(1)
    assert told.of((tmp_path / "a/2.jpg").touch)


def refuse_watches(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """As if the user had as many watches as the system allows, or no handles left."""
    from watchdog.observers import inotify_c

    def refuse(*_: object) -> int:
        ctypes.set_errno(number)
        return -1

    monkeypatch.setattr(inotify_c, "inotify_add_watch", refuse)
