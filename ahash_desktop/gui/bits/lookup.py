"""Gathers what the bit gallery shows, off the window's thread."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import BitStatistics
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.wording import speaks_chinese
from ahash_desktop.gui.pictures.overlays import Overlay, evidence_scales, overlay_of
from ahash_desktop.gui.pictures.sources import photo_picture
from ahash_desktop.services.bits import BitOverview
from ahash_desktop.services.session import LibrarySession

_EXAMPLE_PX = 224


@dataclass(frozen=True, slots=True)
class BitDetails:
    """The spread of a bit's activations: int64 (32,) over -1 … 1."""

    bit: int
    histogram: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ExamplePhoto:
    """A photo that fires a bit much or little."""

    photo_id: int
    name: str
    picture: QImage | None
    activation: float


@dataclass(frozen=True, slots=True)
class ExampleEvidence:
    """Where a bit looked in a photo; `overlay` is None if the photo cannot be read now."""

    photo_id: int
    overlay: Overlay | None


class BitLookup(QObject):
    """Reads the overview of all bits, and for one bit its photos and where it looked in them."""

    overview_arrived = Signal(object)
    details_arrived = Signal(object)
    photo_arrived = Signal(object)
    evidence_arrived = Signal(object)
    failed = Signal(object)

    def __init__(
        self, session: LibrarySession, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._overview_job = LatestJob(runner, Lane.SEARCH)
        self._details_job = LatestJob(runner, Lane.SEARCH)
        self._photos_job = LatestJob(runner, Lane.LOOKUP)
        self._evidence_job = LatestJob(runner, Lane.ENGINE)

    def load_overview(self) -> None:
        """Asks for the overview anew."""
        bits = self._session.bits
        job = self._overview_job.start(lambda _token: bits.overview(in_chinese=speaks_chinese()))
        job.succeeded.connect(self.overview_arrived)
        job.failed.connect(self.failed)

    def load_bit(self, statistics: BitStatistics, *, with_evidence: bool) -> None:
        """Asks for everything about one bit; what was asked before is dropped."""
        session, bit = self._session, statistics.bit
        job = self._details_job.start(
            lambda _token: BitDetails(bit, session.bits.histogram(bit)),
        )
        job.succeeded.connect(self.details_arrived)
        photo_ids = (*statistics.strongest, *statistics.weakest)
        job = self._photos_job.start(lambda token: _photos(session, photo_ids, bit, token))
        job.progressed.connect(self.photo_arrived)
        self._evidence_job.stop()
        if with_evidence:
            self.load_evidence(statistics)

    def load_evidence(self, statistics: BitStatistics) -> None:
        """Asks where a bit looked in its photos."""
        session, bit = self._session, statistics.bit
        photo_ids = (*statistics.strongest, *statistics.weakest)
        job = self._evidence_job.start(lambda token: _evidence(session, photo_ids, bit, token))
        job.progressed.connect(self.evidence_arrived)
        job.failed.connect(self.failed)

    def name_bit(self, bit: int, name: str) -> None:
        """Names a bit and reads the overview anew."""
        bits = self._session.bits

        def work(_token: CancelToken) -> BitOverview:
            bits.name(bit, name)
            return bits.overview(in_chinese=speaks_chinese())

        job = self._overview_job.start(work)
        job.succeeded.connect(self.overview_arrived)
        job.failed.connect(self.failed)

    def stop(self) -> None:
        """Drops what is under way."""
        for job in (self._photos_job, self._evidence_job, self._details_job):
            job.stop()


def _photos(
    session: LibrarySession, photo_ids: tuple[int, ...], bit: int, token: CancelToken
) -> Iterator[ExamplePhoto]:
    for photo in session.browser.photos(photo_ids):
        token.raise_if_cancelled()
        stored = session.searcher.stored_code(photo.photo_id)
        if stored is not None:
            yield ExamplePhoto(
                photo_id=photo.photo_id,
                name=photo.path.name,
                picture=photo_picture(session, photo.photo_id, _EXAMPLE_PX),
                activation=float(stored.activations[bit]),
            )


def _evidence(
    session: LibrarySession, photo_ids: tuple[int, ...], bit: int, token: CancelToken
) -> Iterator[ExampleEvidence]:
    paths = {photo.photo_id: photo.path for photo in session.browser.photos(photo_ids)}
    for photo_id in photo_ids:
        token.raise_if_cancelled()
        path = paths.get(photo_id)
        if path is None or not path.exists():
            yield ExampleEvidence(photo_id, None)
            continue
        evidence = session.explain(str(path), (bit,))
        scale = evidence_scales([evidence.maps[0]])[0]
        yield ExampleEvidence(photo_id, overlay_of(evidence.maps[0], scale, evidence.seen))
