"""What each bit does over a library agrees with counting photos one by one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.records import CodeBlock
from ahash_desktop.search.bits import bit_statistics, photos_with_bit


def block_of(n_photos: int, n_bits: int, seed: int) -> CodeBlock:
    rng = np.random.default_rng(seed)
    values = rng.choice([-0.9, -0.3, 0.0, 0.4, 0.8], (n_photos, n_bits)).astype(np.float16)
    photo_ids = np.sort(rng.choice(1000, n_photos, replace=False)).astype(np.int64)
    return CodeBlock(n_bits, photo_ids, pack_activations(values), values)


blocks = st.builds(
    block_of, st.integers(0, 40), st.sampled_from([1, 12, 64, 100]), st.integers(0, 999)
)


@given(blocks, st.integers(0, 6))
def test_statistics_agree_with_counting(block: CodeBlock, n_examples: int) -> None:
    ids = block.photo_ids.tolist()
    statistics = bit_statistics(block, {0: "red cap"}, n_examples=n_examples)
    assert [entry.bit for entry in statistics] == list(range(block.n_bits))
    assert [entry.name for entry in statistics[:2]] == ["red cap", None][: block.n_bits]
    for entry in statistics:
        values = block.activations[:, entry.bit].tolist()
        share = sum(value > 0 for value in values) / len(ids) if ids else 0.0
        assert entry.share_on == pytest.approx(share)
        parts = [part for part in (share, 1 - share) if part > 0]
        expected = -sum(part * math.log2(part) for part in parts) if ids else 0.0
        assert entry.entropy_bits == pytest.approx(expected, abs=1e-9)
        by_strength = sorted(zip(values, ids, strict=True), key=lambda pair: (-pair[0], pair[1]))
        assert list(entry.strongest) == [photo_id for _, photo_id in by_strength[:n_examples]]
        by_weakness = sorted(zip(values, ids, strict=True))
        assert list(entry.weakest) == [photo_id for _, photo_id in by_weakness[:n_examples]]


@given(blocks, st.data())
def test_photos_with_a_bit_are_those_whose_activation_is_positive(
    block: CodeBlock, data: st.DataObject
) -> None:
    bit = data.draw(st.integers(0, block.n_bits - 1))
    is_on = block.activations[:, bit] > 0
    on, off = photos_with_bit(block, bit, on=True), photos_with_bit(block, bit, on=False)
    assert on.dtype == off.dtype == np.int64
    strength = dict(zip(block.photo_ids.tolist(), block.activations[:, bit].tolist(), strict=True))
    assert on.tolist() == sorted(block.photo_ids[is_on].tolist(), key=lambda i: (-strength[i], i))
    assert off.tolist() == sorted(block.photo_ids[~is_on].tolist(), key=lambda i: (strength[i], i))


@pytest.mark.parametrize("bit", [-1, 12])
def test_a_bit_outside_the_code_is_refused(bit: int) -> None:
    with pytest.raises(ValueError, match="outside 0 … 11"):
        photos_with_bit(block_of(3, 12, 0), bit, on=True)
