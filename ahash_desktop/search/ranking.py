"""Ranking photos by examples: exact, and the same every time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Words, bit_mask, code_bytes, to_words, unpack_codes
from ahash_desktop.core.records import CodeBlock, EncodedPicture
from ahash_desktop.search.hamming import distances
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
        block: The codes.
    """

    def __init__(self, block: CodeBlock) -> None:
        self._block = block
        self._words = to_words(block.codes)
        self._n_bits = block.n_bits

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
        positives = tuple(inverted(e, query.inverted_bits) for e in query.positives)
        query = replace(query, positives=positives)
        mask = self._compared(query.ignored_bits)
        weights, counterweights = _weights_of(query)
        to_positives = self._sum_of_distances(query.positives, weights, mask)
        order_by = to_positives
        if query.negatives:
            to_negatives = self._sum_of_distances(query.negatives, counterweights, mask)
            order_by = 2 * sum(counterweights) * to_positives - sum(weights) * to_negatives
        rows = self._allowed_rows(query, to_positives, max_distance)
        if query.order == STRENGTH:
            order_by = np.zeros_like(order_by)
            rows = self._strongest(rows, query, top_k)
        elif query.order == SHORTLIST:
            rows = _nearest(rows, order_by, max(SHORTLIST_SIZE, 2 * top_k))
            order_by = np.zeros_like(order_by)
        rows = _nearest(rows, order_by, top_k)
        scores = self._scores(rows, query)
        ids = self._block.photo_ids[rows]
        steps = np.rint(scores * _SCORE_STEPS)
        order = np.lexsort((ids, -steps, order_by[rows]))[:top_k]
        rows = rows[order]
        return Ranking(
            photo_ids=ids[order],
            distances=to_positives[rows] / sum(weights),
            scores=scores[order],
            differing_bits=self._differing_bits(rows, query.positives[0], mask),
        )

    def _check(self, query: Query) -> None:
        if not query.positives:
            raise ValueError("a search needs at least one positive example")
        if min(chain(*_weights_of(query))) < 1:
            raise ValueError("a weight is a whole number from 1 on")
        n_bytes = code_bytes(self._n_bits)
        for encoded in (*query.positives, *query.negatives):
            if encoded.code.shape != (n_bytes,) or encoded.activations.shape != (self._n_bits,):
                raise ValueError(f"an example's code does not have {self._n_bits} bits")

    def _compared(self, ignored_bits: Sequence[int]) -> Words | None:
        if not ignored_bits:
            return None
        return ~_words_of(bit_mask(list(ignored_bits), self._n_bits))

    def _sum_of_distances(
        self, examples: Sequence[EncodedPicture], weights: Sequence[int], mask: Words | None
    ) -> NDArray[np.int32]:
        total = np.zeros(len(self._words), dtype=np.int32)
        for example, weight in zip(examples, weights, strict=True):
            total += weight * distances(self._words, _words_of(example.code), mask)
        return total

    def _allowed_rows(
        self, query: Query, to_positives: NDArray[np.int32], max_distance: float | None
    ) -> NDArray[np.intp]:
        allowed = np.ones(len(self._words), dtype=np.bool_)
        if query.required_bits:
            required = _words_of(bit_mask(list(query.required_bits), self._n_bits))
            allowed &= distances(self._words, _words_of(query.positives[0].code), required) == 0
        if max_distance is not None:
            allowed &= to_positives / sum(_weights_of(query)[0]) <= max_distance
        if query.exclude_ids:
            excluded = np.fromiter(query.exclude_ids, dtype=np.int64)
            allowed[np.isin(self._block.photo_ids, excluded)] = False
        if query.only_ids is not None:
            allowed &= np.isin(self._block.photo_ids, query.only_ids)
        return np.flatnonzero(allowed)

    def _scores(self, rows: NDArray[np.intp], query: Query) -> NDArray[np.float64]:
        candidates = _unit_rows(silenced(self._block.activations[rows], query.ignored_bits))
        # Each row is summed by itself, so that its score does not depend on the rows beside it, as
        # it would through a matrix product.
        scores: NDArray[np.float64] = (candidates * _towards(query)).sum(axis=1)
        return scores

    def _strongest(self, rows: NDArray[np.intp], query: Query, top_k: int) -> NDArray[np.intp]:
        """The rows that can be among the best `top_k` by score, in float32."""
        if not 0 < top_k < len(rows):
            return rows[:top_k]
        towards = _towards(query).astype(np.float32)
        rough = np.empty(len(rows), dtype=np.float32)
        buffer = np.empty((min(len(rows), _SCORE_ROWS), self._n_bits), dtype=np.float32)
        for start in range(0, len(rows), _SCORE_ROWS):
            part = rows[start : start + _SCORE_ROWS]
            values = buffer[: len(part)]
            values[:] = self._block.activations[part]
            values[:, list(query.ignored_bits)] = 0
            lengths = np.sqrt(np.einsum("ij,ij->i", values, values))
            # Not `@`, whose threads wait for one another where the processors are busy.
            products = np.einsum("ij,j->i", values, towards)
            rough[start : start + len(part)] = products / np.maximum(lengths, 1e-6)
        boundary = float(np.partition(rough, len(rough) - top_k)[len(rough) - top_k])
        strongest: NDArray[np.intp] = rows[rough >= boundary - _ROUGH]
        return strongest

    def _differing_bits(
        self, rows: NDArray[np.intp], example: EncodedPicture, mask: Words | None
    ) -> tuple[tuple[int, ...], ...]:
        differing = self._words[rows] ^ _words_of(example.code)
        if mask is not None:
            differing &= mask
        codes = differing.view(np.uint8).reshape(len(rows), self._words.shape[1] * 8)
        bits = unpack_codes(codes, self._n_bits)
        return tuple(tuple(np.flatnonzero(row).tolist()) for row in bits)


def _towards(query: Query) -> NDArray[np.float64]:
    """The direction whose product with a unit row is its score: float64 (n_bits,)."""
    weights, counterweights = _weights_of(query)
    ignored = query.ignored_bits
    positives = _unit_rows(silenced(_stacked(query.positives), ignored))
    towards: NDArray[np.float64] = np.average(positives, axis=0, weights=weights)
    if query.negatives:
        negatives = _unit_rows(silenced(_stacked(query.negatives), ignored))
        towards = towards - 0.5 * np.average(negatives, axis=0, weights=counterweights)
    return towards


def _weights_of(query: Query) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The weights of the positives and of the negatives."""
    return (
        query.positive_weights or (1,) * len(query.positives),
        query.negative_weights or (1,) * len(query.negatives),
    )


def _nearest(rows: NDArray[np.intp], order_by: NDArray[np.int32], top_k: int) -> NDArray[np.intp]:
    """The rows that can be among the best `top_k`, all that tie at the boundary included."""
    if top_k >= len(rows):
        return rows
    keys = order_by[rows]
    lowest = int(keys.min())
    counts = np.cumsum(np.bincount(keys - lowest))
    boundary = lowest + int(np.searchsorted(counts, top_k))
    return rows[keys <= boundary]


def _words_of(code: NDArray[np.uint8]) -> Words:
    words: Words = to_words(code[np.newaxis])[0]
    return words


def _stacked(examples: Sequence[EncodedPicture]) -> NDArray[np.float16]:
    stacked: NDArray[np.float16] = np.stack([example.activations for example in examples])
    return stacked


def _unit_rows(activations: NDArray[np.float16]) -> NDArray[np.float64]:
    values = activations.astype(np.float64)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.zeros_like(values)
    np.divide(values, lengths, out=unit, where=lengths > 0)
    return unit
