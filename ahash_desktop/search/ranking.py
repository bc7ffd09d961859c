"""Ranking photos by examples: exact, and the same every time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Words, bit_mask, code_bytes, to_words
from ahash_desktop.core.records import CodeBlock, EncodedPicture
from ahash_desktop.search.hamming import distances
from ahash_desktop.search.parts import Part, Parts
from ahash_desktop.search.scanning import Found, Target
from ahash_desktop.search.scoring import unit_rows
from ahash_desktop.search.steering import inverted, silenced

SHORTLIST = "shortlist"
"""The nearest by distance, those among them first whose activations are most alike."""
DISTANCE = "bits"
STRENGTH = "strength"
SHORTLIST_SIZE = 1000
"""How many matches the shortlist has at least; all that are as near as its last belong to it."""
_SCORE_STEPS = 2.0**32
_SCORE_ROWS = 1 << 14
_ROUGH = 1e-4
"""More than what a score in float32 can be wrong by."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to rank by.

    In `inverted_bits` the positives count as if they had the other value. A match has the first
    positive's value, after that, in all `required_bits`. `ignored_bits` do not count, neither for
    the distance nor for the score. Photos in `exclude_ids` are left out, and so are those that are
    not in `only_ids`, int64 (n,), if it is given. Weights are whole numbers from 1 on, one an
    example; without them all examples weigh the same. With `by_strength` matches rank by their
    scores rather than by their distances.
    """

    positives: tuple[EncodedPicture, ...]
    negatives: tuple[EncodedPicture, ...] = ()
    required_bits: tuple[int, ...] = ()
    ignored_bits: tuple[int, ...] = ()
    inverted_bits: tuple[int, ...] = ()
    exclude_ids: frozenset[int] = frozenset()
    only_ids: NDArray[np.int64] | None = None
    positive_weights: tuple[int, ...] = ()
    negative_weights: tuple[int, ...] = ()
    order: str = DISTANCE


@dataclass(frozen=True, slots=True)
class Ranking:
    """Matches, the best first.

    `photo_ids` int64 (n,); `distances` float64 (n,), the weighted mean over the positives of the
    compared bits that differ; `scores` float64 (n,), the weighted mean cosine of the activations in
    -1 … 1, less half that to the negatives; `differing_bits` has the compared bits that differ from
    the first positive, ascending. All of this is against the positives with their inverted bits
    turned.
    """

    photo_ids: NDArray[np.int64]
    distances: NDArray[np.float64]
    scores: NDArray[np.float64]
    differing_bits: tuple[tuple[int, ...], ...]


class SearchIndex:
    """All codes of one model in memory.

    With positives P and negatives N a photo x ranks by `mean_P H(p, x) - ½ mean_N H(n, x)`, H
    being the Hamming distance over the compared bits and the means weighted, computed in whole
    numbers. Equal ones rank
    by the score, in steps of 2⁻³² so that rounding decides nothing, then by photo id: the order is
    total, and any cut of it is the same. A query by strength leaves out the distance, which takes
    longer. A query by shortlist looks at the scores of the nearest `SHORTLIST_SIZE` only, or of
    twice as many as are wanted: those rank by score and all others after them by distance.

    Args:
        codes: The codes; a block of them is made ready to be looked through.
        n_bits: Bits a code has; a block tells it itself.
    """

    def __init__(self, codes: CodeBlock | Parts, n_bits: int = 0) -> None:
        if isinstance(codes, CodeBlock):
            self._parts, self._n_bits = Parts([Part.of(codes)]), codes.n_bits
        else:
            self._parts, self._n_bits = codes, n_bits

    def rank(self, query: Query, *, top_k: int, max_distance: float | None = None) -> Ranking:
        """The nearest photos.

        Args:
            query: What to rank by.
            top_k: How many at the most.
            max_distance: Photos with a larger mean distance to the positives are left out.

        Raises:
            ValueError: If there is no positive, a code has another length, a bit lies outside, or
                `top_k` is negative.
        """
        if top_k < 0:
            raise ValueError(f"top_k cannot be {top_k}")
        self._check(query)
        if query.inverted_bits:
            positives = tuple(inverted(e, query.inverted_bits) for e in query.positives)
            query = replace(query, positives=positives)
        target = self._target(query, max_distance)
        if query.order == STRENGTH:
            rows, keys = self._strongest(self._matching(target, query), query, top_k), None
        else:
            n_listed = max(SHORTLIST_SIZE, 2 * top_k) if query.order == SHORTLIST else top_k
            found = self._nearest(target, n_listed, query)
            rows, keys = found.rows, found.keys if query.order == DISTANCE else None
        scored = self._scores(rows, query)
        ids = self._parts.ids(rows)
        steps = -np.rint(scored * _SCORE_STEPS)
        order = np.lexsort((ids, steps) if keys is None else (ids, steps, keys))[:top_k]
        rows = rows[order]
        words = self._parts.words(rows)
        return Ranking(
            photo_ids=ids[order],
            distances=_mean_distances(words, target),
            scores=scored[order],
            differing_bits=_differing_bits(words, target, self._n_bits),
        )

    def _target(self, query: Query, max_distance: float | None) -> Target:
        weights, counterweights = _weights_of(query)
        keys = weights
        if query.negatives:
            nearer, farther = 2 * sum(counterweights), sum(weights)
            keys = (
                *(nearer * weight for weight in weights),
                *(-farther * weight for weight in counterweights),
            )
        examples = to_words(np.stack([e.code for e in (*query.positives, *query.negatives)]))
        return Target(
            examples=examples,
            weights=keys,
            positive_weights=weights,
            greatest=_greatest(max_distance, sum(weights), self._n_bits),
            mask=~self._words_at(query.ignored_bits) if query.ignored_bits else None,
            required=self._words_at(query.required_bits) if query.required_bits else None,
        )

    def _words_at(self, bits: Sequence[int]) -> Words:
        words: Words = to_words(bit_mask(list(bits), self._n_bits)[np.newaxis])[0]
        return words

    def _nearest(self, target: Target, wanted: int, query: Query) -> Found:
        """The nearest of the photos that may match, all ties included."""
        allowed = self._allowed(query)
        excluded = self._parts.rows_of(np.fromiter(query.exclude_ids, dtype=np.int64))
        if target.greatest is not None and target.greatest < 0:
            wanted = 0
        found = self._parts.nearest(target, wanted + excluded.size if wanted else 0, allowed)
        if not excluded.size:
            return found
        is_left = ~np.isin(found.rows, excluded)
        return Found(found.rows[is_left], found.keys[is_left]).nearest(wanted)

    def _matching(self, target: Target, query: Query) -> NDArray[np.int64]:
        """The rows of all photos that may match, however far they are."""
        if target.required is not None or target.greatest is not None:
            return self._nearest(target, self._parts.size, query).rows
        allowed = self._allowed(query)
        if allowed is None:
            allowed = self._parts.rows_there()
        allowed[self._parts.rows_of(np.fromiter(query.exclude_ids, dtype=np.int64))] = False
        return np.flatnonzero(allowed)

    def _allowed(self, query: Query) -> NDArray[np.bool_] | None:
        if query.only_ids is None:
            return None
        allowed = np.zeros(self._parts.size, dtype=np.bool_)
        allowed[self._parts.rows_of(query.only_ids)] = True
        return allowed

    def _check(self, query: Query) -> None:
        if not query.positives:
            raise ValueError("a search needs at least one positive example")
        if min(chain(*_weights_of(query))) < 1:
            raise ValueError("a weight is a whole number from 1 on")
        n_bytes = code_bytes(self._n_bits)
        for encoded in (*query.positives, *query.negatives):
            if encoded.code.shape != (n_bytes,) or encoded.activations.shape != (self._n_bits,):
                raise ValueError(f"an example's code does not have {self._n_bits} bits")

    def _scores(self, rows: NDArray[np.int64], query: Query) -> NDArray[np.float64]:
        return self._parts.scores(rows, _towards(query), query.ignored_bits)

    def _strongest(self, rows: NDArray[np.int64], query: Query, top_k: int) -> NDArray[np.int64]:
        """The rows that can be among the best `top_k` by score, in float32."""
        if not 0 < top_k < len(rows):
            return rows[:top_k]
        towards = _towards(query).astype(np.float32)
        rough = np.empty(len(rows), dtype=np.float32)
        buffer = np.empty((min(len(rows), _SCORE_ROWS), self._n_bits), dtype=np.float32)
        for start in range(0, len(rows), _SCORE_ROWS):
            part = rows[start : start + _SCORE_ROWS]
            values = buffer[: len(part)]
            values[:] = self._parts.activations(part)
            values[:, list(query.ignored_bits)] = 0
            lengths = np.sqrt(np.einsum("ij,ij->i", values, values))
            # Not `@`, whose threads wait for one another where the processors are busy.
            products = np.einsum("ij,j->i", values, towards)
            rough[start : start + len(part)] = products / np.maximum(lengths, 1e-6)
        boundary = float(np.partition(rough, len(rough) - top_k)[len(rough) - top_k])
        strongest: NDArray[np.int64] = rows[rough >= boundary - _ROUGH]
        return strongest


def _towards(query: Query) -> NDArray[np.float64]:
    """The direction whose product with a unit row is its score: float64 (n_bits,)."""
    weights, counterweights = _weights_of(query)
    ignored = query.ignored_bits
    positives = unit_rows(silenced(_stacked(query.positives), ignored))
    towards: NDArray[np.float64] = positives[0]
    if weights != (1,):
        towards = np.average(positives, axis=0, weights=weights)
    if query.negatives:
        negatives = unit_rows(silenced(_stacked(query.negatives), ignored))
        towards = towards - 0.5 * np.average(negatives, axis=0, weights=counterweights)
    return towards


def _weights_of(query: Query) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The weights of the positives and of the negatives."""
    return (
        query.positive_weights or (1,) * len(query.positives),
        query.negative_weights or (1,) * len(query.negatives),
    )


