"""Gathers what the map shows, off the window's thread."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.wording import speaks_chinese
from ahash_desktop.services.mapping import MapLayout
from ahash_desktop.services.session import LibrarySession

N_NAMED_FOLDERS = 8


@dataclass(frozen=True, slots=True)
class Grouping:
    """Photos in named groups: `groups` uint8 (n,), one a photo of the map, into `names`."""

    groups: NDArray[np.uint8]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MapContents:
    """A map, or None if none was made yet, and how many photos have no place in it."""

    layout: MapLayout | None
    n_unplaced: int


class MapLookup(QObject):
    """Reads and makes the map, and groups its photos."""

    contents_arrived = Signal(object)
    making_started = Signal(object)
    grouping_arrived = Signal(object)
    names_arrived = Signal(object)
    failed = Signal(object)

    def __init__(
        self, session: LibrarySession, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._reading = LatestJob(runner, Lane.SEARCH)
        self._grouping = LatestJob(runner, Lane.SEARCH)
        self._naming = LatestJob(runner, Lane.LOOKUP)
        self._making: Job | None = None

    @property
    def is_making(self) -> bool:
        """Whether a map is being made."""
        return self._making is not None

    def load(self) -> None:
        """Asks for the map as it is."""
        library_map = self._session.library_map

        def work(_token: CancelToken) -> MapContents:
            layout = library_map.load()
            return MapContents(layout, library_map.n_unplaced(layout) if layout else 0)

        job = self._reading.start(work)
        job.succeeded.connect(self.contents_arrived)
        job.failed.connect(self.failed)

    def load_names(self) -> None:
        """Asks for the names of the bits."""
        bits = self._session.bits
        job = self._naming.start(lambda _token: bits.names(in_chinese=speaks_chinese()))
        job.succeeded.connect(self.names_arrived)

    def make(self) -> None:
        """Makes the map anew."""
        if self._making is not None:
            return
        job = self._runner.start(self._session.library_map.make, Lane.MAP)
        self._making = job
        job.succeeded.connect(self._on_made)
        job.failed.connect(self.failed)
        job.finished.connect(self._on_finished)
        self.making_started.emit(job)

    def cancel_making(self) -> None:
        """Ends the making; the old map stays."""
        if self._making is not None:
            self._making.cancel()

    def group_by_bit(self, photo_ids: NDArray[np.int64], bit: int, names: tuple[str, str]) -> None:
        """Groups photos by a bit, off and on; `names` says what to call the two."""
        bits = self._session.bits

        def work(_token: CancelToken) -> Grouping:
            is_on = np.isin(photo_ids, bits.photos_with(bit, on=True))
            return Grouping(is_on.astype(np.uint8), names)

        self._group(work)

    def group_by_folder(self, photo_ids: NDArray[np.int64], other: str) -> None:
        """Groups photos by the folder that holds them; all but the largest are the `other`."""
        browser = self._session.browser
        self._group(lambda _token: group_folders(photo_ids, *browser.folders(), other))

    def stop_grouping(self) -> None:
        """Drops a grouping under way."""
        self._grouping.stop()

    def _group(self, work: Callable[[CancelToken], Grouping]) -> None:
        job = self._grouping.start(work)
        job.succeeded.connect(self.grouping_arrived)
        job.failed.connect(self.failed)

    def _on_made(self, layout: MapLayout) -> None:
        self.contents_arrived.emit(MapContents(layout, 0))

    def _on_finished(self) -> None:
        self._making = None


def group_folders(
    photo_ids: NDArray[np.int64], known_ids: NDArray[np.int64], folders: list[str], other: str
) -> Grouping:
    """Photos by folder, the other photos first, then the largest folders.

    Args:
        photo_ids: int64 (n,), the photos of the map.
        known_ids: int64 (m,), photos whose folder is known.
        folders: Their folders' names.
        other: What to call the rest.
    """
    largest = [name for name, _ in Counter(folders).most_common(N_NAMED_FOLDERS)]
    number = {name: index + 1 for index, name in enumerate(largest)}
    order = np.argsort(known_ids)
    groups = np.array([number.get(name, 0) for name in folders], dtype=np.uint8)[order]
    found = np.searchsorted(known_ids[order], photo_ids)
    found = np.minimum(found, max(len(known_ids) - 1, 0))
    if not len(known_ids):
        return Grouping(np.zeros(len(photo_ids), dtype=np.uint8), (other,))
    is_known = known_ids[order][found] == photo_ids
    return Grouping(np.where(is_known, groups[found], 0).astype(np.uint8), (other, *largest))
