"""Searching by example: pictures in, ranked photos out."""

import contextlib
import math
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.closeness import Calibration, bands
from ahash_desktop.core.ports import Encoder, PictureSource
from ahash_desktop.core.records import (
    CodeBlock,
    EncodedPicture,
    ModelRecord,
    Photo,
    PictureFacts,
    Region,
    SearchHit,
)
from ahash_desktop.search.grouping import leaders
from ahash_desktop.search.living import LivingCodes
from ahash_desktop.search.parts import Parts
from ahash_desktop.search.ranking import SHORTLIST, Query, Ranking, SearchIndex
from ahash_desktop.services.codes_in_memory import CodesInMemory
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.store.library import Library


@dataclass(frozen=True, slots=True)
class Example:
    """A picture to search by: a photo of the library, or any file or data."""

    photo_id: int | None = None
    source: PictureSource | None = None
    region: Region | None = None
    weight: int = 1

    def __post_init__(self) -> None:
        if (self.photo_id is None) == (self.source is None):
            raise ValueError("an example is either a photo of the library or a picture")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to look for, and how many matches to show.

    In `inverted_bits` the positives count as if they had the other value. A hit has the first
    positive's value, after that, in all `required_bits`; `ignored_bits` do not count. Hits farther
    than `max_distance` bits are left out, and photos that are not in `only_ids`, int64 (n,), if it
    is given. They rank in the `order` that `search.ranking` names.
    """

    positives: tuple[Example, ...]
    negatives: tuple[Example, ...] = ()
    required_bits: tuple[int, ...] = ()
    ignored_bits: tuple[int, ...] = ()
    inverted_bits: tuple[int, ...] = ()
    top_k: int = 200
    max_distance: float | None = None
    include_examples: bool = False
    only_ids: NDArray[np.int64] | None = None
    order: str = SHORTLIST


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """Ranked matches; `examples` are the encoded positives, then the negatives.

    `closest` is the closeness of the first match, None if there is none or it is not known.
    """

    model_id: str
    n_bits: int
    n_photos: int
    seconds: float
    hits: tuple[SearchHit, ...]
    examples: tuple[EncodedPicture, ...]

    @property
    def closest(self) -> str | None:
        """The closeness of the first match."""
        return self.hits[0].closeness if self.hits else None


class Searcher:
    """Ranks the library's photos; any thread may call it.

    The codes are kept in memory and read again when the library has changed.

    Args:
        store: A thread with a library connection, for reading codes.
        encoder: Encodes pictures from outside the library.
        model: The model whose codes are compared.
        calibration: What its scores are worth; says nothing if that was not measured.
    """

    def __init__(
        self,
        store: StoreThread,
        encoder: Encoder,
        model: ModelRecord,
        calibration: Calibration | None = None,
    ) -> None:
        self._calibration = calibration or Calibration()
        self._store = store
        self._encoder = encoder
        self._model = model
        self._index: SearchIndex | None = None
        self._codes = CodesInMemory(model)
        self._domains: dict[str, NDArray[np.int64]] | None = None

    def search(self, request: SearchRequest) -> SearchResponse:
        """The nearest photos to the examples; example photos themselves are left out.

        Raises:
            UserFacingError: If an example cannot be read.
            ValueError: If a bit lies outside the code, or no positive example is given.
        """
        started = time.perf_counter()
        positives = tuple(self.encode(example) for example in request.positives)
        negatives = tuple(self.encode(example) for example in request.negatives)
        examples = request.positives + request.negatives
        shown = () if request.include_examples else examples
        query = Query(
            positives=positives,
            negatives=negatives,
            required_bits=request.required_bits,
            ignored_bits=request.ignored_bits,
            inverted_bits=request.inverted_bits,
            exclude_ids=frozenset(e.photo_id for e in shown if e.photo_id is not None),
            only_ids=request.only_ids,
            positive_weights=tuple(example.weight for example in request.positives),
            negative_weights=tuple(example.weight for example in request.negatives),
            order=request.order,
        )
        hits, n_photos = self._store.call(lambda library: self._rank(library, query, request))
        return SearchResponse(
            model_id=self._model.model_id,
            n_bits=self._model.n_bits,
            n_photos=n_photos,
            seconds=time.perf_counter() - started,
            hits=hits,
            examples=positives + negatives,
        )

    def encode(self, example: Example) -> EncodedPicture:
        """The code of an example: the stored one where there is one, else a new one.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        if example.photo_id is None:
            return self._encoder.encode(_required(example.source), example.region)
        photo_id = example.photo_id
        if example.region is None:
            stored = self.stored_code(photo_id)
            if stored is not None:
                return stored
        photo = self._store.call(lambda library: library.photos.get(photo_id))
        return self._encoder.encode(str(photo.path), example.region)

    def stored_code(self, photo_id: int) -> EncodedPicture | None:
        """The code the library keeps of a photo, if it has one of this model."""
        key = self._model.model_key
        return self._store.call(lambda library: library.codes.get(photo_id, key))

    def example_of(self, path: Path) -> Example:
        """A file as an example: as a photo of the library while that is unchanged."""
        photo = self._store.call(lambda library: library.photos.find_by_path(path))
        if photo is not None and is_unchanged(photo):
            return Example(photo_id=photo.photo_id)
        return Example(source=str(path))

    def domains(self) -> dict[str, NDArray[np.int64]]:
        """The photos of each domain of the model, int64 (n,) ascending, as of `codes`."""
        self._store.call(self._current)
        if self._domains is None:
            key = self._model.model_key
            self._domains = self._store.call(lambda library: library.codes.domains(key))
        return self._domains

    def closeness(self, first: EncodedPicture, second: EncodedPicture) -> str | None:
        """How close a picture is to the first, in a word; None where the model does not say."""
        curve = self._calibration.curve_of(first.subject)
        if curve is None:
            return None
        one, other = (each.activations.astype(np.float32) for each in (first, second))
        lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
        return curve.band(float(one @ other) / lengths if lengths else 0.0)

    def codes(self) -> CodeBlock:
        """All codes in memory, read again if the library has changed."""
        return self._store.call(lambda library: self._current(library).block())

    def _rank(
        self, library: Library, query: Query, request: SearchRequest
    ) -> tuple[tuple[SearchHit, ...], int]:
        parts = self._current(library).parts()
        if self._index is None:
            self._index = SearchIndex(parts, self._model.n_bits)
        ranking = self._index.rank(query, top_k=request.top_k, max_distance=request.max_distance)
        photos = {
            photo.photo_id: photo for photo in library.photos.get_many(ranking.photo_ids.tolist())
        }
        hits = _hits(ranking, photos, parts)
        curve = self._calibration.curve_of(query.positives[0].subject)
        if curve is not None and _is_calibrated(request):
            told = bands(curve, [hit.score for hit in hits])
            hits = tuple(replace(hit, closeness=word) for hit, word in zip(hits, told, strict=True))
        return hits, parts.n_there

    def _current(self, library: Library) -> LivingCodes:
        codes, has_changed = self._codes.current(library)
        if has_changed:
            self._index = self._domains = None
        return codes


