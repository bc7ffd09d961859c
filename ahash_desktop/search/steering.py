"""Bits as controls: an example as the search wants it rather than as the network saw it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import bit_mask
from ahash_desktop.core.records import EncodedPicture


def inverted(example: EncodedPicture, bits: Sequence[int]) -> EncodedPicture:
    """An example with the other value in some bits, as strongly as it had the first.

    Args:
        example: Any example.
        bits: The bits to turn round; a bit named twice is turned once.

    Raises:
        ValueError: If the code has no such bit.
    """
    if not bits:
        return example
    mask = bit_mask(list(bits), example.activations.size)
    activations = example.activations.copy()
    activations[list(set(bits))] *= -1
    return EncodedPicture(example.code ^ mask, activations)


def silenced(activations: NDArray[np.float16], bits: Sequence[int]) -> NDArray[np.float16]:
    """Activations with some bits at zero, so that a cosine does not see them.

    Args:
        activations: float16 (n, n_bits).
        bits: The bits that are not to count.
    """
    if not bits:
        return activations
    quiet = activations.copy()
    quiet[:, list(bits)] = 0
    return quiet
