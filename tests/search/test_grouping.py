import numpy as np
import pytest

from ahash_desktop.search.grouping import leaders

RNG = np.random.default_rng(3)


def unknown(n_photos: int) -> np.ndarray:
    return np.full(n_photos, np.nan)


def test_shots_of_the_same_go_with_the_first():
    first, other = RNG.standard_normal((2, 64))
    shots = np.stack([first, other, first * 1.01, other + 0.01]).astype(np.float16)
    assert leaders(shots, ["a", "b", "c", "d"], unknown(4)).tolist() == [0, 1, 0, 1]


def test_a_raw_file_goes_with_its_jpeg():
    shots = RNG.standard_normal((3, 64)).astype(np.float16)
    assert leaders(shots, ["x/1", "y/1", "x/1"], unknown(3)).tolist() == [0, 1, 0]


def test_nothing_and_dark_codes_lead_themselves():
    assert leaders(np.empty((0, 64), np.float16), [], unknown(0)).tolist() == []
    assert leaders(np.zeros((2, 8), np.float16), ["a", "b"], unknown(2)).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(2.0, [0, 0, 2]), (60.0, [0, 1, 2]), (np.nan, [0, 1, 2])]
)
def test_shots_of_a_burst_need_be_less_alike(seconds, expected):
    first, other = RNG.standard_normal((2, 64))
    near = first + 0.2 * RNG.standard_normal(64)
    shots = np.stack([first, near, other]).astype(np.float16)
    assert leaders(shots, ["a", "b", "c"], np.array([0.0, seconds, 1.0])).tolist() == expected
