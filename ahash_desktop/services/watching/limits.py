"""How many folders Linux lets a user watch, how many of that are left, and how many are needed."""

import os
from pathlib import Path

from ahash_desktop.core.jobs import CancelToken

_LIMITS = "sys/fs/inotify"
_HANDLE = "anon_inode:inotify"
_USUAL_QUEUE = 16_384


def watch_limit(proc: Path = Path("/proc")) -> int | None:
    """How many folders one user may watch, None where no such limit is known."""
    return _number_in(proc / _LIMITS / "max_user_watches")


def queue_limit(proc: Path = Path("/proc")) -> int:
    """How many events may wait to be read before some are lost."""
    return _number_in(proc / _LIMITS / "max_queued_events") or _USUAL_QUEUE


def room_to_watch(proc: Path = Path("/proc")) -> int | None:
    """How many more folders this user may watch, None where no such limit is known."""
    limit = watch_limit(proc)
    if limit is None:
        return None
    return max(0, limit - _n_watched(proc))


def count_folders(root: Path, at_most: int, token: CancelToken) -> int:
    """How many folders there are, the root included; stops a little above `at_most`.

    Raises:
        Cancelled: When the token says so.
    """
    n_folders = 1
    waiting = [str(root)]
    while waiting and n_folders <= at_most:
        token.raise_if_cancelled()
        try:
            with os.scandir(waiting.pop()) as listing:
                inner = [entry.path for entry in listing if _is_real_folder(entry)]
        except OSError:
            continue
        n_folders += len(inner)
        waiting += inner
    return n_folders


def _is_real_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _n_watched(proc: Path) -> int:
    """Watches of all programs of this user; what cannot be looked into counts as none."""
    n_watches = 0
    user = os.getuid() if hasattr(os, "getuid") else None
    try:
        names = os.listdir(proc)  # noqa: PTH208 - names are all that is needed
    except OSError:
        return 0
    for name in names:
        process = proc / name
        try:
            if name.isdigit() and process.stat().st_uid == user:
                n_watches += _n_watched_by(process)
        except OSError:
            continue
    return n_watches


def _n_watched_by(process: Path) -> int:
    n_watches = 0
    with os.scandir(process / "fd") as handles:
        for handle in handles:
            try:
                if os.readlink(handle.path) == _HANDLE:  # noqa: PTH115 - thousands of them
                    told = (process / "fdinfo" / handle.name).read_text(encoding="ascii")
                    n_watches += told.count("inotify wd:")
            except OSError:
                continue
    return n_watches


def _number_in(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
