"""Finds the pictures below a folder without opening what its name already tells."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import ScannedFile
from ahash_desktop.imaging.reading import is_cloud_only, open_regular
from ahash_desktop.imaging.sniff import SNIFF_BYTES, sniff
from ahash_desktop.imaging.suffixes import EXCLUDED_NAMES, OTHER_SUFFIXES, PICTURE_SUFFIXES

_BATCH_SIZE = 1000
_ON_WINDOWS = os.name == "nt"
_HIDDEN_ATTRIBUTE = 0x2
_JUNCTION_TAG = 0xA0000003

_by_name = attrgetter("name")


@dataclass(frozen=True, slots=True)
class ScanBatch:
    """A part of what a scan found.

    `files` are pictures by name or, where the name says nothing, by content. `n_others` counts
    the other files. `unreadable_folders` tells, with the reason, which folders could not be read
    or not wholly, and which files and folders have names that are no valid Unicode; such a name
    is given with replacement characters.
    """

    files: tuple[ScannedFile, ...]
    n_others: int
    unreadable_folders: tuple[tuple[Path, str], ...]


def scan(root: Path, token: CancelToken) -> Iterator[ScanBatch]:
    """Walks a folder in a fixed order, sorted by name, the files of a folder before its folders.

    Hidden files and folders and those that systems keep for themselves are passed over. Links to
    folders are not followed, so nothing is visited twice in a circle; links to files count as
    files. Pipes, sockets and devices are never opened.

    Args:
        root: The folder.
        token: Cancels the walk between two files.

    Yields:
        Batches of about a thousand files; at least one, the last of which may hold few or none.

    Raises:
        Cancelled: When the token says so.
    """
    walk = _Walk()
    waiting = [(str(root), "")]
    while waiting:
        token.raise_if_cancelled()
        folder, prefix = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=_by_name)
        except OSError as error:
            walk.note_unreadable(folder, _why(error))
            continue
        subfolders = []
        for entry in entries:
            if _is_folder(entry):
                if walk.enters(entry):
                    subfolders.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                walk.visit(entry, folder, prefix)
                if len(walk.files) >= _BATCH_SIZE:
                    yield walk.take_batch()
                    token.raise_if_cancelled()
        waiting.extend(reversed(subfolders))
    yield walk.take_batch()


class _Walk:
    """What a walk has gathered since its last batch."""

    def __init__(self) -> None:
        self.files: list[ScannedFile] = []
        self._n_others = 0
        self._unreadable: dict[str, str] = {}

    def take_batch(self) -> ScanBatch:
        """Everything gathered since the last batch."""
        unreadable = tuple((Path(path), why) for path, why in self._unreadable.items())
        batch = ScanBatch(tuple(self.files), self._n_others, unreadable)
        self.files.clear()
        self._n_others = 0
        self._unreadable.clear()
        return batch

    def note_unreadable(self, path: str, why: str) -> None:
        """Notes a folder or a name that keeps files from being seen."""
        self._unreadable.setdefault(_printable(path), why)

    def enters(self, entry: os.DirEntry[str]) -> bool:
        """Whether the walk goes into a folder; links and junctions to folders are passed by."""
        if _is_excluded(entry.name) or entry.is_symlink() or _is_set_apart_on_windows(entry):
            return False
        return self._has_valid_name(entry)

    def visit(self, entry: os.DirEntry[str], folder: str, prefix: str) -> None:
        """Takes one entry that is no folder in as a picture, or counts it."""
        name = entry.name
        suffix = name.rpartition(".")[2].lower()
        if suffix in OTHER_SUFFIXES or _is_excluded(name):
            self._n_others += 1
            return
        is_link = entry.is_symlink()
        try:
            status = entry.stat()
        except OSError as error:
            if is_link:
                self._n_others += 1
            else:
                self.note_unreadable(folder, _why(error))
            return
        is_picture = stat.S_ISREG(status.st_mode) and (
            suffix in PICTURE_SUFFIXES or _shows_a_picture(entry.path, status)
        )
        if _ON_WINDOWS and _is_hidden_on_windows(status):
            is_picture = False
        if not is_picture:
            self._n_others += 1
        elif name.isascii() or self._has_valid_name(entry):
            self.files.append(ScannedFile(prefix + name, status.st_size, status.st_mtime_ns))

    def _has_valid_name(self, entry: os.DirEntry[str]) -> bool:
        """Whether a name can be kept as text; if not, it is noted for the user to change."""
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            self.note_unreadable(entry.path, "its name is not valid text; rename it")
            return False
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_excluded(name: str) -> bool:
    return name[0] == "." or name.casefold() in EXCLUDED_NAMES


def _shows_a_picture(path: str, status: os.stat_result) -> bool:
    """Whether a file with a name that says nothing begins like a picture the program opens."""
    if status.st_size == 0 or is_cloud_only(status):
        return False
    try:
        with open_regular(path) as file:
            sniffed = sniff(file.read(SNIFF_BYTES))
    except (OSError, ValueError):
        return False
    return sniffed is not None and sniffed.is_accepted


def _is_set_apart_on_windows(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is a junction, which may lead in circles, or hidden."""
    if not _ON_WINDOWS:
        return False
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return getattr(status, "st_reparse_tag", 0) == _JUNCTION_TAG or _is_hidden_on_windows(status)


def _is_hidden_on_windows(status: os.stat_result) -> bool:
    return bool(getattr(status, "st_file_attributes", 0) & _HIDDEN_ATTRIBUTE)


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _why(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "this user may not read it"
    if isinstance(error, FileNotFoundError):
        return "it went away while it was read"
    return error.strerror or str(error)
