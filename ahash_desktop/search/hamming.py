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
    found = np.zeros(len(gallery), dtype=np.int32)
    for start in range(0, len(gallery), _CHUNK):
        part = gallery[start : start + _CHUNK]
        counted = found[start : start + _CHUNK]
        # Word by word: a sum along such short rows takes many times as long.
        for word in range(n_words):
            differing = part[:, word] ^ query[word]
            if mask is not None:
                differing &= mask[word]
            counted += np.bitwise_count(differing)
    return found
