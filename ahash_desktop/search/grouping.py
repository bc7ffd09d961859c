"""Groups shots that look the same, so that one can stand for all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.995
"""From this cosine of the activations on, two photos count as shots of the same."""
BURST_ALIKE = 0.93
"""The same for photos of one burst, or copies of one photo (`benchmarks/grouping.py`)."""
BURST_S = 5.0
"""So many seconds lie between the shots of a burst at most."""


def leaders(
    activations: NDArray[np.float16], names: Sequence[str], taken_s: NDArray[np.float64]
) -> NDArray[np.intp]:
    """For each photo the first that it goes with, intp (n,); its own row if there is none.

    A photo goes with an earlier leader if their activations are nearly the same; if they were taken
    within moments and are alike; or if their names are the same: a RAW file and the JPEG the
    camera wrote beside it differ in nothing but the suffix. Only leaders are compared with, so
    that a long burst does not chain to what looks different.

    Args:
        activations: float16 (n, n_bits), the best photo first.
        names: Paths without their suffixes, one a photo.
        taken_s: When each was taken, seconds since any one moment, float64 (n,); NaN if that is
            not known.
    """
    values = activations.astype(np.float32)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    unit = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 0)
    found: NDArray[np.intp] = np.arange(len(names))
    leading: list[int] = []
    by_name: dict[str, int] = {}
    for row, name in enumerate(names):
        rows = np.array(leading, dtype=np.intp)
        cosines = unit[rows] @ unit[row]
        is_burst = np.abs(taken_s[rows] - taken_s[row]) <= BURST_S
        near = np.flatnonzero((cosines >= ALIKE) | (is_burst & (cosines >= BURST_ALIKE)))
        if name in by_name:
            found[row] = by_name[name]
        elif len(near):
            found[row] = leading[int(near[0])]
        else:
            leading.append(row)
        by_name.setdefault(name, int(found[row]))
    return found
