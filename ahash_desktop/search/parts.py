"""Codes in a few parts that are searched as one: many that stay, and few that came since."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Words
from ahash_desktop.core.records import CodeBlock
from ahash_desktop.search.gallery import Gallery
from ahash_desktop.search.scanning import Found, Target
from ahash_desktop.search.scoring import scores

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Codes of one model, by row.

    `photo_ids` int64 (n,) ascending, each in one part only where it `is_there`: bool (n,), None if
    all are. `activations` float16 (n, n_bits) has the same rows as the `gallery`.
    """

    photo_ids: NDArray[np.int64]
    activations: Activations
    gallery: Gallery
    is_there: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, block: CodeBlock) -> "Part":
        """A block of codes as a part."""
        return cls(block.photo_ids, block.activations, Gallery.of(block.codes, block.n_bits))


class Parts:
    """Parts one after the other; a row of the whole is counted through all of them.

    Args:
        parts: At least one, all of codes as long.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *(part.photo_ids.size for part in parts)]).tolist()

    @property
    def size(self) -> int:
        """How many rows there are, those that are not there included."""
        return int(self._starts[-1])

    @property
    def n_there(self) -> int:
        """How many codes there are."""
        return sum(
            part.photo_ids.size if part.is_there is None else int(np.count_nonzero(part.is_there))
            for part in self._parts
        )

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where these photos are, in their order, those that are not there left out."""
        found = np.full(ids.size, -1, dtype=np.int64)
        for start, part in zip(self._starts, self._parts, strict=False):
            known = part.photo_ids
            if not known.size or not ids.size:
                continue
            rows = np.minimum(np.searchsorted(known, ids), known.size - 1)
            is_here = known[rows] == ids
            if part.is_there is not None:
                is_here &= part.is_there[rows]
            found[is_here] = rows[is_here] + start
        return found[found >= 0]

    def rows_there(self) -> NDArray[np.bool_]:
        """Which rows are there: a new array, bool (n,)."""
        there = np.ones(self.size, dtype=np.bool_)
        for start, part in zip(self._starts, self._parts, strict=False):
            if part.is_there is not None:
                there[start : start + part.is_there.size] = part.is_there
        return there

    def ids(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The photos of some rows: int64 (n,)."""
        return self._gather(rows, lambda part, own: part.photo_ids[own])

    def words(self, rows: NDArray[np.int64]) -> Words:
        """The codes of some rows: uint64 (n, n_words)."""
        return self._gather(rows, lambda part, own: part.gallery.words(own))

    def activations(self, rows: NDArray[np.int64]) -> Activations:
        """The activations of some rows: float16 (n, n_bits)."""
        return self._gather(rows, lambda part, own: part.activations[own])

    def scores(
        self,
        rows: NDArray[np.int64],
        towards: NDArray[np.float64],
        ignored_bits: Sequence[int],
    ) -> NDArray[np.float64]:
        """The scores of some rows: float64 (n,)."""
        return self._gather(
            rows, lambda part, own: scores(part.activations, own, towards, ignored_bits)
        )

    def nearest(
        self, target: Target, wanted: int, allowed: NDArray[np.bool_] | None = None
    ) -> Found:
        """The nearest codes that are there, all that tie with the last of them included.

        Args:
            target: What to compare with.
            wanted: How many to find.
            allowed: bool (size,), as `rows_there` gives it or fewer; None allows all there are.
        """
        found = []
        for start, part in zip(self._starts, self._parts, strict=False):
            own = part.is_there
            if allowed is not None:
                own = allowed[start : start + part.photo_ids.size]
            near = part.gallery.nearest(target, wanted, own)
            found.append(Found(near.rows + start, near.keys) if start else near)
        if len(found) == 1:
            return found[0]
        rows = np.concatenate([near.rows for near in found])
        return Found(rows, np.concatenate([near.keys for near in found])).nearest(wanted)

    def _gather(
        self, rows: NDArray[np.int64], of: Callable[[Part, NDArray[np.int64]], NDArray[_T]]
    ) -> NDArray[_T]:
        if len(self._parts) == 1:
            return of(self._parts[0], rows)
        which = np.searchsorted(self._starts, rows, side="right") - 1
        order = np.argsort(which, kind="stable")
        gathered = np.concatenate(
            [
                of(part, rows[which == number] - self._starts[number])
                for number, part in enumerate(self._parts)
            ]
        )
        in_place = np.empty_like(gathered)
        in_place[order] = gathered
        return in_place
