"""Care of the library's database: checked after a crash, copied once a day, rebuilt if damaged."""

import contextlib
import logging
import time
from collections.abc import Iterator
from datetime import datetime

from filelock import FileLock, Timeout

from ahash_desktop.core.errors import (
    LibraryDamagedError,
    LibraryForeignError,
    ShortageError,
    UserFacingError,
)
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.services.machine import network_file_system
from ahash_desktop.store.backups import Backups
from ahash_desktop.store.library import Library

_log = logging.getLogger(__name__)

_BACKUP_EVERY_S = 24 * 3600.0
_GROWN = 1.5
_HEADER_BYTES = 100


def open_whole(paths: LibraryPaths) -> tuple[UserFacingError, ...]:
    """Opens the library once, makes it if it is not there, and rebuilds it if it is damaged.

    Returns:
        What the user should know of it: that it was rebuilt, or lies where it is not safe.

    Raises:
        UserFacingError: If it cannot be opened, or is damaged and there is no copy of it.
    """
    notices = []
    file_system = network_file_system(paths.folder) if not paths.database.exists() else None
    if file_system is not None:
        notices.append(network_warning(paths, file_system))
    if paths.damaged_mark.exists() or _is_emptied(paths):
        notices.append(_rebuild(paths))
    try:
        _look_at(paths)
    except LibraryDamagedError:
        notices.append(_rebuild(paths))
        _look_at(paths)
    except LibraryForeignError:
        # Damage may hit values alone, which then are none that any version has written.
        if Backups(paths).find_newest() is None:
            raise
        notices.append(_rebuild(paths))
        _look_at(paths)
    return tuple(notices)


def _is_emptied(paths: LibraryPaths) -> bool:
    """Whether nothing is left in the file of a library of which there are copies."""
    log = paths.database.with_name(f"{paths.database.name}-wal")
    return (
        paths.database.is_file()
        and paths.database.stat().st_size < _HEADER_BYTES
        and not (log.exists() and log.stat().st_size)
        and Backups(paths).find_newest() is not None
    )


def _look_at(paths: LibraryPaths) -> None:
    with Library.open(paths) as library:
        library.check_quickly()


def network_warning(paths: LibraryPaths, file_system: str) -> UserFacingError:
    """Says why a library on a network drive is no good idea."""
    return UserFacingError(
        f"the library lies on a network drive ({file_system}), where it is slow and may be "
        "damaged if two computers use it at once",
        path=paths.folder,
        remedy="Choose a library folder on a disk of this computer; the photos may stay there",
    )


@contextlib.contextmanager
def cared_for(paths: LibraryPaths, library: Library) -> Iterator[None]:
    """Surrounds an update: checks the database if the one before did not end, copies it daily.

    The caller holds the writer's lock.

    Raises:
        LibraryDamagedError: If the database is damaged; the next start rebuilds it.
        ShortageError: If the library's folder cannot be written.
    """
    try:
        if paths.updating_mark.exists():
            _check(paths, library)
        paths.updating_mark.touch()
    except OSError as error:
        raise ShortageError(
            f"the library's folder cannot be written ({error.strerror or error})",
            path=paths.folder,
            remedy="Free some space and see that the folder may be written",
        ) from error
    _back_up_if_due(paths, library)
    try:
        yield
    finally:
        with contextlib.suppress(ShortageError):
            library.checkpoint()
        with contextlib.suppress(OSError):
            paths.updating_mark.unlink()
    _back_up_if_due(paths, library)


def _check(paths: LibraryPaths, library: Library) -> None:
    _log.info("the last update did not end: checking the library")
    problems = library.integrity_problems()
    if problems:
        _log.error("the library is damaged: %s", "; ".join(problems))
        paths.damaged_mark.touch()
        raise LibraryDamagedError(
            "the library is damaged",
            path=paths.database,
            remedy="The photos are safe. Start the program again: it goes on with its newest copy",
        )


def _back_up_if_due(paths: LibraryPaths, library: Library) -> None:
    """Copies a library with photos once a day, and when it has grown by half."""
    if not library.photos.has_indexed():
        return
    newest = next(iter(Backups(paths).all()), None)
    if newest is not None:
        copy, size_bytes = newest.stat(), paths.database.stat().st_size
        is_recent = time.time() - copy.st_mtime < _BACKUP_EVERY_S
        if is_recent and size_bytes < _GROWN * copy.st_size:
            return
    try:
        Backups(paths).make("daily")
    except ShortageError as error:
        _log.warning("no copy of the library was made: %s", error)


def _rebuild(paths: LibraryPaths) -> UserFacingError:
    """Puts the newest copy in place; what came since is found again by the next update."""
    try:
        with FileLock(paths.writer_lock, mode=0o600).acquire(blocking=False):
            rebuilt = Backups(paths).put_back()
    except Timeout:
        raise UserFacingError(
            "the library is damaged and another Ahash program uses it",
            path=paths.folder,
            remedy="Close that program, then start this one again",
        ) from None
    if rebuilt is None:
        raise UserFacingError(
            "the library is damaged and there is no copy of it",
            path=paths.database,
            remedy="The photos are safe. Move the file to another place "
            "and index the folders again",
        )
    paths.damaged_mark.unlink(missing_ok=True)
    copy, old = rebuilt
    made = datetime.fromtimestamp(copy.stat().st_mtime).astimezone()
    _log.warning("the library was rebuilt from %s; the damaged file is %s", copy, old)
    return UserFacingError(
        f"the library was damaged and has been rebuilt from its copy of {made:%Y-%m-%d %H:%M}",
        path=old,
        remedy="Photos that came since then are read again by the next update. "
        "The damaged file, named here, may be deleted",
    )
