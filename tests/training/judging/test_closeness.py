"""Words for how close matches are after a lesson: true of taught kinds and of all others."""

import numpy as np
import pytest

from ahash_desktop.training.judging.closeness import (
    curve_after,
    first_among_themselves,
    first_matches,
)

N_KINDS, N_BITS = 8, 64


def photos(n_each, noise, seed):
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(7).choice([-0.9, 0.9], (N_KINDS, N_BITS))
    kinds = np.tile(np.arange(N_KINDS), n_each)
    values = middles[kinds] + rng.normal(0, noise, (len(kinds), N_BITS))
    return np.tanh(values).astype(np.float16), kinds


def cosine(one, other):
    one, other = one.astype(np.float64), other.astype(np.float64)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_first_matches_are_those_of_a_slow_search():
    asking, asked_kinds = photos(2, 1.2, 1)
    there, kinds = photos(3, 1.2, 2)
    kinds[kinds == 3] = 99  # one kind is not there
    found = first_matches(asking, asked_kinds, there, kinds)
    inside, right, outside = [], [], []
    for one, kind in zip(asking, asked_kinds, strict=True):
        cosines = [cosine(one, other) for other in there]
        best = int(np.argmax(cosines))
        if kind in kinds:
            inside.append(cosines[best])
            right.append(kinds[best] == kind)
        outside.append(max(c for c, other in zip(cosines, kinds, strict=True) if other != kind))
    np.testing.assert_allclose(found.inside, inside, atol=1e-5)
    assert found.is_right.tolist() == right
    np.testing.assert_allclose(found.outside, outside, atol=1e-5)


def test_no_photo_finds_itself():
    activations, kinds = photos(3, 0.5, 3)
    found = first_among_themselves(activations, kinds)
    assert len(found.inside) == len(activations)
    assert found.inside.max() < 0.999


def test_the_edges_keep_what_they_promise():
    asking, asked_kinds = photos(40, 1.3, 4)
    there, kinds = photos(6, 1.3, 5)
    found = first_matches(asking, asked_kinds, there, kinds)
    edges = found.edges()
    scores = np.concatenate([found.inside, found.outside])
    right = np.concatenate([found.is_right, np.zeros(len(found.outside), bool)])
    assert right[scores >= edges.very_close].mean() >= 0.95
    assert right[scores >= edges.close].mean() >= 0.8
    assert np.mean(found.inside < edges.loose) <= 0.1 + 1e-9
    assert edges.very_close >= edges.close >= edges.loose


@pytest.fixture
def own():
    return first_matches(*photos(10, 1.0, 6), *photos(5, 1.0, 7))


BEFORE = {"order": "strength", "very_close": 0.99, "close": 0.2, "loose": 0.1}


def test_a_word_is_true_of_both_sides(own):
    edges = own.edges()
    curve = curve_after(BEFORE, own, None)
    assert curve["order"] == "strength"
    assert curve["very_close"] == 0.99
    assert curve["close"] == pytest.approx(edges.close, abs=1e-5)
    assert curve["loose"] == pytest.approx(min(edges.loose, 0.1), abs=1e-5)
    domains = {"bird": {"very_close": 0.5, "close": 0.4, "loose": 0.3}}
    told = curve_after(BEFORE | {"domains": domains}, own, None)["domains"]["bird"]
    assert told["very_close"] == pytest.approx(max(0.5, edges.very_close), abs=1e-5)
    assert told["close"] >= told["loose"]


def test_where_too_little_is_known_nothing_is_said(own):
    few = first_matches(*photos(2, 1.0, 6), *photos(5, 1.0, 7))
    others = first_among_themselves(*photos(9, 1.0, 8))
    assert curve_after(BEFORE, few, others) is None
    assert curve_after(None, own, None) is None
    assert curve_after(None, own, first_among_themselves(*photos(2, 1.0, 8))) is None
    assert curve_after(None, own, others) is not None
