"""Which photos have a field mark for sure, and how sure that is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.statements import BitMeaning


def sureness(
    activations: NDArray[np.floating], meanings: Sequence[BitMeaning]
) -> NDArray[np.float32]:
    """How sure it is that photos have a mark, float32 (n,) in −1 … 1.

    Positive where `core.statements.state` says that a photo of the mark's domain has it, negative
    where it says that it has it not, 0 where it says nothing. The size is how far the activation
    lies beyond the threshold, as a share of the way there is; at the threshold it is just not 0.

    Args:
        activations: float (n, n_bits).
        meanings: Of all bits that say this mark; the surest of those that speak of a photo does.
    """
    found = np.zeros(len(activations), dtype=np.float32)
    confidence = np.zeros(len(activations), dtype=np.float32)
    for meaning in meanings:
        values = activations[:, meaning.bit].astype(np.float32)
        if meaning.has_from is not None:
            there = values >= meaning.has_from
            _take(found, confidence, there, _beyond(values, meaning.has_from), meaning, has=True)
        else:
            there = np.zeros(len(values), dtype=np.bool_)
        if meaning.lacks_to is not None:
            absent = (values <= meaning.lacks_to) & ~there
            far = -_beyond(-values, -meaning.lacks_to)
            _take(found, confidence, absent, far, meaning, has=False)
    return found


def by_sign(activations: NDArray[np.floating], bit: int) -> NDArray[np.float32]:
    """The same of a bit that someone has named, which says it wherever it is on."""
    values: NDArray[np.float32] = activations[:, bit].astype(np.float32)
    return values


def surest_first(
    photo_ids: NDArray[np.int64], wanted: Sequence[NDArray[np.float32]]
) -> NDArray[np.int64]:
    """The photos that have all marks, int64 (m,): those first whose least sure mark is surest.

    Args:
        photo_ids: int64 (n,).
        wanted: How sure each mark is, float32 (n,), positive where it is there.
    """
    if not len(wanted):
        return photo_ids
    least = np.minimum.reduce(list(wanted))
    rows = np.flatnonzero(least > 0)
    mean = np.mean([values[rows] for values in wanted], axis=0)
    order = np.lexsort((photo_ids[rows], -mean, -least[rows]))
    found: NDArray[np.int64] = photo_ids[rows[order]]
    return found


def _beyond(values: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    way = max(1.0 - threshold, 1e-3)
    share: NDArray[np.float32] = np.clip((values - threshold) / way, 1e-6, 1.0).astype(np.float32)
    return share


def _take(
    found: NDArray[np.float32],
    confidence: NDArray[np.float32],
    rows: NDArray[np.bool_],
    far: NDArray[np.float32],
    meaning: BitMeaning,
    *,
    has: bool,
) -> None:
    """Has a bit speak where it is surer than those before it."""
    sure = np.float32(meaning.has_confidence if has else meaning.lacks_confidence)
    speaks = rows & ((found == 0) | (sure > confidence))
    found[speaks] = far[speaks]
    confidence[speaks] = sure