def _is_calibrated(request: SearchRequest) -> bool:
    """Whether scores are worth what was measured: one example, all bits, the default order."""
    steered = request.negatives or request.ignored_bits or request.inverted_bits
    return len(request.positives) == 1 and not steered and request.order == SHORTLIST


def _hits(ranking: Ranking, photos: dict[int, Photo], parts: Parts) -> tuple[SearchHit, ...]:
    """The ranked photos that are still there, each with the hit that leads its group."""
    ids = ranking.photo_ids.tolist()
    known = [row for row, photo_id in enumerate(ids) if photo_id in photos]
    activations = parts.activations(parts.rows_of(ranking.photo_ids[known]))
    names = [str(photos[ids[row]].path.with_suffix("")) for row in known]
    taken_s = np.array([seconds_taken(photos[ids[row]].facts) for row in known])
    leading = leaders(activations, names, taken_s)
    return tuple(
        SearchHit(
            photo_id=ids[row],
            path=photos[ids[row]].path,
            distance=float(ranking.distances[row]),
            score=float(ranking.scores[row]),
            differing_bits=ranking.differing_bits[row],
            moment=_moment(photos[ids[row]]),
            leader_id=ids[known[leader]],
        )
        for row, leader in zip(known, leading.tolist(), strict=True)
    )


def _moment(photo: Photo) -> str:
    if photo.facts is not None and photo.facts.taken_at:
        return photo.facts.taken_at
    return _local_text(photo.mtime_ns // 10**9)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _local_text(seconds: int) -> str:
    """Local time as a camera writes it; empty where a file claims a time that no calendar has.

    Windows knows no local time before 1970, which a file with an empty date has.
    """
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return ""
    with contextlib.suppress(OSError, OverflowError, ValueError):
        moment = moment.astimezone()
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def seconds_taken(facts: PictureFacts | None) -> float:
    """When a photo was taken, for comparing; NaN if the camera did not say, or not at what time."""
    try:
        taken = datetime.fromisoformat((facts and facts.taken_at) or "").replace(tzinfo=UTC)
    except ValueError:
        return math.nan
    return taken.timestamp() if taken.time() != time_of_day.min else math.nan


def _required(source: PictureSource | None) -> PictureSource:
    if source is None:
        raise ValueError("the example has no picture")
    return source


def is_unchanged(photo: Photo) -> bool:
    """Whether a photo's file is the one that was read, as far as its size and time tell."""
    try:
        stat = photo.path.stat()
    except OSError:
        return False
    return stat.st_size == photo.size_bytes and stat.st_mtime_ns == photo.mtime_ns
