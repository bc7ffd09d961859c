"""When a bit may speak: thresholds calibrated on kinds that were never learned from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HAS_FROM, HAS_NOT_BELOW = 0.5, 0.25
"""What is said to be there is true from this share of a kind's photos on, and wrong below that."""
LACKS_TO, LACKS_NOT_FROM = 0.1, 0.4


@dataclass(frozen=True, slots=True)
class Threshold:
    """An activation, how sure is what is said beyond it, and in how many photos it is said."""

    value: float
    confidence: float
    coverage: float


def find_threshold(
    scores: NDArray, true: NDArray, wrong: NDArray, kinds: NDArray, least: float, n_kinds: int = 3
) -> Threshold | None:
    """The lowest score from which on at least `least` of what is said is true.

    Each kind weighs the same however many photos it has. The share is that of all photos from there
    on, with half a wrong one added so that few photos convince nobody, and at every threshold above
    it the same holds. Photos that are neither true nor wrong do not count.

    Args:
        scores: float (n,).
        true: Where it would be true, bool (n,).
        wrong: Where it would be wrong, bool (n,).
        kinds: The kind of each photo.
        least: E.g. 0.93.
        n_kinds: It has to be true of so many kinds.
    """
    order = np.argsort(-scores)
    names, numbers, counts = np.unique(kinds, return_inverse=True, return_counts=True)
    weight = (1.0 / np.sqrt(counts))[numbers][order]
    weight *= len(scores) / weight.sum()
    good = np.cumsum(true[order] * weight)
    bad = np.cumsum(wrong[order] * weight)
    share = good / (good + bad + 0.5)
    allowed = np.flatnonzero(share >= least)
    if not len(allowed):
        return None
    last = int(allowed[-1])
    said = order[: last + 1]
    if len(np.unique(kinds[said][true[said]])) < n_kinds:
        return None
    del names
    following = scores[order[min(last + 1, len(order) - 1)]]
    value = float((scores[order[last]] + following) / 2)
    return Threshold(value, float(min(share[last], 0.99)), (last + 1) / len(scores))


def truth(shares: NDArray) -> tuple[tuple[NDArray, NDArray], tuple[NDArray, NDArray]]:
    """For "has" and "has not": where it is true and where wrong, bool, of shares in 0 … 1."""
    return (
        (shares >= HAS_FROM, shares < HAS_NOT_BELOW),
        (shares <= LACKS_TO, shares >= LACKS_NOT_FROM),
    )
