"""Which photos are the same picture: made smaller, compressed anew, or cropped a little."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PX = 24
_SCALES = (1.0, 0.95, 0.9, 0.85)
_PLACES = (0.0, 0.5, 1.0)
_ALIKE = 0.86
"""So much two pictures correlate, one of them cut as it fits best, that are the same."""
_NEAREST = 6
_LEAST_COSINE = 0.3
_FLAT = 2.0
_BLOCK = 1024

Rows = tuple[int, ...]


def find_near_duplicates(
    small: NDArray[np.uint8], features: NDArray[np.floating], contents: Sequence[str]
) -> Iterator[int | list[Rows]]:
    """Groups of photos that show the same picture; the last item.

    Photos with the same pixels are one picture. Others are compared with those that the network
    finds nearest to them: if one of both, whole or without a strip on any side (up to 15 %),
    correlates with the other in grey at 24 pixels, they are the same picture.

    Args:
        small: Grey pictures, uint8 (n, 64, 64).
        features: What a network sees in them, float (n, d).
        contents: The same for the same pixels.

    Yields:
        How many photos are compared, now and then; then the groups of two and more rows.
    """
    groups = _Groups(len(small))
    first: dict[str, int] = {}
    for row, content in enumerate(contents):
        groups.join(row, first.setdefault(content, row))
    flat = small.reshape(len(small), -1).std(axis=1) < _FLAT
    nearest = _nearest(features)
    windows: dict[int, NDArray[np.float32]] = {}
    for row, near in enumerate(nearest):
        for other in near:
            if groups.are_joined(row, other) or flat[row] or flat[other]:
                continue
            if likeness(small, row, int(other), windows) >= _ALIKE:
                groups.join(row, int(other))
        if row % 64 == 0:
            windows.clear()
            yield row
    yield groups.larger_than_one()


def likeness(
    small: NDArray[np.uint8], one: int, other: int, windows: dict[int, NDArray[np.float32]]
) -> float:
    """How much two pictures correlate, the one or the other cut as it fits best, -1 … 1."""
    for row in (one, other):
        if row not in windows:
            windows[row] = _windows(small[row])
    first, second = windows[one], windows[other]
    return float(max((first @ second[0]).max(), (second @ first[0]).max()))


def _windows(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture and its parts at 24 pixels: float32 (n, 576) of zero mean and unit length."""
    side = len(grey)
    picture = Image.fromarray(grey)
    spans = [(0.0, 1.0)]
    spans += [
        ((1 - scale) * place, (1 - scale) * place + scale)
        for scale, place in product(_SCALES[1:], _PLACES)
    ]
    parts = [
        np.asarray(
            picture.resize(
                (_PX, _PX),
                Image.Resampling.BOX,
                box=(left * side, top * side, right * side, bottom * side),
            ),
            np.float32,
        ).ravel()
        for (left, right), (top, bottom) in product(spans, spans)
    ]
    stacked = np.stack(parts)
    stacked -= stacked.mean(axis=1, keepdims=True)
    unit: NDArray[np.float32] = stacked / np.maximum(
        np.linalg.norm(stacked, axis=1, keepdims=True), np.float32(1e-6)
    )
    return unit


def _nearest(features: NDArray[np.floating]) -> list[NDArray[np.int64]]:
    """For each photo the few that the network finds nearest, if they are near at all."""
    centred = features.astype(np.float32) - features.mean(axis=0, dtype=np.float32)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), np.float32(1e-9))
    found: list[NDArray[np.int64]] = []
    n_near = min(_NEAREST, len(unit) - 1)
    if n_near < 1:
        return [np.empty(0, np.int64)] * len(unit)
    for start in range(0, len(unit), _BLOCK):
        cosines = unit[start : start + _BLOCK] @ unit.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -1
        best = np.argpartition(-cosines, n_near - 1, axis=1)[:, :n_near]
        found += [near[row[near] >= _LEAST_COSINE] for near, row in zip(best, cosines, strict=True)]
    return found


class _Groups:
    """Rows that belong together (a disjoint-set forest)."""

    def __init__(self, n_rows: int) -> None:
        self._parent = list(range(n_rows))

    def root(self, row: int) -> int:
        """What stands for the group of a row."""
        while self._parent[row] != row:
            self._parent[row] = self._parent[self._parent[row]]
            row = self._parent[row]
        return row

    def are_joined(self, one: int, other: int) -> bool:
        """Whether both are in one group."""
        return self.root(one) == self.root(other)

    def join(self, one: int, other: int) -> None:
        """Makes one group of two."""
        low, high = sorted((self.root(one), self.root(other)))
        self._parent[high] = low

    def larger_than_one(self) -> list[Rows]:
        """The groups of several rows, by their first."""
        members: dict[int, list[int]] = {}
        for row in range(len(self._parent)):
            members.setdefault(self.root(row), []).append(row)
        return [tuple(rows) for rows in members.values() if len(rows) > 1]
