"""How alike activations are: their cosine, exact and the same every time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations
from ahash_desktop.search.compiled import compiled_search
from ahash_desktop.search.steering import silenced


def scores(
    activations: Activations,
    rows: NDArray[np.int64],
    towards: NDArray[np.float64],
    ignored_bits: Sequence[int] = (),
) -> NDArray[np.float64]:
    """The product of each row, scaled to length 1, with a direction.

    Args:
        activations: float16 (n, n_bits).
        rows: int64 (m,), which rows are wanted.
        towards: float64 (n_bits,).
        ignored_bits: Bits that count as 0.

    Returns:
        float64 (m,).
    """
    compiled = compiled_search()
    if compiled is not None and activations.flags.c_contiguous:
        heard = None
        if ignored_bits:
            heard = np.ones(activations.shape[1])
            heard[list(ignored_bits)] = 0
        found = compiled.scores(activations, rows, towards, heard)
        if found is not None:
            return found
    return scores_in_numpy(activations, rows, towards, ignored_bits)


def scores_in_numpy(
    activations: Activations,
    rows: NDArray[np.int64],
    towards: NDArray[np.float64],
    ignored_bits: Sequence[int] = (),
) -> NDArray[np.float64]:
    """`scores`, without the compiled part."""
    candidates = unit_rows(silenced(activations[rows], ignored_bits))
    # Each row is summed by itself, so that its score does not depend on the rows beside it, as it
    # would through a matrix product.
    summed: NDArray[np.float64] = (candidates * towards).sum(axis=1)
    return summed


def unit_rows(activations: Activations) -> NDArray[np.float64]:
    """Rows scaled to length 1; those of length 0 stay as they are."""
    values = activations.astype(np.float64)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.zeros_like(values)
    np.divide(values, lengths, out=unit, where=lengths > 0)
    return unit
