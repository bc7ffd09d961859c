"""The fit of a hash layer against its own definition, worked out on all photos at once."""

import numpy as np
import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.training.running import quick_fit
from ahash_desktop.training.running.quick_fit import FitTask, HashLayer, fit_layer

N_KINDS, N_FEATURES, N_BITS, KEEP = 5, 40, 24, 30.0


@pytest.fixture
def start():
    rng = np.random.default_rng(1)
    weight = rng.normal(0, 0.2, (N_BITS, N_FEATURES)).astype(np.float32)
    return HashLayer(weight, rng.normal(0, 0.1, N_BITS).astype(np.float32))


@pytest.fixture
def task():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, N_KINDS, 700)
    middles = rng.normal(size=(N_KINDS, N_FEATURES))
    seen = (middles[labels] + rng.normal(size=(700, N_FEATURES))).astype(np.float16)
    others = rng.normal(size=(90, N_FEATURES)).astype(np.float16)
    return FitTask(seen, labels, N_KINDS, others, frozenset({3, 7}))


def fitted(start, task):
    *_, last = fit_layer(start, task, 0, CancelToken(), KEEP)
    return last


def solved(start, task, codes, layer):
    """One step of the fit by ridge regression with a column of ones, on all photos at once."""
    seen, others = task.seen.astype(np.float64), task.others.astype(np.float64)
    counts = np.bincount(task.labels)
    mass = np.concatenate(
        [1 / counts[task.labels] / N_KINDS, np.full(len(others), KEEP / len(others))]
    )
    wanted = codes[task.labels]
    wanted = wanted * np.maximum(1.2, wanted * (seen @ layer.weight.T - layer.thresholds))
    every = np.vstack([seen, others])
    known = every @ start.weight.T - start.thresholds
    residual = np.vstack([wanted, known[len(seen) :]]) - known
    mean = (mass @ every) / mass.sum()
    centred = every - mean
    scatter = (centred * mass[:, None]).T @ centred
    scatter += 0.1 * np.trace(scatter) / N_FEATURES * np.eye(N_FEATURES)
    design = np.hstack([centred, np.ones((len(every), 1))])
    normal = np.zeros((N_FEATURES + 1, N_FEATURES + 1))
    normal[:-1, :-1] = scatter
    normal[-1, -1] = mass.sum()
    found = np.linalg.solve(normal, (design * mass[:, None]).T @ residual)
    change, shift = found[:-1], found[-1]
    return start.weight + change.T, start.thresholds + change.T @ mean - shift


def test_a_step_solves_what_it_says(start, task, monkeypatch):
    monkeypatch.setattr(quick_fit, "_ROWS_AT_ONCE", 64)
    free = [bit for bit in range(N_BITS) if bit not in task.fixed]
    part = HashLayer(start.weight[free], start.thresholds[free])
    codes = quick_fit._kind_codes(part, task, 0, CancelToken())
    first = next(fit_layer(start, task, 0, CancelToken(), KEEP))
    weight, thresholds = solved(part, task, codes, part)
    np.testing.assert_allclose(first.layer.weight[free], weight, atol=1e-5)
    np.testing.assert_allclose(first.layer.thresholds[free], thresholds, atol=1e-5)


def test_photos_a_few_at_a_time_give_the_same_layer(start, task, monkeypatch):
    whole = fitted(start, task)
    monkeypatch.setattr(quick_fit, "_ROWS_AT_ONCE", 37)
    parts = fitted(start, task)
    np.testing.assert_allclose(parts.layer.weight, whole.layer.weight, atol=1e-5)
    assert parts.losses == pytest.approx(whole.losses, abs=1e-5)


def test_fixed_bits_stay_as_they_are(start, task):
    layer = fitted(start, task).layer
    for bit in task.fixed:
        assert np.array_equal(layer.weight[bit], start.weight[bit])
        assert layer.thresholds[bit] == start.thresholds[bit]


def test_a_part_of_very_many_photos_gives_nearly_the_same_codes(start, task, monkeypatch):
    of_all = quick_fit._kind_codes(start, task, 0, CancelToken())
    monkeypatch.setattr(quick_fit, "_MOST_FOR_CODES", 80 * N_KINDS)
    of_part = quick_fit._kind_codes(start, task, 0, CancelToken())
    assert np.mean(of_all == of_part) > 0.85
