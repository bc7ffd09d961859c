"""Distances are the number of bits that differ, counted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahash_desktop.core.codes import bit_mask, to_words
from ahash_desktop.search import hamming
from ahash_desktop.search.hamming import distances


@given(st.data(), st.sampled_from([1, 8, 12, 63, 64, 65, 128, 200]), st.integers(0, 20))
def test_distances_agree_with_counting_bits(data: st.DataObject, n_bits: int, n_codes: int) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    bits = rng.random((n_codes + 1, n_bits)) < 0.5
    masked = data.draw(st.lists(st.integers(0, n_bits - 1)))
    words = to_words(np.packbits(bits, axis=1))
    mask = to_words(bit_mask(masked, n_bits)[np.newaxis])[0]
    gallery, query = words[1:], words[0]
    expected = [sum(a != b for a, b in zip(row, bits[0], strict=True)) for row in bits[1:]]
    assert distances(gallery, query).tolist() == expected
    expected = [sum(row[b] != bits[0][b] for b in set(masked)) for row in bits[1:]]
    assert distances(gallery, query, mask).tolist() == expected


@pytest.mark.parametrize("n_words", [1, 2])
def test_parts_of_a_large_gallery_fit_together(
    monkeypatch: pytest.MonkeyPatch, n_words: int
) -> None:
    monkeypatch.setattr(hamming, "_CHUNK", 7)
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2**64, (50, n_words), dtype=np.uint64)
    expected = np.bitwise_count(words ^ words[3]).sum(axis=1)
    assert np.array_equal(distances(words, words[3]), expected)


def test_a_query_of_another_length_is_refused() -> None:
    gallery = np.zeros((3, 1), dtype=np.uint64)
    with pytest.raises(ValueError, match="must have 1 words"):
        distances(gallery, np.zeros(2, dtype=np.uint64))
    with pytest.raises(ValueError, match="must have 1 words"):
        distances(gallery, np.zeros(1, dtype=np.uint64), np.zeros(2, dtype=np.uint64))
