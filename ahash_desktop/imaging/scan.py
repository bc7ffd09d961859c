"""Finds the pictures below a folder without opening what its name already tells."""

import errno
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from pathlib import Path
from stat import S_IFREG, S_ISREG

from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Fingerprint, ScannedFile
from ahash_desktop.core.suffixes import (
    NO_MEDIA,
    OTHER_SUFFIXES,
    PICTURE_SUFFIXES,
    is_kept_from_editing,
)
from ahash_desktop.imaging.entries import (
    ON_WINDOWS,
    is_folder,
    is_hidden_on_windows,
    is_set_apart_on_windows,
    may_be_changing,
    raise_if_short,
    shows_a_picture,
)
from ahash_desktop.imaging.links import LinkedFolders
from ahash_desktop.imaging.own_thumbnails import SHARD, is_thumbnail, may_be_thumbnail
from ahash_desktop.imaging.reading import is_cloud_only

_BATCH_SIZE = 1000
_LOOK_AHEAD = 200
_HAS_ATTRIBUTES = sys.platform in ("win32", "darwin")
_KIND_BITS = 0o170000
_ENDS_OF_KEPT = "~l"

_by_name = attrgetter("name")


@dataclass(frozen=True, slots=True)
class ScanRules:
    """What a scan leaves aside: `excludes`, and files changed later than `unsettled_after`.

    That is in seconds since the epoch; None takes files as they are. Links to folders are followed
    if `follows_links`, except into the folders that are `covered` anyway.
    """

    excludes: Excludes = field(default_factory=Excludes)
    unsettled_after: float | None = None
    follows_links: bool = False
    covered: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanBatch:
    """A part of what a scan found.

    `n_unchanged` counts pictures that are as they are known. Of the others, `files` are pictures by
    name or, where the name says nothing, by content; `unsettled` are those that may still be
    being written, `in_cloud` the relative paths of those of which only a placeholder is here.
    `n_others` counts the other files. `unreadable_folders` tells, with the reason, which folders
    could not be read or not wholly, and which files and folders have names that are no valid
    Unicode; such a name is given with replacement characters.

    Of relative paths, `links` are those of links to folders that were not followed, `severed` those
    of links that lead nowhere now, and `own` known files that are thumbnails of this program.
    """

    files: tuple[ScannedFile, ...]
    n_others: int
    unreadable_folders: tuple[tuple[Path, str], ...]
    unsettled: tuple[ScannedFile, ...] = ()
    in_cloud: tuple[str, ...] = ()
    n_unchanged: int = 0
    links: tuple[str, ...] = ()
    severed: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


_ALL = ScanRules()


def scan(
    root: Path,
    token: CancelToken,
    rules: ScanRules = _ALL,
    known: dict[str, Fingerprint] | None = None,
) -> Iterator[ScanBatch]:
    """Walks a folder in a fixed order, sorted by name, the files of a folder before its folders.

    Hidden files and folders, those that systems keep for themselves, thumbnails of this program and
    folders below the root with a file `.nomedia` are passed over. Links to folders are followed
    after all else if the rules say so, each folder once; links to files count as files. Pipes,
    sockets, devices and placeholders of files in the cloud are never opened.

    Args:
        root: The folder.
        token: Cancels the walk between two files.
        rules: What else is left aside.
        known: What is known of the files, by relative path. Each file whose size and time are
            still the same is taken out of it, and only counted.

    Yields:
        Batches of about a thousand files; at least one, the last of which may hold few or none.

    Raises:
        Cancelled: When the token says so.
        ShortageError: If too many files are open to read any folder.
    """
    links = LinkedFolders(root, rules.covered, follows=rules.follows_links)
    walk = _Walk(rules, known or {}, links)
    waiting = [(str(root), "")]
    while waiting:
        folder, prefix = waiting.pop()
        entries: list[os.DirEntry[str]] = []
        if links.is_new(folder):
            for unlike_known in walk.look_into(folder, prefix):
                entries += unlike_known
                token.raise_if_cancelled()
                if walk.n_gathered >= _BATCH_SIZE:
                    yield walk.take_batch()
        subfolders = []
        for entry in sorted(walk.without_no_media(entries, prefix), key=_by_name):
            if is_folder(entry):
                if walk.enters(entry, prefix):
                    subfolders.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                walk.visit(entry, folder, prefix)
                if walk.n_gathered >= _BATCH_SIZE:
                    yield walk.take_batch()
                    token.raise_if_cancelled()
        waiting.extend(reversed(subfolders))
        if not waiting:
            waiting += links.take_next()
    yield walk.take_batch()


