import numpy as np
import pytest

from ahash_desktop.core.closeness import BANDS, ClosenessCurve, bands, read_calibration
from ahash_desktop.core.records import OTHER, Subject
from ahash_desktop.core.statements import BitMeaning, state

RED = BitMeaning(0, "red throat", "红色的喉部", "has_throat::red", "bird", 0.6, -0.5, 0.95, 0.97)
ALSO_RED = BitMeaning(1, "red throat", "红色的喉部", "has_throat::red", "bird", 0.2, None, 0.99, 0)
SEDAN = BitMeaning(2, "sedan", "轿车", "body_type::sedan", "car", 0.5, -0.5, 0.96, 0.96)
BIRD, CAR = Subject("bird", 0.9), Subject("car", 0.9)
STORED = {"order": "strength", "very_close": 0.9, "close": 0.7, "loose": 0.5}


def said(activations, subject, meanings=(RED, SEDAN)):
    found = state(meanings, np.array(activations, dtype=np.float16), subject)
    return [(entry.bit, entry.says) for entry in found]


@pytest.mark.parametrize(
    ("activation", "expected"),
    [(0.9, [(0, "has")]), (0.59, []), (0.0, []), (-0.49, []), (-0.9, [(0, "has not")])],
)
def test_a_bit_speaks_only_beyond_its_thresholds(activation, expected):
    assert said([activation, 0, 0], BIRD) == expected


@pytest.mark.parametrize("subject", [None, Subject(OTHER, 0.99)])
def test_nothing_is_said_of_what_is_not_known(subject):
    assert said([1, 1, 1], subject) == []


def test_bits_are_silent_outside_their_domain():
    assert said([1, 0, 1], BIRD) == [(0, "has")]
    assert said([1, 0, 1], CAR) == [(2, "has")]


def test_the_surer_of_two_bits_speaks():
    assert said([0.9, 0.9, 0], BIRD, (RED, ALSO_RED)) == [(1, "has")]
    assert said([0.9, 0.1, 0], BIRD, (RED, ALSO_RED)) == [(0, "has")]


def test_what_is_there_comes_before_what_is_not():
    crown = BitMeaning(3, "red crown", "红色的头顶", "has_crown::red", "bird", 0.5, -0.5, 0.9, 0.99)
    assert said([0.9, 0, 0, -0.9], BIRD, (RED, crown)) == [(0, "has"), (3, "has not")]


def test_bands_never_rise_along_a_ranking():
    rng = np.random.default_rng(0)
    curve = ClosenessCurve(0.9, 0.7, 0.5)
    for _ in range(50):
        told = bands(curve, list(rng.random(30)))
        places = [BANDS.index(word) for word in told]
        assert places == sorted(places)


def test_the_band_of_a_score():
    curve = read_calibration(STORED).curve_of(None)
    assert curve is not None
    assert [curve.band(score) for score in (0.95, 0.9, 0.8, 0.6, 0.1)] == [
        "very close",
        "very close",
        "close",
        "loose",
        "none",
    ]


@pytest.mark.parametrize("stored", [None, {}, {"order": "distance"}])
def test_a_model_that_was_not_calibrated_says_nothing(stored):
    assert bands(read_calibration(stored).curve_of(BIRD), [0.99, 0.1]) == (None, None)


def test_a_curve_is_that_of_what_the_picture_that_asks_is_of():
    cars = {"very_close": 0.8, "close": 0.6, "loose": 0.4}
    calibration = read_calibration({**STORED, "domains": {"car": cars}})
    assert calibration.curve_of(Subject("car", 0.9)) == ClosenessCurve(0.8, 0.6, 0.4)
    for subject in (BIRD, Subject("other", 0.9), None):
        assert calibration.curve_of(subject) is None


def test_a_curve_for_all_is_for_all():
    calibration = read_calibration(STORED)
    for subject in (BIRD, Subject("other", 0.9), None):
        assert calibration.curve_of(subject) == ClosenessCurve(0.9, 0.7, 0.5)
