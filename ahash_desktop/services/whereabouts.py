"""Where a folder of the library lies now: at its place, somewhere else, or out of reach."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ahash_desktop.core.records import Root, WorkItem
from ahash_desktop.imaging.content import content_key
from ahash_desktop.imaging.volumes import mount_points, volume_of
from ahash_desktop.store.library import Library

_SHARE_FOUND = 0.75
_MOST_SIBLINGS = 500


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the system tells of volumes: the name of a folder's, and where all are mounted."""

    volume_of: Callable[[Path], str | None] = volume_of
    mount_points: Callable[[], list[Path]] = mount_points


class Whereabouts:
    """Looks for the folders of a library by their volume and a sample of their contents.

    Nothing is ever written into a folder to recognise it by.

    Args:
        library: An open library of this thread.
        around: What the system tells of volumes.
    """

    def __init__(self, library: Library, around: Surroundings | None = None) -> None:
        self._library = library
        self._around = around or Surroundings()

    def find(self, root: Root) -> Path | None:
        """The folder as it can be reached now; None while it is out of reach.

        A folder at its place is itself unless none of its known photos is there and it lies on
        another volume than before. Elsewhere it is taken for itself only if most of a sample of
        its photos lie there with the contents that are known, and not on another volume: a copy
        on a second drive is not the folder.
        """
        sample = self._library.work.sample(root.root_id)
        is_there = _is_folder(root.path)
        if is_there and (not sample or any(_lies_in(root.path, item) for item, _ in sample)):
            return root.path
        found = self._find_elsewhere(root, sample) if sample else None
        if found is not None:
            return found
        return root.path if is_there and self._is_same_volume(root, root.path) else None

    def volume_of(self, root: Root) -> str | None:
        """The volume a folder lies on, None if unknown."""
        return self._around.volume_of(root.path)

    def _find_elsewhere(self, root: Root, sample: Sequence[tuple[WorkItem, bytes]]) -> Path | None:
        others = [other.path for other in self._library.roots.all()]
        for folder in self._candidates(root.path):
            if (
                _is_folder(folder)
                and not any(_overlap(folder, other) for other in others)
                and self._is_same_volume(root, folder)
                and _holds(folder, sample)
            ):
                return folder.resolve()
        return None

    def _candidates(self, path: Path) -> Iterator[Path]:
        """The same folder on all volumes, then beside where it was."""
        inner = path.parts[1:]
        for mount in self._around.mount_points():
            for start in range(len(inner) + 1):
                yield mount.joinpath(*inner[start:])
        nearest = next((folder for folder in path.parents if _is_folder(folder)), None)
        if nearest is None:
            return
        below = path.relative_to(nearest).parts[1:]
        try:
            for sibling in itertools.islice(nearest.iterdir(), _MOST_SIBLINGS):
                yield sibling.joinpath(*below)
        except OSError:
            return

    def _is_same_volume(self, root: Root, folder: Path) -> bool:
        volume = self._around.volume_of(folder)
        return root.volume is None or volume is None or volume == root.volume


def _holds(folder: Path, sample: Sequence[tuple[WorkItem, bytes]]) -> bool:
    n_same = sum(_is_same(folder, item, key) for item, key in sample)
    return n_same >= _SHARE_FOUND * len(sample)


def _is_same(folder: Path, item: WorkItem, key: bytes) -> bool:
    if not _lies_in(folder, item):
        return False
    try:
        return content_key(folder / item.path, item.size_bytes) == key
    except OSError:
        return False


def _lies_in(folder: Path, item: WorkItem) -> bool:
    """Whether there is a file of this name and size."""
    try:
        return (folder / item.path).stat().st_size == item.size_bytes
    except (OSError, ValueError):
        return False


def _is_folder(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