class _Walk:
    """What a walk has gathered since its last batch."""

    def __init__(
        self, rules: ScanRules, known: dict[str, Fingerprint], links: LinkedFolders
    ) -> None:
        self._known = known
        self._links = links
        self._popped: list[Fingerprint] = []
        self._severed: list[str] = []
        self._own: list[str] = []
        self._shard = ""
        self._unsettled_after = rules.unsettled_after
        self._covers = rules.excludes.covers
        self._has_patterns = bool(rules.excludes.patterns)
        self._files: list[ScannedFile] = []
        self._unsettled: list[ScannedFile] = []
        self._in_cloud: list[str] = []
        self._n_unchanged = 0
        self._n_unchanged_here = 0
        self._n_others = 0
        self._unreadable: dict[str, str] = {}

    @property
    def n_gathered(self) -> int:
        """How many pictures the next batch tells of."""
        return len(self._files) + self._n_unchanged

    def take_batch(self) -> ScanBatch:
        """Everything gathered since the last batch."""
        unreadable = tuple((Path(path), why) for path, why in self._unreadable.items())
        batch = ScanBatch(
            tuple(self._files),
            self._n_others,
            unreadable,
            tuple(self._unsettled),
            tuple(self._in_cloud),
            self._n_unchanged,
            self._links.take_passed_by(),
            tuple(self._severed),
            tuple(self._own),
        )
        for gathered in (self._files, self._unsettled, self._in_cloud, self._severed, self._own):
            gathered.clear()
        self._n_others = self._n_unchanged = 0
        self._unreadable.clear()
        return batch

    def look_into(self, folder: str, prefix: str) -> Iterator[list[os.DirEntry[str]]]:
        """Counts the files of a folder that are as they are known; gives all other entries.

        A folder that cannot be read, or not to its end, is noted.
        """
        self._popped.clear()
        self._n_unchanged_here = 0
        try:
            with os.scandir(folder) as listing:
                while entries := list(islice(listing, _LOOK_AHEAD)):
                    yield self._unlike_known(entries, prefix)
        except OSError as error:
            raise_if_short(error)
            self.note_unreadable(folder, _why(error))

    def without_no_media(
        self, entries: list[os.DirEntry[str]], prefix: str
    ) -> list[os.DirEntry[str]]:
        """The entries of the folder looked into last; none, nor files as known, if it says so."""
        if not prefix or all(entry.name != NO_MEDIA for entry in entries):
            return entries
        self._known.update((was[0], was) for was in self._popped)
        self._n_unchanged = max(0, self._n_unchanged - self._n_unchanged_here)
        return []

    def _unlike_known(self, entries: list[os.DirEntry[str]], prefix: str) -> list[os.DirEntry[str]]:
        """The entries that are not as they are known. For almost all files this is all there is."""
        known = self._known
        looks_closer = _HAS_ATTRIBUTES or self._has_patterns or _is_shard(prefix)
        unlike = []
        found = [known.pop(prefix + entry.name, None) for entry in entries]
        for entry, was in zip(entries, found, strict=True):
            if was is None:
                unlike.append(entry)
                continue
            relative_path, size_bytes, mtime_ns, _ = was
            try:
                status = entry.stat()
                if (
                    status.st_size == size_bytes
                    and status.st_mtime_ns == mtime_ns
                    and status.st_mode & _KIND_BITS == S_IFREG
                    and not (looks_closer and self._is_left_aside(entry, relative_path, status))
                    and not (
                        relative_path[-1] in _ENDS_OF_KEPT and is_kept_from_editing(entry.name)
                    )
                ):
                    continue
            except OSError:
                pass
            known[relative_path] = was
            unlike.append(entry)
        self._popped += filter(None, found)
        self._n_unchanged += len(entries) - len(unlike)
        self._n_unchanged_here += len(entries) - len(unlike)
        return unlike

    def _is_left_aside(
        self, entry: os.DirEntry[str], relative_path: str, status: os.stat_result
    ) -> bool:
        """Whether a file was hidden, excluded or moved to the cloud, which changes neither.

        So is a thumbnail that was once taken for a photo.
        """
        return (
            self._covers(entry.name, relative_path)
            or self._is_own(entry.path, relative_path)
            or is_cloud_only(status)
            or (ON_WINDOWS and is_hidden_on_windows(status))
        )

    def note_unreadable(self, path: str, why: str) -> None:
        """Notes a folder or a name that keeps files from being seen."""
        self._unreadable.setdefault(_printable(path), why)

    def enters(self, entry: os.DirEntry[str], prefix: str) -> bool:
        """Whether the walk goes into a folder now; links wait, junctions are passed by."""
        if self._covers(entry.name, prefix + entry.name) or is_set_apart_on_windows(entry):
            return False
        if not self._has_valid_name(entry):
            return False
        if entry.is_symlink():
            self._links.note(entry.path, prefix + entry.name)
            return False
        return True

    def visit(self, entry: os.DirEntry[str], folder: str, prefix: str) -> None:
        """Takes one entry that is no folder in as a picture, or counts it.

        A name like a picture's is none that systems keep for themselves.
        """
        name = entry.name
        suffix = name.rpartition(".")[2].lower()
        is_named_so = suffix in PICTURE_SUFFIXES
        if (
            name[0] == "."
            if is_named_so and not self._has_patterns
            else suffix in OTHER_SUFFIXES
            or self._covers(name, prefix + name)
            or is_kept_from_editing(name)
        ):
            self._n_others += 1
            return
        try:
            status = entry.stat()
        except OSError as error:
            self._note_lost(entry, folder, prefix, error)
            return
        if self._is_own(entry.path, prefix + name):
            self._n_others += 1
            if prefix + name in self._known:
                self._own.append(prefix + name)
            return
        if is_named_so and not S_ISREG(status.st_mode):
            self.note_unreadable(entry.path, "it is a pipe, a socket or a device, not a file")
            self._n_others += 1
        elif (
            not S_ISREG(status.st_mode)
            or not (is_named_so or shows_a_picture(entry.path, status))
            or (ON_WINDOWS and is_hidden_on_windows(status))
        ):
            self._n_others += 1
        elif name.isascii() or self._has_valid_name(entry):
            file = ScannedFile(prefix + name, status.st_size, status.st_mtime_ns)
            self._gather(file, status)

    def _gather(self, file: ScannedFile, status: os.stat_result) -> None:
        """Takes a picture in, or sets it apart for now."""
        if is_cloud_only(status):
            self._in_cloud.append(file.relative_path)
        elif self._unsettled_after is not None and may_be_changing(status, self._unsettled_after):
            self._unsettled.append(file)
        else:
            self._files.append(file)

    def _is_own(self, path: str, relative_path: str) -> bool:
        """Whether a file is a thumbnail; where one is, all that are named so are."""
        if not may_be_thumbnail(relative_path):
            return False
        folder = relative_path[:-35]
        if folder != self._shard and is_thumbnail(path):
            self._shard = folder
        return folder == self._shard

    def _note_lost(self, entry: os.DirEntry[str], folder: str, prefix: str, error: OSError) -> None:
        if entry.is_symlink():
            self._n_others += 1
            if self._has_valid_name(entry):
                self._severed.append(prefix + entry.name)
        else:
            self.note_unreadable(folder, _why(error))

    def _has_valid_name(self, entry: os.DirEntry[str]) -> bool:
        """Whether a name can be kept as text; if not, it is noted for the user to change."""
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            self.note_unreadable(entry.path, "its name is not valid text; rename it")
            return False
        return True


def _is_shard(prefix: str) -> bool:
    """Whether a folder is named as those of thumbnails are."""
    return SHARD.fullmatch(prefix[-3:-1]) is not None and prefix[-4:-3] in ("", "/")


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _why(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "this user may not read it"
    if isinstance(error, FileNotFoundError):
        return "it went away while it was read"
    if error.errno == errno.ESTALE:
        return "the network drive has lost it; it is tried again by the next update"
    return error.strerror or str(error)
