"""The nearest of many codes: all are looked at, in blocks that stay in the processor's cache."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import BITS_PER_WORD, Codes, Words, to_words

_BLOCK = 1 << 15
_FIRST_BLOCK = 1 << 12
_MOST_COUNTED = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What codes are compared with, and which may match.

    The key of a code is the sum of its Hamming distances to the `examples`, uint64
    (n_examples, n_words), each times its whole `weights`, of which those of the first
    `positive_weights` are above 0. A match is no farther than `greatest` from these first ones, by
    `positive_weights`, and has the first example's value in all bits of `required`. Only bits of
    `mask` count for a distance; both are uint64 (n_words,), None for all bits and for none.
    """

    examples: Words
    weights: tuple[int, ...]
    positive_weights: tuple[int, ...]
    greatest: int | None = None
    mask: Words | None = None
    required: Words | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the key is the distance to one example, over all bits."""
        return self.weights == (1,) and self.mask is None

    @property
    def offset(self) -> int:
        """What makes every key 0 or more when it is added."""
        return -sum(weight for weight in self.weights if weight < 0) * self._n_bits

    @property
    def largest_key(self) -> int:
        """No key is larger, the offset included."""
        largest = sum(weight for weight in self.weights if weight > 0) * self._n_bits + self.offset
        if self.greatest is None or len(self.weights) > len(self.positive_weights):
            return largest
        share = self.weights[0] // self.positive_weights[0]
        return min(largest, self.greatest * share)

    @property
    def is_countable(self) -> bool:
        """Whether there are so few different keys that matches can be counted by their key."""
        return self.largest_key < _MOST_COUNTED

    @property
    def _n_bits(self) -> int:
        return int(self.examples.shape[1]) * BITS_PER_WORD


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Matches by ascending row: `rows` int64 (n,) and their `keys` int64 (n,)."""

    rows: NDArray[np.int64]
    keys: NDArray[np.int64]

    def nearest(self, wanted: int) -> "Found":
        """The nearest `wanted`, all that tie with the last of them included."""
        if wanted < 1:
            return Found(self.rows[:0], self.keys[:0])
        if wanted >= self.rows.size:
            return self
        is_near = self.keys <= np.partition(self.keys, wanted - 1)[wanted - 1]
        return Found(self.rows[is_near], self.keys[is_near])


def to_planes(codes: Codes) -> Words:
    """Codes word by word, so that each step of a scan reads one run of memory.

    Args:
        codes: uint8 (n, n_bytes).

    Returns:
        uint64 (n_words, n), C-contiguous.
    """
    return np.ascontiguousarray(to_words(codes).T)


def scan(
    planes: Words, target: Target, wanted: int, allowed: NDArray[np.bool_] | None = None
) -> Found:
    """The nearest codes, all that tie with the last of them included, in NumPy alone.

    Args:
        planes: uint64 (n_words, n).
        target: What to compare with.
        wanted: How many to find.
        allowed: bool (n,); others do not match. None allows all.
    """
    n_codes = planes.shape[1]
    found = Found(np.empty(0, np.int64), np.empty(0, np.int64))
    if wanted < 1:
        return found
    counter = _Counter(planes, target)
    limit = target.largest_key
    parts: list[Found] = []
    n_new = 0
    for start, end in _blocks(n_codes):
        keys, is_near = counter.count(start, end, limit)
        if allowed is not None:
            is_near &= allowed[start:end]
        rows = _places(is_near)
        if not rows.size:
            continue
        parts.append(Found(rows + start, keys[rows].astype(np.int64)))
        n_new += rows.size
        if n_new >= wanted:
            found, n_new = _joined([found, *parts]).nearest(wanted), 0
            parts = []
            if found.keys.size >= wanted:
                limit = min(limit, int(found.keys.max()))
    return _joined([found, *parts]).nearest(wanted)


class _Counter:
    """Keys of one block of codes after the other, in memory that is kept."""

    def __init__(self, planes: Words, target: Target) -> None:
        size = min(_BLOCK, planes.shape[1])
        self._planes = planes
        self._target = target
        self._differing = np.empty(size, dtype=np.uint64)
        self._is_near = np.empty(size, dtype=np.bool_)
        self._bits = np.empty(size, dtype=np.uint8)
        few = planes.shape[0] * BITS_PER_WORD < 2**8
        self._distances = np.empty(size, dtype=np.uint8 if few else np.uint16)

    def count(
        self, start: int, end: int, limit: int
    ) -> tuple[NDArray[np.integer], NDArray[np.bool_]]:
        """The keys of these codes, and which of them match within the limit."""
        target, is_near = self._target, self._is_near[: end - start]
        if target.is_plain:
            keys: NDArray[np.integer] = self._distances_to(target.examples[0], start, end)
            # A limit of the array's own type: another would be compared more slowly.
            most = int(np.iinfo(keys.dtype).max)
            np.less_equal(keys, keys.dtype.type(min(limit, most)), out=is_near)
        else:
            keys, to_positives = self._weighted(start, end)
            np.less_equal(keys, limit, out=is_near)
            if target.greatest is not None:
                is_near &= to_positives <= target.greatest
        if target.required is not None:
            for plane, value, bits in zip(
                self._planes, target.examples[0], target.required, strict=True
            ):
                if bits:
                    is_near &= (plane[start:end] & bits) == (value & bits)
        return keys, is_near

    def _weighted(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        target = self._target
        keys = np.full(end - start, target.offset, dtype=np.int64)
        to_positives = np.zeros(end - start, dtype=np.int64)
        for place, (example, weight) in enumerate(
            zip(target.examples, target.weights, strict=True)
        ):
            distances = self._distances_to(example, start, end).astype(np.int64)
            keys += weight * distances
            if place < len(target.positive_weights):
                to_positives += target.positive_weights[place] * distances
        return keys, to_positives

    def _distances_to(self, example: Words, start: int, end: int) -> NDArray[np.integer]:
        n_codes = end - start
        differing, distances = self._differing[:n_codes], self._distances[:n_codes]
        mask = self._target.mask
        for word, plane in enumerate(self._planes):
            np.bitwise_xor(plane[start:end], example[word], out=differing)
            if mask is not None:
                differing &= mask[word]
            if word == 0:
                np.bitwise_count(differing, out=distances)
            else:
                np.bitwise_count(differing, out=self._bits[:n_codes])
                distances += self._bits[:n_codes]
        return distances


def _blocks(n_codes: int) -> Iterator[tuple[int, int]]:
    """Where blocks begin and end; the first is small, for in it everything is near."""
    end = min(_FIRST_BLOCK, _BLOCK, n_codes)
    if end:
        yield 0, end
    for start in range(end, n_codes, _BLOCK):
        yield start, min(start + _BLOCK, n_codes)


def _places(is_near: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where a mask is true; quick where it is seldom so."""
    if not is_near.any():
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(is_near)


def _joined(parts: list[Found]) -> Found:
    return Found(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.keys for part in parts]),
    )
