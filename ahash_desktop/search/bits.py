"""What each bit does over a library."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import unpack_codes
from ahash_desktop.core.records import BitStatistics, CodeBlock


def bit_statistics(
    block: CodeBlock, names: Mapping[int, str], *, n_examples: int = 5
) -> list[BitStatistics]:
    """Share, entropy and extreme photos of every bit, bit 0 first.

    Args:
        block: All codes of a model; may be empty.
        names: Names of some bits.
        n_examples: How many strongest and weakest photos to give.
    """
    shares = share_on(block)
    statistics = []
    for bit, share in enumerate(shares.tolist()):
        strongest, weakest = extreme_photos(block, bit, n_examples)
        statistics.append(
            BitStatistics(bit, names.get(bit), share, binary_entropy(share), strongest, weakest)
        )
    return statistics


def share_on(block: CodeBlock) -> NDArray[np.float64]:
    """Share of the photos that have each bit on, float64 (n_bits,); 0 without photos."""
    if not len(block.codes):
        return np.zeros(block.n_bits)
    shares: NDArray[np.float64] = unpack_codes(block.codes, block.n_bits).mean(axis=0)
    return shares


def binary_entropy(share: float) -> float:
    """Entropy in bits of something that is on with this probability: 1 at ½, 0 at 0 and 1."""
    if share <= 0 or share >= 1:
        return 0.0
    return float(-share * np.log2(share) - (1 - share) * np.log2(1 - share))


def extreme_photos(
    block: CodeBlock, bit: int, n_examples: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Photo ids with the greatest and the least activation of a bit, extreme first."""
    values = block.activations[:, bit].astype(np.float32)
    count = min(n_examples, len(values))
    return _least(-values, block.photo_ids, count), _least(values, block.photo_ids, count)


def _least(
    values: NDArray[np.float32], photo_ids: NDArray[np.int64], count: int
) -> tuple[int, ...]:
    """Ids of the photos with the `count` least values, equal ones by id, without sorting all."""
    if count == 0:
        return ()
    boundary = np.partition(values, count - 1)[count - 1]
    rows = np.flatnonzero(values <= boundary)
    order = np.lexsort((photo_ids[rows], values[rows]))[:count]
    return tuple(photo_ids[rows[order]].tolist())


def photos_with_bit(block: CodeBlock, bit: int, *, on: bool) -> NDArray[np.int64]:
    """Ids of the photos that have a bit on, or off: int64 (m,), the most extreme first.

    Photos whose activations are equal come by id.

    Raises:
        ValueError: If the code has no such bit.
    """
    if not 0 <= bit < block.n_bits:
        raise ValueError(f"bit {bit} is outside 0 … {block.n_bits - 1}")
    is_on = (block.codes[:, bit // 8] >> (7 - bit % 8)) & 1
    rows = np.flatnonzero(is_on == on)
    values = block.activations[rows, bit].astype(np.float32)
    order = np.lexsort((block.photo_ids[rows], -values if on else values))
    found: NDArray[np.int64] = block.photo_ids[rows[order]]
    return found
