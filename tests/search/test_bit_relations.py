import numpy as np
import pytest

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.records import CodeBlock
from ahash_desktop.search.bit_relations import activation_histogram, bit_correlations, closest_bits


def make_block(activations) -> CodeBlock:
    activations = np.asarray(activations, dtype=np.float16)
    n_photos, n_bits = activations.shape
    return CodeBlock(n_bits, np.arange(n_photos), pack_activations(activations), activations)


@pytest.fixture
def block():
    return make_block(np.random.default_rng(0).uniform(-1, 1, (200, 10)))


def test_correlations_are_those_of_numpy(block):
    signs = (block.activations > 0).astype(float)
    assert np.allclose(bit_correlations(block), np.corrcoef(signs.T), atol=1e-5)


def test_a_bit_that_never_changes_goes_with_none():
    correlations = bit_correlations(make_block([[1, 1], [1, -1], [1, 1]]))
    assert correlations.tolist() == [[1, 0], [0, 1]]


def test_without_photos_nothing_relates():
    empty = make_block(np.empty((0, 8)))
    assert np.array_equal(bit_correlations(empty), np.eye(8))
    assert activation_histogram(empty, 3).sum() == 0


def test_the_closest_bits_come_with_their_sign_and_without_the_bit_itself():
    correlations = np.array([[1, 0.2, -0.9], [0.2, 1, 0], [-0.9, 0, 1]], dtype=np.float32)
    assert [other for other, _ in closest_bits(correlations, 0, 5)] == [2, 1]
    assert closest_bits(correlations, 0, 1)[0][1] == pytest.approx(-0.9)


def test_every_photo_is_in_the_histogram_the_extremes_too():
    counts = activation_histogram(make_block([[-1.0], [1.0], [0.99], [-0.01]]), 0)
    assert counts.sum() == 4
    assert counts[0] == 1
    assert counts[-1] == 2
    assert counts[15] == 1
