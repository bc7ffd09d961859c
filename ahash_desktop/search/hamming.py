"""Exact Hamming distances over packed codes."""

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Words

_CHUNK = 1 << 16


def distances(gallery: Words, query: Words, mask: Words | None = None) -> NDArray[np.int32]:
    """How many bits of each code differ from the query.

    Args:
        gallery: uint64 (n, n_words).
        query: uint64 (n_words,).
        mask: uint64 (n_words,); only bits that are on here count. None counts all.

    Returns:
        int32 (n,).

    Raises:
        ValueError: If the query or the mask has another number of words.
    """
    n_words = gallery.shape[1]
    if query.shape != (n_words,) or (mask is not None and mask.shape != (n_words,)):
        raise ValueError(f"the query and the mask must have {n_words} words")
    found = np.empty(len(gallery), dtype=np.int32)
    for start in range(0, len(gallery), _CHUNK):
        differing = gallery[start : start + _CHUNK] ^ query
        if mask is not None:
            differing &= mask
        counts = np.bitwise_count(differing)
        part = counts[:, 0] if n_words == 1 else counts.sum(axis=1, dtype=np.int32)
        found[start : start + _CHUNK] = part
    return found
