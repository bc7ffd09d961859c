"""The database codes of classes."""

import numpy as np
import pytest

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.training.judging.metrics import score_codes
from ahash_desktop.training.losses import class_codes
from ahash_desktop.training.losses.class_codes import fit_class_codes, move_apart
from ahash_desktop.training.network.fit import fit_pca_itq


def means_of(n_classes, n_features=60, seed=0):
    """Classes in pairs that look alike."""
    rng = np.random.default_rng(seed)
    kinds = rng.standard_normal((n_classes // 2, n_features))
    noise = 0.2 * rng.standard_normal((n_classes, n_features))
    return (np.repeat(kinds, 2, axis=0) + noise).astype(np.float32)


def distances(codes):
    return (codes.shape[1] - codes @ codes.T) / 2


def photos_of(n_classes, n_photos=12, n_features=60, seed=0):
    """Photos of such classes, and their classes."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), n_photos)
    noise = rng.standard_normal((len(labels), n_features)).astype(np.float32)
    return means_of(n_classes, n_features, seed)[labels] + 0.3 * noise, labels


def codes_of(n_classes, n_bits, seed=0):
    features, labels = photos_of(n_classes)
    return fit_class_codes(features, labels, n_classes, n_bits, seed).codes


def test_classes_that_look_alike_share_more_bits():
    codes = codes_of(80, 48)
    apart = distances(codes)
    pairs = apart[np.arange(0, 80, 2), np.arange(1, 80, 2)]
    assert pairs.mean() < 0.5 * apart[np.triu_indices(80, 1)].mean()
    assert set(np.unique(codes)) == {-1.0, 1.0}
    assert np.abs(codes.mean(axis=0)).mean() < 0.2


def test_the_hash_layer_gives_each_photo_nearly_the_code_of_its_class():
    features, labels = photos_of(20)
    codes, weight = fit_class_codes(features, labels, 20, 32, seed=0)
    logits = (features - features.mean(axis=0)) @ weight.T
    assert ((logits > 0) == (codes[labels] > 0)).mean() > 0.95
    np.testing.assert_allclose(logits.std(axis=0), 1, atol=1e-3)


def test_it_tells_unseen_classes_apart_better_than_principal_components():
    """Noise that is shared by all classes is what discriminant analysis sees through."""
    rng = np.random.default_rng(0)
    n_features, n_photos = 40, 20
    loud = rng.standard_normal((4, n_features))

    def draw(n_classes):
        kinds = np.repeat(rng.standard_normal((n_classes, n_features)), n_photos, axis=0)
        noise = rng.standard_normal((len(kinds), 4)) @ loud
        quiet = 0.5 * rng.standard_normal(kinds.shape)
        return (kinds + noise + quiet).astype(np.float32), np.repeat(range(n_classes), n_photos)

    seen, labels = draw(40)
    unseen, others = draw(20)
    fitted = fit_class_codes(seen, labels, 40, 16, seed=0).weight
    principal = fit_pca_itq(seen, 16, 0)[0]
    scores = []
    for weight in (fitted, principal):
        codes = pack_activations(((unseen - seen.mean(axis=0)) @ weight.T).astype(np.float16))
        found = score_codes(codes[::2], codes[1::2], others[::2], others[1::2], 16)
        scores.append(found.average_precision.mean())
    assert scores[0] > scores[1] + 0.05


def test_they_depend_on_the_seed_alone():
    first = codes_of(20, 32, seed=3)
    assert np.array_equal(first, codes_of(20, 32, seed=3))
    assert not np.array_equal(first, codes_of(20, 32, seed=4))


@pytest.mark.parametrize(("n_classes", "n_bits"), [(2, 48), (6, 64), (100, 12), (16, 4)])
def test_no_two_are_the_same(n_classes, n_bits):
    codes = codes_of(n_classes, n_bits)
    assert codes.shape == (n_classes, n_bits)
    assert len(np.unique(codes, axis=0)) == n_classes


def test_classes_that_look_the_same_are_told_apart():
    codes, weight = fit_class_codes(np.ones((5, 20)), np.arange(5), 5, 16, seed=0)
    assert len(np.unique(codes, axis=0)) == 5
    assert np.isfinite(weight).all()


def test_codes_found_again_stray_little_from_those_before():
    features, labels = photos_of(40)
    first = fit_class_codes(features, labels, 40, 32, seed=0).codes
    later = features + 0.1 * np.random.default_rng(1).standard_normal(features.shape)
    again = fit_class_codes(later, labels, 40, 32, 0, first).codes
    anew = fit_class_codes(later, labels, 40, 32, 1).codes
    assert (again == first).mean() > 0.95
    assert (anew == first).mean() < 0.6


def test_a_class_without_photos_has_a_code():
    features, labels = photos_of(4)
    codes = fit_class_codes(features, labels, 6, 16, seed=0).codes
    assert len(np.unique(codes, axis=0)) == 6


def test_more_classes_than_codes_share_them():
    assert codes_of(10, 3).shape == (10, 3)


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


def test_codes_lie_further_apart_than_the_signs_that_the_hash_layer_gives(monkeypatch):
    nearest = []
    for evenness in (0.0, 0.75):
        monkeypatch.setattr(class_codes, "_EVENNESS", evenness)
        apart = distances(codes_of(80, 48))
        np.fill_diagonal(apart, 99)
        nearest.append(apart.min(axis=1).mean())
    assert nearest[1] > nearest[0] + 1


def test_what_a_turn_gains_is_what_all_pairs_say():
    """An independent slow version: whatever is left, turning no bit that may be turned helps."""
    rng = np.random.default_rng(3)
    for n_classes, n_bits in ((6, 5), (40, 12), (25, 30)):
        codes = rng.choice(np.float32([-1, 1]), (n_classes, n_bits))
        codes[n_classes // 2 :] = codes[: n_classes - n_classes // 2]
        movable = rng.random(n_bits) < 0.7
        moved = move_apart(codes, movable)
        assert (moved[:, ~movable] == codes[:, ~movable]).all()
        assert set(np.unique(moved)) == {-1.0, 1.0}
        n_more = (moved > 0).sum(axis=0) - (codes > 0).sum(axis=0)
        assert np.abs(n_more).max() <= 1
        least = crowding(moved)
        assert least < crowding(codes)
        for row in range(n_classes):
            for bit in np.flatnonzero(movable):
                if abs(n_more[bit] - int(moved[row, bit])) <= 1:
                    turned = moved.copy()
                    turned[row, bit] *= -1
                    assert crowding(turned) >= least * (1 - 1e-5)


def crowding(codes):
    distances = (codes[:, None] != codes[None]).sum(axis=2)
    return np.exp(-distances / 1.5)[np.triu_indices(len(codes), 1)].sum()
