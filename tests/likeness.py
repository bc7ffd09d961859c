"""How alike the arrays of a bundle are to those it must not hold."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def most_alike(kept: Iterable[NDArray[Any]], base: Iterable[NDArray[Any]]) -> float:
    """The largest cosine of two arrays of one shape, one of each; 0 without such a pair."""
    by_shape: dict[tuple[int, ...], list[NDArray[np.float64]]] = {}
    for array in base:
        by_shape.setdefault(array.shape, []).append(_direction(array))
    cosines = [
        float(_direction(array) @ other)
        for array in kept
        for other in by_shape.get(array.shape, ())
    ]
    return max([0.0, *cosines])


def _direction(array: NDArray[Any]) -> NDArray[np.float64]:
    flat = array.astype(np.float64).ravel()
    return flat / max(float(np.linalg.norm(flat)), 1e-12)
