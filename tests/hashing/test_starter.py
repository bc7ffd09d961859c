"""The bundle that comes with the program."""

import numpy as np
import pytest

from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.hashing.bundle import verify_bundle
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.preprocess import to_input
from tests.pictures import render_picture

STARTER = shipped_models_folder() / "starter-64"


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    checks = tmp_path_factory.mktemp("checks") / "checks.json"
    return NetworkEncoder.load(STARTER, device="cpu", checks=checks)


def test_the_shipped_bundle_is_whole_and_says_what_it_was_made_of():
    manifest = verify_bundle(STARTER)
    assert (manifest.name, manifest.n_bits, manifest.n_local) == ("starter-64", 64, 0)
    assert sum(path.stat().st_size for path in STARTER.iterdir()) <= 8 << 20
    assert set(manifest.trained_on) >= {"name", "licence", "counts"}
    card = (STARTER / "card.md").read_text()
    for measured in manifest.metrics.values():
        assert f"{measured['mAP']:.3f}" in card
        assert f"{measured['float_mAP']:.3f}" in card
    assert manifest.command in card


def test_every_bit_of_the_shipped_bundle_is_explained_exactly(starter):
    picture = np.asarray(render_picture(3, (300, 200)))
    evidence = starter.explain(picture, range(64))
    assert np.abs(evidence.maps.mean(axis=(1, 2)) - evidence.logits).max() <= 1e-4
    activations = starter.encode(to_input(picture, starter.manifest)[None])[1][0]
    # Two libraries' tanh may round to neighbours in float16.
    np.testing.assert_allclose(np.tanh(evidence.logits), activations, rtol=1e-3, atol=1e-6)
    assert evidence.maps.shape == (64, 7, 7)


def test_a_smaller_copy_of_a_picture_has_nearly_the_same_code(starter):
    def code(seed, size):
        square = to_input(np.asarray(render_picture(seed, size)), starter.manifest)
        return starter.encode(square[None])[0][0]

    def distance(first, second):
        return int(np.bitwise_count(first ^ second).sum())

    for seed in range(3):
        large = code(seed, (480, 320))
        assert distance(large, code(seed, (360, 240))) <= 12
        assert distance(large, code(seed + 10, (480, 320))) > 12
