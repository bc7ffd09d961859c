"""The database codes of classes."""

import numpy as np
import pytest

from ahash_desktop.training.losses.class_codes import class_codes, move_apart


def means_of(n_classes, n_features=60, seed=0):
    """Classes in pairs that look alike."""
    rng = np.random.default_rng(seed)
    kinds = rng.standard_normal((n_classes // 2, n_features))
    noise = 0.2 * rng.standard_normal((n_classes, n_features))
    return (np.repeat(kinds, 2, axis=0) + noise).astype(np.float32)


def distances(codes):
    return (codes.shape[1] - codes @ codes.T) / 2


def test_classes_that_look_alike_share_more_bits():
    codes = class_codes(means_of(80), 48, seed=0, whitening=0.0)
    apart = distances(codes)
    pairs = apart[np.arange(0, 80, 2), np.arange(1, 80, 2)]
    assert pairs.mean() < 0.5 * apart[np.triu_indices(80, 1)].mean()
    assert set(np.unique(codes)) == {-1.0, 1.0}
    assert np.abs(codes.mean(axis=0)).mean() < 0.2


def test_whitening_moves_them_apart():
    nearest = []
    for whitening in (0.0, 0.75, 1.0):
        apart = distances(class_codes(means_of(80), 48, seed=0, whitening=whitening))
        np.fill_diagonal(apart, 99)
        nearest.append(apart.min(axis=1).mean())
    assert nearest == sorted(nearest)
    assert nearest[2] > nearest[0] + 4


def test_they_depend_on_the_seed_alone():
    first = class_codes(means_of(20), 32, seed=3, whitening=0.75)
    assert np.array_equal(first, class_codes(means_of(20), 32, seed=3, whitening=0.75))
    assert not np.array_equal(first, class_codes(means_of(20), 32, seed=4, whitening=0.75))


@pytest.mark.parametrize(("n_classes", "n_bits"), [(2, 48), (6, 64), (100, 12), (16, 4)])
def test_no_two_are_the_same(n_classes, n_bits):
    codes = class_codes(means_of(n_classes), n_bits, seed=0, whitening=0.75)
    assert codes.shape == (n_classes, n_bits)
    assert len(np.unique(codes, axis=0)) == n_classes


def test_classes_that_look_the_same_are_told_apart():
    same = np.ones((5, 20), dtype=np.float32)
    assert len(np.unique(class_codes(same, 16, seed=0, whitening=0.75), axis=0)) == 5


def test_more_classes_than_codes_share_them():
    assert class_codes(means_of(10), 3, seed=0, whitening=0.75).shape == (10, 3)


def test_codes_that_are_close_move_apart_where_they_may():
    rng = np.random.default_rng(0)
    codes = np.where(rng.random((60, 32)) > 0.5, 1.0, -1.0).astype(np.float32)
    codes[30:, :24] = codes[:30, :24]
    movable = np.arange(32) >= 24
    moved = move_apart(codes, movable)
    assert np.array_equal(moved[:, ~movable], codes[:, ~movable])
    nearest = []
    for those in (codes, moved):
        apart = distances(those)
        np.fill_diagonal(apart, 99)
        nearest.append(apart.min())
    assert nearest[1] >= nearest[0] + 2
    on = [(those > 0).sum(axis=0) for those in (codes, moved)]
    assert np.abs(on[1] - on[0]).max() <= 1
