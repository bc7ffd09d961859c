"""Where a folder of the library lies now: at its place, somewhere else, or out of reach."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ahash_desktop.core.records import FolderMark, InnerMount, Root, WorkItem
from ahash_desktop.imaging.content import content_key
from ahash_desktop.imaging.volumes import all_mount_points, mount_points, number_of, volume_of
from ahash_desktop.store.library import Library

_SHARE_FOUND = 0.75
_MOST_SIBLINGS = 500


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the system tells of volumes: the name of a folder's, and where they are mounted.

    `mount_points` are those of disks, `all_mount_points` of everything; `number_of` is the number
    of a folder on its volume.
    """

    volume_of: Callable[[Path], str | None] = volume_of
    mount_points: Callable[[], list[Path]] = mount_points
    all_mount_points: Callable[[], list[Path]] = all_mount_points
    number_of: Callable[[Path], str | None] = number_of


class Whereabouts:
    """Looks for the folders of a library by their volume, their number and their contents.

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

        A folder at its place is itself, whatever has become of its photos, unless another volume
        lies there than before and none of the known photos is on it.

        Only one that is not there is looked for. What is found is taken for it if it is the very
        same folder, by its number on its volume or its path on a volume that is mounted elsewhere,
        and if most of a sample of its photos lie there with the contents that are known. A copy is
        not the folder, wherever it lies.
        """
        sample = self._library.work.sample(root.root_id)
        if _is_folder(root.path):
            lies_here = (
                not sample
                or self.is_same_place(root) is not False
                or any(_lies_in(root.path, item) for item, _ in sample)
            )
            if lies_here:
                return root.path
        return self._find_elsewhere(root, sample) if sample else None

    def is_same_place(self, root: Root) -> bool | None:
        """Whether the volume at a folder's place is the one it was on; None if nobody can tell."""
        known, found = root.mark, self.mark_of(root.path)
        if known.volume is not None and found.volume is not None:
            return known.volume == found.volume
        if known.mount is not None and found.mount is not None:
            return known.mount == found.mount
        return None

    def mark_of(self, folder: Path) -> FolderMark:
        """What a folder can be known again by."""
        return FolderMark(
            self._around.volume_of(folder), self._mount_of(folder), self._around.number_of(folder)
        )

    def inner_mounts(self, root: Root) -> list[InnerMount]:
        """The volumes that are mounted inside a folder, and those that were and are away.

        One is away, too, if another one is mounted in its place.
        """
        found = {}
        for mount in self._around.all_mount_points():
            if mount != root.path and mount.is_relative_to(root.path):
                below = mount.relative_to(root.path).as_posix()
                found[below] = InnerMount(below, self._around.volume_of(mount))
        for known in self._library.roots.mounts(root.root_id):
            now = found.get(known.relative_path)
            if now is None or _differ(known.volume, now.volume):
                found[known.relative_path] = replace(known, is_there=False)
        return list(found.values())

    def _find_elsewhere(self, root: Root, sample: Sequence[tuple[WorkItem, bytes]]) -> Path | None:
        others = [other.path for other in self._library.roots.all()]
        for folder in self._candidates(root.path):
            if (
                _is_folder(folder)
                and folder.resolve() != root.refused
                and not any(_overlap(folder, other) for other in others)
                and self._is_very_same(root, folder)
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

    def _is_very_same(self, root: Root, folder: Path) -> bool:
        """Whether a folder elsewhere is the one that was here, and no copy of it."""
        known, found = root.mark, self.mark_of(folder)
        if known.volume != found.volume:
            return False
        if known.number is not None and known.number == found.number:
            return True
        if known.volume is None or known.mount is None or found.mount is None:
            return False
        return known.mount != found.mount and (
            _below(root.path, known.mount) == folder.relative_to(found.mount)
        )

    def _mount_of(self, folder: Path) -> Path | None:
        above = [m for m in self._around.all_mount_points() if folder.is_relative_to(m)]
        return max(above, key=lambda mount: len(mount.parts), default=None)


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


def _below(folder: Path, mount: Path) -> Path | None:
    return folder.relative_to(mount) if folder.is_relative_to(mount) else None


def _differ(known: str | None, found: str | None) -> bool:
    return known is not None and found is not None and known != found


def _is_folder(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