def _greatest(max_distance: float | None, total_weight: int, n_bits: int) -> int | None:
    """The greatest weighted sum of distances whose mean is no larger than a distance."""
    if max_distance is None or max_distance >= n_bits:
        return None
    if not max_distance >= 0:
        return -1
    greatest = int(max_distance * total_weight) + 1
    while greatest / total_weight > max_distance:
        greatest -= 1
    return greatest


def _mean_distances(words: Words, target: Target) -> NDArray[np.float64]:
    total = np.zeros(len(words), dtype=np.int64)
    for example, weight in zip(target.examples, target.positive_weights, strict=False):
        total += weight * distances(words, example, target.mask).astype(np.int64)
    return total / sum(target.positive_weights)


def _differing_bits(words: Words, target: Target, n_bits: int) -> tuple[tuple[int, ...], ...]:
    """The compared bits of some codes that differ from the first example's."""
    differing = words ^ target.examples[0]
    if target.mask is not None:
        differing &= target.mask
    codes = np.ascontiguousarray(differing).view(np.uint8)
    # As truth values, which NumPy looks through far more quickly than numbers.
    is_on = np.unpackbits(codes, axis=1, count=n_bits).view(np.bool_)
    bits = iter(np.nonzero(is_on)[1].tolist())
    counts = np.count_nonzero(is_on, axis=1).tolist()
    return tuple(tuple(islice(bits, count)) for count in counts)


def _stacked(examples: Sequence[EncodedPicture]) -> NDArray[np.float16]:
    stacked: NDArray[np.float16] = np.stack([example.activations for example in examples])
    return stacked
