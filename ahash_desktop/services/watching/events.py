"""Has the system tell of changes below folders; only folders are watched, never single files."""

import os
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.utils import BaseThread

from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.suffixes import NO_MEDIA, OTHER_SUFFIXES, is_kept_from_editing
from ahash_desktop.imaging.own_thumbnails import may_be_thumbnail

Touched = Callable[[int], None]

_PATIENCE_S = 5.0
_PATHS = "_active_callbacks_by_path"
# Linux tells when a file has been written; elsewhere every change of it has to do.
_WRITTEN: type[FileSystemEvent] = FileClosedEvent if sys.platform == "linux" else FileModifiedEvent
_TOLD_OF: list[type[FileSystemEvent]] = [
    FileCreatedEvent, FileDeletedEvent, FileMovedEvent, _WRITTEN,
    DirCreatedEvent, DirDeletedEvent, DirMovedEvent,
]  # fmt: skip

# WORKAROUND(watchdog 7.1): it warns when it meets a folder twice that is made while the one around
# it is looked through. It watches both rightly.
warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)


class FolderEvents(Protocol):
    """Tells of changes below folders; made-up ones in tests."""

    def watch(self, root_id: int, folder: Path, excludes: Excludes) -> None:
        """Tells of changes below a folder from now on, in place of what was told of it before.

        Raises:
            OSError: If the system does not let it be watched.
        """
        ...

    def unwatch(self, root_id: int) -> None:
        """Tells of a folder no more, if it did."""
        ...

    def is_watching(self, root_id: int) -> bool:
        """Whether changes of a folder are still told."""
        ...

    def close(self) -> None:
        """Tells of nothing more."""
        ...


class SystemEvents:
    """The system's own events.

    Args:
        touched: Called with the folder's id for every change that may matter, on any thread.
    """

    def __init__(self, touched: Touched) -> None:
        self._touched = touched
        self._observers: dict[int, BaseObserver] = {}

    def watch(self, root_id: int, folder: Path, excludes: Excludes) -> None:
        """Tells of changes below a folder from now on, in place of what was told of it before.

        Raises:
            OSError: If the system does not let it be watched.
        """
        self.unwatch(root_id)
        observer = Observer()
        handler = _Handler(folder, excludes, lambda: self._touched(root_id))
        self._observers[root_id] = observer
        try:
            observer.start()
            observer.schedule(handler, str(folder), recursive=True, event_filter=_TOLD_OF)
            _make_forgiving(observer)
        except OSError:
            self.unwatch(root_id)
            raise

    def unwatch(self, root_id: int) -> None:
        """Tells of a folder no more, if it did."""
        observer = self._observers.pop(root_id, None)
        if observer is not None:
            observer.stop()
            observer.join(_PATIENCE_S)

    def is_watching(self, root_id: int) -> bool:
        """Whether changes of a folder are still told."""
        observer = self._observers.get(root_id)
        return (
            observer is not None
            and observer.is_alive()
            and all(emitter.is_alive() for emitter in observer.emitters)
            and not _has_lost_its_reader(observer)
        )

    def close(self) -> None:
        """Tells of nothing more."""
        for root_id in list(self._observers):
            self.unwatch(root_id)


def reads_events(thread: threading.Thread | None) -> bool:
    """Whether a thread reads the system's events; when it dies, the folder is watched anew."""
    return isinstance(thread, BaseThread)


class _ForgivingPaths(dict[bytes, int | None]):
    """Watches by path, from which a path can be taken that is no longer there.

    WORKAROUND(watchdog 7.1): a folder that is moved away is remembered where it was. If another one
    is made there and deleted, the end of the first kills the thread that reads all events, or
    keeps the observer from stopping.
    """

    def pop(self, path: bytes, default: int | None = None) -> int | None:  # type: ignore[override] # one way of two
        return super().pop(path, default)


def _make_forgiving(observer: BaseObserver) -> None:
    """Keeps the observer alive where folders replace each other, if it is one that needs it."""
    for emitter in observer.emitters:
        group: Any = getattr(emitter, "_inotify", None)
        if hasattr(group, _PATHS):
            with group._lock:  # noqa: SLF001 - events come in meanwhile
                setattr(group, _PATHS, _ForgivingPaths(getattr(group, _PATHS)))


def _has_lost_its_reader(observer: BaseObserver) -> bool:
    """Whether the thread that reads the system's events for all others has died.

    On Linux, watchdog has had such a thread since 7.0; the others go on without it, and are silent.
    """
    reader = getattr(observer, "_inotify_fd", None)
    return isinstance(reader, threading.Thread) and not reader.is_alive()


class _Handler(FileSystemEventHandler):
    """Passes on what may concern a picture."""

    def __init__(self, folder: Path, excludes: Excludes, touched: Callable[[], None]) -> None:
        self._folder = str(folder)
        self._excludes = excludes
        self._touched = touched

    def dispatch(self, event: FileSystemEvent) -> None:
        paths = (os.fsdecode(event.src_path), os.fsdecode(event.dest_path))
        if any(path and self._matters(path, event.is_directory) for path in paths):
            self._touched()

    def _matters(self, path: str, is_directory: bool) -> bool:
        if not path.startswith(self._folder):
            return True
        relative_path = path[len(self._folder) :].strip(os.sep).replace(os.sep, "/")
        if not is_directory:
            name = relative_path.rpartition("/")[2]
            if name == NO_MEDIA:
                return True
            if (
                name.rpartition(".")[2].lower() in OTHER_SUFFIXES
                or is_kept_from_editing(name)
                or may_be_thumbnail(relative_path)
            ):
                return False
        return not self._excludes.covers_part_of(relative_path)
