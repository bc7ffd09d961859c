"""Bit order and packing of hash codes, in one place.

Bit 0 is the most significant bit of byte 0 (`numpy.packbits` order). In memory a code is padded
with zero bits to whole 64-bit words.
"""

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Words = NDArray[np.uint64]
Activations = NDArray[np.float16]

BITS_PER_WORD = 64


def code_bytes(n_bits: int) -> int:
    """Bytes that a packed code of `n_bits` takes.

    Raises:
        ValueError: If `n_bits` is not positive.
    """
    if n_bits < 1:
        raise ValueError(f"a code needs at least one bit, not {n_bits}")
    return (n_bits + 7) // 8


def pack_activations(activations: NDArray[np.floating]) -> Codes:
    """Packed sign codes of activations.

    Args:
        activations: floating (n, n_bits) or (n_bits,), any range; a bit is on where it is > 0.

    Returns:
        uint8 (n, ceil(n_bits / 8)) or (ceil(n_bits / 8),), big-endian bits.
    """
    return np.packbits(activations > 0, axis=-1)


def unpack_codes(codes: Codes, n_bits: int) -> NDArray[np.bool_]:
    """Bits of packed codes.

    Args:
        codes: uint8 (n, ceil(n_bits / 8)) or (ceil(n_bits / 8),), big-endian bits.
        n_bits: Bits a code has.

    Returns:
        bool (n, n_bits) or (n_bits,).
    """
    return np.unpackbits(codes, axis=-1, count=n_bits).astype(np.bool_)


def to_words(codes: Codes) -> Words:
    """Codes padded with zero bits to whole 64-bit words, ready for XOR and popcount.

    Args:
        codes: uint8 (n, n_bytes).

    Returns:
        uint64 (n, ceil(n_bytes / 8)), C-contiguous. The byte order within a word is the
        machine's; XOR and popcount do not depend on it.
    """
    n_codes, n_bytes = codes.shape
    n_words = -(-n_bytes // 8)
    padded = np.zeros((n_codes, n_words * 8), dtype=np.uint8)
    padded[:, :n_bytes] = codes
    return padded.view(np.uint64)


def bit_mask(bits: list[int], n_bits: int) -> Codes:
    """A packed code that has exactly the given bits on.

    Returns:
        uint8 (ceil(n_bits / 8),).

    Raises:
        ValueError: If a bit lies outside `0 … n_bits - 1`.
    """
    chosen = np.zeros(n_bits, dtype=np.bool_)
    for bit in bits:
        if not 0 <= bit < n_bits:
            raise ValueError(f"bit {bit} is outside 0 … {n_bits - 1}")
        chosen[bit] = True
    return np.packbits(chosen)
