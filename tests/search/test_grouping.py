import numpy as np

from ahash_desktop.search.grouping import leaders

RNG = np.random.default_rng(3)


def test_shots_of_the_same_go_with_the_first():
    first, other = RNG.standard_normal((2, 64))
    shots = np.stack([first, other, first * 1.01, other + 0.01]).astype(np.float16)
    assert leaders(shots, ["a", "b", "c", "d"]).tolist() == [0, 1, 0, 1]


def test_a_raw_file_goes_with_its_jpeg():
    shots = RNG.standard_normal((3, 64)).astype(np.float16)
    assert leaders(shots, ["x/1", "y/1", "x/1"]).tolist() == [0, 1, 0]


def test_nothing_and_dark_codes_lead_themselves():
    assert leaders(np.empty((0, 64), np.float16), []).tolist() == []
    assert leaders(np.zeros((2, 8), np.float16), ["a", "b"]).tolist() == [0, 1]
