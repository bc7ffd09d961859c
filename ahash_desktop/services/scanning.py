"""Compares one folder with what the library knows of it; watch events are hints, this is truth."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import (
    Fingerprint,
    InnerMount,
    Root,
    RootState,
    ScannedFile,
)
from ahash_desktop.imaging.scan import ScanBatch, ScanRules, scan
from ahash_desktop.services.whereabouts import Surroundings, Whereabouts
from ahash_desktop.store.library import Library


@dataclass(frozen=True)
class ScannedRoot:
    """A folder whose scan is complete: as it was before, what is gone, and when the scan ended."""

    root: Root
    missing: tuple[int, ...]
    scanned_at: float


@dataclass
class ScanTotals:
    """What the scans of one run found together."""

    n_found: int = 0
    n_others: int = 0
    n_unsettled: int = 0
    n_in_cloud: int = 0
    seconds: float = 0.0
    scanned: list[ScannedRoot] = field(default_factory=list)
    offline: list[Path] = field(default_factory=list)
    moved: list[tuple[Path, Path]] = field(default_factory=list)
    unreadable_folders: list[tuple[Path, str]] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)

    @property
    def scanned_root_ids(self) -> list[int]:
        """The folders that were scanned to the end."""
        return [scanned.root.root_id for scanned in self.scanned]

    def add(self, other: "ScanTotals") -> None:
        """Counts what another scan found too."""
        self.n_found += other.n_found
        self.n_others += other.n_others
        self.n_unsettled += other.n_unsettled
        self.n_in_cloud += other.n_in_cloud
        self.scanned += other.scanned
        self.offline += other.offline
        self.moved += other.moved
        self.unreadable_folders += other.unreadable_folders
        self.links += other.links


class RootScan:
    """One comparison of a folder with the library.

    Args:
        library: An open library of this thread.
        root: The folder.
        now: Seconds since the epoch.
        rules: What of the folder is left aside.
        around: What the system tells of volumes.
    """

    def __init__(
        self,
        library: Library,
        root: Root,
        now: Callable[[], float],
        rules: ScanRules | None = None,
        around: Surroundings | None = None,
    ) -> None:
        self._library = library
        self._root = root
        self._now = now
        self._rules = rules or ScanRules()
        self._whereabouts = Whereabouts(library, around)

    def run(self, token: CancelToken, totals: ScanTotals) -> Iterator[None]:
        """Records new and changed files; yields now and then so that others can act.

        A folder that cannot be reached is looked for at other mount points. Unless it is found
        there it is marked offline and nothing of it is touched: a drive may be unplugged. So is one
        that is suddenly empty, if nobody can tell whether that is the same volume as before. Files
        below a folder that cannot be read, on a volume inside that is away, files still being
        written and those of which only a placeholder is left here stay as they are known.

        Raises:
            Cancelled: When the token says so; what was recorded is kept.
        """
        if not self._locate(totals):
            self._go_offline(totals)
            return
        mounts = self._whereabouts.inner_mounts(self._root)
        unseen = self._library.work.fingerprints(self._root.root_id)
        was_empty = not unseen
        n_found = 0
        blind = _Blind([mount.relative_path for mount in mounts if not mount.is_there])
        own: list[Fingerprint] = []
        for batch in scan(self._root.path, token, self._rules_for(self._root), unseen):
            self._record(batch.files)
            for relative_path in _paths_of(batch):
                unseen.pop(relative_path, None)
            own += [unseen.pop(relative_path) for relative_path in batch.own]
            n_readable = len(batch.files) + batch.n_unchanged
            n_found += n_readable + len(batch.unsettled) + len(batch.in_cloud)
            self._count(batch, totals)
            blind.unreadable += [
                folder.relative_to(self._root.path).as_posix()
                for folder, _ in batch.unreadable_folders
            ]
            blind.away += batch.severed
            yield
        if n_found == 0 and not was_empty and not self._may_be_empty(unseen, blind):
            self._go_offline(totals)
            return
        self._finish(unseen.values(), own, blind, mounts, totals)

    def _rules_for(self, root: Root) -> ScanRules:
        others = tuple(other.path for other in self._library.roots.all() if other != root)
        return replace(self._rules, covered=others)

    def _count(self, batch: ScanBatch, totals: ScanTotals) -> None:
        totals.n_found += len(batch.files) + batch.n_unchanged
        totals.n_others += batch.n_others
        totals.n_unsettled += len(batch.unsettled)
        totals.n_in_cloud += len(batch.in_cloud)
        totals.unreadable_folders += batch.unreadable_folders
        totals.links += [self._root.path / link for link in batch.links]

    def _may_be_empty(self, unseen: Iterable[str], blind: "_Blind") -> bool:
        """Whether a folder without photos is believed to be: it can be read, on its own volume.

        So is one whose photos all lie on volumes inside it that are away.
        """
        if "." in blind.unreadable:
            return False
        return bool(self._whereabouts.is_same_place(self._root)) or all(
            blind.is_away(relative_path) for relative_path in unseen
        )

    def _record(self, changed: Sequence[ScannedFile]) -> None:
        if changed:
            with self._library.transaction():
                self._library.work.record_scanned(self._root.root_id, changed, self._now())

    def _locate(self, totals: ScanTotals) -> bool:
        """Follows the folder to where it lies now; False while it is out of reach."""
        place = self._whereabouts.find(self._root)
        if place is None:
            return False
        if place != self._root.path:
            self._library.roots.follow(self._root, place)
            totals.moved.append((self._root.path, place))
            self._root = replace(self._root, path=place)
        return True

    def _finish(
        self,
        unseen: Iterable[Fingerprint],
        own: list[Fingerprint],
        blind: "_Blind",
        mounts: list[InnerMount],
        totals: ScanTotals,
    ) -> None:
        """Records what the folder is known by; notes what is gone and which parts are away."""
        away: set[str] = set()
        missing = [
            photo_id
            for relative_path, _, _, photo_id in unseen
            if not blind.hides(relative_path, away)
        ]
        root_id = self._root.root_id
        mark = self._whereabouts.mark_of(self._root.path)
        with self._library.transaction():
            self._library.work.forget([photo_id for *_, photo_id in own])
            self._library.roots.set_state(root_id, RootState.ONLINE)
            self._library.roots.set_mark(root_id, mark)
            self._library.roots.set_mounts(root_id, _still_known(mounts, away))
        totals.offline += [self._root.path / folder for folder in sorted(away)]
        totals.scanned.append(ScannedRoot(self._root, tuple(missing), self._now()))

    def _go_offline(self, totals: ScanTotals) -> None:
        totals.offline.append(self._root.path)
        with self._library.transaction():
            self._library.roots.set_state(self._root.root_id, RootState.OFFLINE)


@dataclass
class _Blind:
    """Where nothing can be seen now: folders that are away, and those that cannot be read."""

    away: list[str]
    unreadable: list[str] = field(default_factory=list)

    def is_away(self, relative_path: str) -> bool:
        """Whether a file lies in a folder that is away."""
        return any(relative_path.startswith(f"{folder}/") for folder in self.away)

    def hides(self, relative_path: str, found_away: set[str]) -> bool:
        """Whether a file may be there unseen; notes in which of the folders that are away."""
        for folder in self.away:
            if relative_path.startswith(f"{folder}/"):
                found_away.add(folder)
                return True
        return any(
            folder == "." or relative_path.startswith(f"{folder}/") for folder in self.unreadable
        )


def _still_known(mounts: list[InnerMount], away: set[str]) -> list[InnerMount]:
    """The mounts to remember: of those that are away, only the ones that hold photos."""
    return [mount for mount in mounts if mount.is_there or mount.relative_path in away]


def _paths_of(batch: ScanBatch) -> Iterator[str]:
    """The pictures that are there, though not as they are known or not to be read now."""
    for file in (*batch.files, *batch.unsettled):
        yield file.relative_path
    yield from batch.in_cloud
