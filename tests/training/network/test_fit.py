"""PCA-ITQ against its own definition."""

from itertools import pairwise

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.network.fit import fit_pca_itq, principal_directions, rotate_to_signs


@pytest.fixture
def features():
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((20, 20)) * np.linspace(3, 0.2, 20)
    return (rng.standard_normal((500, 20)) @ mixing + rng.uniform(1, 4, 20)).astype(np.float32)


def quantisation_error(reduced, rotation):
    turned = reduced @ rotation
    return float(((np.where(turned > 0, 1, -1) - turned) ** 2).sum())


def test_directions_are_those_of_a_singular_value_decomposition(features):
    mean, directions, deviations = principal_directions(features, 6)
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(mean, features.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.abs(right[:6] @ directions), np.eye(6), atol=1e-6)
    np.testing.assert_allclose(deviations, singular[:6] / np.sqrt(500), rtol=1e-6)


def test_the_rotation_is_orthogonal_and_every_step_helps(features):
    mean, directions, _ = principal_directions(features, 8)
    reduced = (features - mean) @ directions
    errors = []
    for n_iterations in range(12):
        rotation = rotate_to_signs(reduced, seed=3, n_iterations=n_iterations)
        np.testing.assert_allclose(rotation.T @ rotation, np.eye(8), atol=1e-10)
        errors.append(quantisation_error(reduced, rotation))
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(errors))
    assert errors[-1] < errors[0]


def test_each_step_is_the_best_rotation_for_its_signs():
    rng = np.random.default_rng(1)
    reduced = rng.standard_normal((200, 2))
    before = rotate_to_signs(reduced, seed=0, n_iterations=0)
    signs = np.where(reduced @ before > 0, 1, -1)
    found = ((signs - reduced @ rotate_to_signs(reduced, seed=0, n_iterations=1)) ** 2).sum()
    angles = np.linspace(0, 2 * np.pi, 2000)
    for mirror in (1, -1):
        for c, s in zip(np.cos(angles), np.sin(angles), strict=True):
            turn = np.array([[c, -s * mirror], [s, c * mirror]])
            assert found <= ((signs - reduced @ turn) ** 2).sum() + 1e-9


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_logits_are_centred_with_unit_variance(features, whitening):
    weight, thresholds = fit_pca_itq(features, 8, seed=0, whitening=whitening)
    assert weight.shape == (8, 20)
    assert weight.dtype == thresholds.dtype == np.float32
    logits = features @ weight.T - thresholds
    np.testing.assert_allclose(logits.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(logits.std(axis=0), 1, atol=1e-3)


def test_without_whitening_the_rows_are_orthogonal_principal_directions(features):
    weight, _ = fit_pca_itq(features, 8, seed=0)
    unit = weight / np.linalg.norm(weight, axis=1, keepdims=True)
    np.testing.assert_allclose(unit @ unit.T, np.eye(8), atol=1e-4)
    _, directions, _ = principal_directions(features, 8)
    np.testing.assert_allclose(np.linalg.norm(unit @ directions, axis=1), 1, atol=1e-4)


def test_full_whitening_makes_the_logits_uncorrelated(features):
    weight, thresholds = fit_pca_itq(features, 8, seed=0, whitening=1.0)
    correlation = np.corrcoef((features @ weight.T - thresholds).T)
    np.testing.assert_allclose(correlation, np.eye(8), atol=1e-3)


def test_the_same_seed_gives_the_same_bits(features):
    first, again = (fit_pca_itq(features, 8, seed=4)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, fit_pca_itq(features, 8, seed=5)[0])


@pytest.mark.parametrize("rows", [slice(0, 5), slice(0, 0)])
def test_too_few_photos_for_the_bits_are_told(features, rows):
    with pytest.raises(UserFacingError, match="fewer bits"):
        fit_pca_itq(features[rows], 8, seed=0)


def test_more_bits_than_features_are_told(features):
    with pytest.raises(UserFacingError, match="fewer bits"):
        fit_pca_itq(features, 21, seed=0)


def test_photos_that_are_all_alike_are_told():
    with pytest.raises(UserFacingError, match="too much alike"):
        fit_pca_itq(np.ones((50, 20), np.float32), 8, seed=0)
