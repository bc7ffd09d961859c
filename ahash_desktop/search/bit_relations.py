"""How the bits of a library relate: which go together, and how their activations spread."""

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import unpack_codes
from ahash_desktop.core.records import CodeBlock

N_BINS = 32


def bit_correlations(block: CodeBlock) -> NDArray[np.float32]:
    """Pearson's correlation of every two bits over the photos.

    Args:
        block: All codes of a model; may be empty.

    Returns:
        float32 (n_bits, n_bits) in -1 … 1, symmetric; a bit that never changes has 0 with the
        others, and every bit 1 with itself.
    """
    if not len(block.codes):
        return np.eye(block.n_bits, dtype=np.float32)
    signs = unpack_codes(block.codes, block.n_bits).astype(np.float32)
    signs -= signs.mean(axis=0)
    deviations = np.sqrt((signs * signs).mean(axis=0))
    scale = np.where(deviations > 0, deviations, 1.0)
    correlations: NDArray[np.float32] = (signs.T @ signs / len(signs)) / np.outer(scale, scale)
    np.fill_diagonal(correlations, 1.0)
    return np.clip(correlations, -1.0, 1.0).astype(np.float32)


def closest_bits(
    correlations: NDArray[np.float32], bit: int, count: int
) -> list[tuple[int, float]]:
    """The bits that go with a bit or against it most: (bit, correlation), strongest first.

    Args:
        correlations: float32 (n_bits, n_bits), as from `bit_correlations`.
        bit: The bit itself is left out.
        count: How many at most.
    """
    row = correlations[bit]
    order = np.argsort(-np.abs(row), kind="stable")
    return [(int(other), float(row[other])) for other in order if other != bit][:count]


def activation_histogram(block: CodeBlock, bit: int) -> NDArray[np.int64]:
    """How many photos have an activation in each of 32 equal parts of -1 … 1: int64 (32,).

    Args:
        block: All codes of a model; may be empty.
        bit: Which bit.
    """
    values = block.activations[:, bit].astype(np.float32)
    counts, _ = np.histogram(values, bins=N_BINS, range=(-1.0, 1.0))
    return counts.astype(np.int64)
