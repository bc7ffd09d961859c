import numpy as np
import pytest

from ahash_desktop.core.records import Subject
from ahash_desktop.core.statements import HAS, BitMeaning, state
from ahash_desktop.search.marks import by_sign, sureness, surest_first

N_BITS = 6
RNG = np.random.default_rng(3)


def meanings_of_one_mark(rng) -> list[BitMeaning]:
    """Several bits that say the same, with thresholds of every sort."""
    made = []
    for bit in rng.permutation(N_BITS)[: rng.integers(1, 4)]:
        has_from, lacks_to = rng.choice([None, 0.7, 0.25, -0.2]), rng.choice([None, -0.5, -0.3])
        made.append(
            BitMeaning(int(bit), "m", "", "m", "bird", has_from, lacks_to, *rng.random(2).round(1))
        )
    return made


@pytest.mark.parametrize("seed", range(25))
def test_sureness_has_the_sign_of_what_is_said(seed):
    rng = np.random.default_rng(seed)
    meanings = meanings_of_one_mark(rng)
    activations = (rng.random((60, N_BITS)) * 2 - 1).round(1).astype(np.float16)
    activations[:8] = np.array([0.7, 0.25, -0.2, -0.5, -0.3, 1.0, -1.0, 0.0])[:, None]
    told = sureness(activations, meanings)
    for row, value in zip(activations, told, strict=True):
        said = state(meanings, row, Subject("bird", 1.0))
        assert np.sign(value) == (0 if not said else 1 if said[0].says == HAS else -1)
        assert -1 <= value <= 1


def test_farther_beyond_a_threshold_is_surer():
    meaning = BitMeaning(0, "m", "", "m", "bird", 0.5, -0.5, 0.9, 0.9)
    values = np.array([[0.5], [0.75], [1.0], [-0.5], [-0.75], [-1.0], [0.0]], dtype=np.float16)
    told = sureness(values, [meaning])
    assert told == pytest.approx([0, 0.5, 1, 0, -0.5, -1, 0], abs=1e-5)
    assert 0 < told[0] < told[1] < told[2]
    assert told[5] < told[4] < told[3] < 0


def test_the_photo_whose_least_sure_mark_is_surest_comes_first():
    ids = np.array([10, 11, 12, 13, 14], dtype=np.int64)
    first = np.array([0.9, 0.5, 0.5, 0.8, -0.1], dtype=np.float32)
    second = np.array([0.1, 0.5, 0.6, 0.0, 0.9], dtype=np.float32)
    assert surest_first(ids, [first, second]).tolist() == [12, 11, 10]
    assert surest_first(ids, []).tolist() == ids.tolist()


def test_a_named_bit_speaks_where_it_is_on():
    values = np.array([[0.2], [-0.2]], dtype=np.float16)
    assert (by_sign(values, 0) > 0).tolist() == [True, False]
