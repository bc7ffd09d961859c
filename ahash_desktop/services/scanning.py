"""Compares one folder with what the library knows of it; watch events are hints, this is truth."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import Fingerprint, PhotoState, Root, RootState, ScannedFile
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
        known = self._library.work.fingerprints(self._root.root_id)
        unseen = dict(known)
        n_found = 0
        blind_spots: list[str] = []
        for batch in scan(self._root.path, token, self._rules):
            changed = _changed(batch.files, unseen)
            if changed:
                with self._library.transaction():
                    self._library.work.record_scanned(self._root.root_id, changed, self._now())
            n_changing = self._pass_over(batch, unseen)
            n_found += len(batch.files) + len(batch.unsettled) + len(batch.in_cloud)
            totals.n_found += len(batch.files)
            totals.n_others += batch.n_others
            totals.n_unsettled += n_changing
            totals.n_in_cloud += len(batch.in_cloud)
            for folder, reason in batch.unreadable_folders:
                totals.unreadable_folders.append((folder, reason))
                blind_spots.append(folder.relative_to(self._root.path).as_posix())
            yield
        if n_found == 0 and any(f.state is not PhotoState.MISSING for f in known.values()):
            self._go_offline(totals)
            return
        self._finish(unseen, blind_spots)
        totals.scanned_root_ids.append(self._root.root_id)

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

    @staticmethod
    def _pass_over(batch: ScanBatch, unseen: dict[str, Fingerprint]) -> int:
        """Leaves known files as they are that cannot be read now; gives how many are changing."""
        for relative_path in batch.in_cloud:
            unseen.pop(relative_path, None)
        return len(_changed(batch.unsettled, unseen))

    def _finish(self, unseen: dict[str, Fingerprint], blind_spots: list[str]) -> None:
        missing = [
            fingerprint.photo_id
            for relative_path, fingerprint in unseen.items()
            if fingerprint.state is not PhotoState.MISSING
            and not _is_below_any(relative_path, blind_spots)
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


def _changed(files: Sequence[ScannedFile], unseen: dict[str, Fingerprint]) -> list[ScannedFile]:
    """The files that are not as they are known; takes all of them out of `unseen`."""
    changed = []
    missing = PhotoState.MISSING
    for file in files:
        relative_path, size_bytes, mtime_ns = file
        known = unseen.pop(relative_path, None)
        if (
            known is None
            or known.size_bytes != size_bytes
            or known.mtime_ns != mtime_ns
            or known.state is missing
        ):
            changed.append(file)
    return changed


def _is_below_any(relative_path: str, folders: list[str]) -> bool:
    return any(folder == "." or relative_path.startswith(f"{folder}/") for folder in folders)
