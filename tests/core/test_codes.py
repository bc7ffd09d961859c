"""Packing keeps every bit where the records say it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ahash_desktop.core.codes import (
    bit_mask,
    code_bytes,
    pack_activations,
    to_words,
    unpack_codes,
)

_lengths = st.integers(1, 200)


@st.composite
def activations(draw: st.DrawFn) -> np.ndarray:
    n_codes, n_bits = draw(st.integers(0, 5)), draw(_lengths)
    values = st.floats(-1, 1, width=16)
    return draw(hnp.arrays(np.float16, (n_codes, n_bits), elements=values))


def test_bit_0_is_the_most_significant_bit_of_byte_0() -> None:
    values = np.full(12, -1.0)
    values[[0, 9]] = 0.5
    assert pack_activations(values).tolist() == [0b1000_0000, 0b0100_0000]


def test_an_activation_of_zero_is_off() -> None:
    assert pack_activations(np.array([0.0, -0.0, 1e-6])).tolist() == [0b0010_0000]


@given(activations())
def test_unpacking_gives_the_signs_back(values: np.ndarray) -> None:
    codes = pack_activations(values)
    assert codes.shape == (len(values), code_bytes(values.shape[1]))
    assert np.array_equal(unpack_codes(codes, values.shape[1]), values > 0)


@given(activations(), st.data())
def test_words_keep_the_distance_of_the_bits(values: np.ndarray, data: st.DataObject) -> None:
    codes = pack_activations(values)
    words = to_words(codes)
    assert words.dtype == np.uint64
    assert words.flags.c_contiguous
    assert words.shape == (len(values), -(-values.shape[1] // 64))
    if len(values) >= 2:
        i = data.draw(st.integers(0, len(values) - 1))
        expected = ((values > 0) != (values[i] > 0)).sum(axis=1)
        assert np.array_equal(np.bitwise_count(words ^ words[i]).sum(axis=1), expected)


@given(st.data(), _lengths)
def test_a_mask_has_exactly_its_bits_on(data: st.DataObject, n_bits: int) -> None:
    bits = data.draw(st.lists(st.integers(0, n_bits - 1)))
    on = np.flatnonzero(unpack_codes(bit_mask(bits, n_bits), n_bits))
    assert on.tolist() == sorted(set(bits))


@pytest.mark.parametrize("bit", [-1, 12])
def test_a_bit_outside_the_code_is_refused(bit: int) -> None:
    with pytest.raises(ValueError, match="outside 0 … 11"):
        bit_mask([bit], 12)


@pytest.mark.parametrize("n_bits", [0, -8])
def test_a_code_has_at_least_one_bit(n_bits: int) -> None:
    with pytest.raises(ValueError, match="at least one bit"):
        code_bytes(n_bits)
