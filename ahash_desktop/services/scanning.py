"""Compares one folder with what the library knows of it; watch events are hints, this is truth."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Fingerprint, Root, RootState, ScannedFile
from ahash_desktop.imaging.scan import ScanBatch, ScanRules, scan
from ahash_desktop.services.whereabouts import Surroundings, Whereabouts
from ahash_desktop.store.library import Library


@dataclass
class ScanTotals:
    """What the scans of one run found together."""

    n_found: int = 0
    n_others: int = 0
    n_unsettled: int = 0
    n_in_cloud: int = 0
    seconds: float = 0.0
    scanned_root_ids: list[int] = field(default_factory=list)
    offline: list[Path] = field(default_factory=list)
    moved: list[tuple[Path, Path]] = field(default_factory=list)
    unreadable_folders: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, other: "ScanTotals") -> None:
        """Counts what another scan found too."""
        self.n_found += other.n_found
        self.n_others += other.n_others
        self.n_unsettled += other.n_unsettled
        self.n_in_cloud += other.n_in_cloud
        self.scanned_root_ids += other.scanned_root_ids
        self.offline += other.offline
        self.moved += other.moved
        self.unreadable_folders += other.unreadable_folders


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
        """Records new, changed and missing files; yields now and then so that others can act.

        A folder that cannot be reached, or is suddenly empty, is looked for at other mount points.
        Unless it is found there it is marked offline and nothing of it is touched: a drive may be
        unplugged. Files below a folder that cannot be read, files still
        being written and those of which only a placeholder is left here stay as they are known.

        Raises:
            Cancelled: When the token says so; what was recorded is kept.
        """
        if not self._locate(totals):
            self._go_offline(totals)
            return
        unseen = self._library.work.fingerprints(self._root.root_id)
        was_empty = not unseen
        n_found = 0
        blind_spots: list[str] = []
        for batch in scan(self._root.path, token, self._rules, unseen):
            self._record(batch.files)
            for relative_path in _paths_of(batch):
                unseen.pop(relative_path, None)
            n_readable = len(batch.files) + batch.n_unchanged
            n_found += n_readable + len(batch.unsettled) + len(batch.in_cloud)
            totals.n_found += n_readable
            totals.n_others += batch.n_others
            totals.n_unsettled += len(batch.unsettled)
            totals.n_in_cloud += len(batch.in_cloud)
            for folder, reason in batch.unreadable_folders:
                totals.unreadable_folders.append((folder, reason))
                blind_spots.append(folder.relative_to(self._root.path).as_posix())
            yield
        if n_found == 0 and not was_empty:
            self._go_offline(totals)
            return
        self._finish(unseen.values(), blind_spots)
        totals.scanned_root_ids.append(self._root.root_id)

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
            self._library.roots.move(self._root.path, place)
            totals.moved.append((self._root.path, place))
            self._root = replace(self._root, path=place)
        return True

    def _finish(self, unseen: Iterable[Fingerprint], blind_spots: list[str]) -> None:
        missing = [
            photo_id
            for relative_path, _, _, photo_id in unseen
            if not _is_below_any(relative_path, blind_spots)
        ]
        volume = self._whereabouts.volume_of(self._root)
        with self._library.transaction():
            self._library.work.mark_missing(missing, self._now())
            self._library.roots.set_state(self._root.root_id, RootState.ONLINE)
            self._library.roots.set_volume(self._root.root_id, volume)
            self._library.roots.mark_scanned(self._root.root_id, self._now())

    def _go_offline(self, totals: ScanTotals) -> None:
        totals.offline.append(self._root.path)
        with self._library.transaction():
            self._library.roots.set_state(self._root.root_id, RootState.OFFLINE)


def _paths_of(batch: ScanBatch) -> Iterator[str]:
    """The pictures that are there, though not as they are known or not to be read now."""
    for file in (*batch.files, *batch.unsettled):
        yield file.relative_path
    yield from batch.in_cloud


def _is_below_any(relative_path: str, folders: list[str]) -> bool:
    return any(folder == "." or relative_path.startswith(f"{folder}/") for folder in folders)
