"""The encoder: a verified bundle on a checked device."""

import numpy as np
import pytest
import torch

from ahash_desktop.core.codes import unpack_codes
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import Region
from ahash_desktop.hashing import encoder as encoder_module
from ahash_desktop.hashing.bundle import save_bundle
from ahash_desktop.hashing.device import Verdict
from ahash_desktop.hashing.encoder import NetworkEncoder, load_network
from ahash_desktop.hashing.network import export_weights
from ahash_desktop.hashing.preprocess import to_input

PLAIN = Verdict(is_usable=True, use_bfloat16=False, differing_share=0.0, speedup=1.0)


@pytest.fixture
def load(tmp_path, monkeypatch, save_tiny):
    """Loads a tiny bundle without measuring the device; keywords go to the manifest."""
    monkeypatch.setattr(encoder_module, "judge", lambda *args: PLAIN)

    def make(**changes):
        return NetworkEncoder.load(
            save_tiny(**changes), device="cpu", checks=tmp_path / "checks.json"
        )

    return make


def test_codes_are_the_signs_of_the_activations(load, photos):
    encoder = load(n_bits=12)
    codes, activations = encoder.encode(photos(9))
    assert codes.shape == (9, 2)
    assert codes.dtype == np.uint8
    assert activations.shape == (9, 12)
    assert activations.dtype == np.float16
    np.testing.assert_array_equal(unpack_codes(codes, 12), activations > 0)
    assert len({bytes(row) for row in activations}) == 9


def test_thresholds_come_from_the_description(load, photos):
    pictures = photos(4)
    plain = np.arctanh(load().encode(pictures)[1].astype(float))
    shifted = np.arctanh(load(thresholds=(0.125,) * 12).encode(pictures)[1].astype(float))
    np.testing.assert_allclose(plain - shifted, 0.125, atol=0.01)


def test_float_features_are_what_the_code_is_made_of(load, photos):
    encoder = load(n_local=1)
    pictures = photos(5)
    codes, activations, features = encoder.encode_with_features(pictures)
    np.testing.assert_array_equal(features, encoder.float_features(pictures))
    np.testing.assert_array_equal(codes, encoder.encode(pictures)[0])
    np.testing.assert_array_equal(activations, encoder.encode(pictures)[1])
    assert features.dtype == np.float32


@pytest.mark.parametrize("n_local", [0, 2])
def test_evidence_averages_to_the_logits_of_the_code(load, photos, n_local):
    encoder = load(n_local=n_local, thresholds=tuple(np.linspace(-0.5, 0.5, 12).tolist()))
    picture = photos(1, 96)[0][:80]
    evidence = encoder.explain(picture, range(12))
    assert evidence.maps.shape == (12, 2, 2)
    assert np.abs(evidence.maps.mean(axis=(1, 2)) - evidence.logits).max() <= 1e-4
    activations = encoder.encode(to_input(picture, encoder.manifest)[None])[1][0]
    np.testing.assert_array_equal(np.tanh(evidence.logits).astype(np.float16), activations)
    np.testing.assert_array_equal(evidence.picture, picture)


def test_evidence_of_a_region_lies_over_that_region(load, photos):
    encoder = load()
    picture = photos(1, 96)[0]
    region = Region(0.5, 0.25, 0.25, 0.5)
    evidence = encoder.explain(picture, [3, 1], region)
    np.testing.assert_array_equal(evidence.picture, picture)
    assert evidence.seen == region
    alone = encoder.explain(picture[24:72, 48:72], [3, 1])
    np.testing.assert_array_equal(evidence.maps, alone.maps)
    assert evidence.bits == (3, 1)


def test_a_larger_input_gives_finer_maps_exact_for_their_own_logits(load, photos):
    encoder = load()
    evidence = encoder.explain(photos(1, 96)[0], range(12), input_size=160)
    assert evidence.maps.shape == (12, 5, 5)
    assert np.abs(evidence.maps.mean(axis=(1, 2)) - evidence.logits).max() <= 1e-4


def test_a_picture_explained_alone_has_the_same_evidence(load, photos):
    encoder = load()
    picture = photos(1, 96)[0]
    alone = encoder.explain(picture, range(12), alone=True)
    np.testing.assert_allclose(alone.maps, encoder.explain(picture, range(12)).maps, atol=1e-4)
    assert np.abs(alone.maps.mean(axis=(1, 2)) - alone.logits).max() <= 1e-4


def test_a_bit_the_model_does_not_have_is_refused(load, photos):
    with pytest.raises(ValueError, match="bit 12"):
        load().explain(photos(1)[0], [12])


def test_weights_of_another_backbone_are_refused(save_tiny, monkeypatch, tiny_net):
    folder = save_tiny()
    other = {**export_weights(tiny_net()), "extra.weight": np.ones(3, np.float32)}
    manifest = encoder_module.read_bundle(folder)[0]
    from ahash_desktop.hashing.bundle import save_bundle

    save_bundle(folder, manifest, other, "")
    with pytest.raises(UserFacingError, match=r"do not fit its backbone.*weights\.safetensors"):
        load_network(folder)


def test_an_accelerator_that_fails_its_check_gives_way_to_the_cpu(
    save_tiny, tmp_path, monkeypatch, caplog
):
    bad = Verdict(is_usable=False, use_bfloat16=False, differing_share=0.5, speedup=1.0)
    asked = []

    def judge(make_run, device, size):
        asked.append(device.type)
        return bad if device.type == "cuda" else PLAIN

    monkeypatch.setattr(encoder_module, "judge", judge)
    monkeypatch.setattr(encoder_module, "choose_device", lambda wanted: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Fake GPU")
    encoder = NetworkEncoder.load(save_tiny(), checks=tmp_path / "checks.json")
    assert encoder.device == "cpu"
    assert asked == ["cuda", "cpu"]
    assert "the CPU is used instead" in caplog.text


def test_the_first_load_measures_and_the_second_remembers(save_tiny, tmp_path, monkeypatch, photos):
    folder, checks = save_tiny(), tmp_path / "checks.json"
    first = NetworkEncoder.load(folder, device="cpu", checks=checks)
    monkeypatch.setattr(encoder_module, "judge", pytest.fail)
    second = NetworkEncoder.load(folder, device="cpu", checks=checks)
    assert (first.dtype, first.device) == (second.dtype, second.device)
    np.testing.assert_array_equal(first.encode(photos(3))[1], second.encode(photos(3))[1])


def test_bfloat16_is_used_when_the_verdict_says_so(save_tiny, tmp_path, monkeypatch, photos):
    short = Verdict(is_usable=True, use_bfloat16=True, differing_share=0.0, speedup=2.0)
    monkeypatch.setattr(encoder_module, "judge", lambda *args: short)
    encoder = NetworkEncoder.load(save_tiny(), device="cpu", checks=tmp_path / "checks.json")
    assert encoder.dtype == "bfloat16"
    evidence = encoder.explain(photos(1)[0], range(12))
    assert np.abs(evidence.maps.mean(axis=(1, 2)) - evidence.logits).max() <= 1e-4


def test_the_number_of_threads_can_be_chosen(save_tiny, tmp_path, monkeypatch):
    chosen = []
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    monkeypatch.setattr(encoder_module, "judge", lambda *args: PLAIN)
    folder = save_tiny()
    NetworkEncoder.load(folder, device="cpu", threads=3, checks=tmp_path / "checks.json")
    NetworkEncoder.load(folder, device="cpu", checks=tmp_path / "checks.json")
    assert chosen == [3]


@pytest.mark.parametrize("value", [3e38, -3e38])
def test_weights_that_give_no_numbers_are_refused(tmp_path, describe, tiny_net, value):
    weights = export_weights(tiny_net())
    for name in [name for name in weights if name.startswith("trunk.")]:
        weights[name] = np.full_like(weights[name], value, dtype=np.float32)
    weights = {
        name: np.abs(values) if name.endswith("running_var") else values
        for name, values in weights.items()
    }
    save_bundle(tmp_path / "tiny", describe(), weights, "")
    with pytest.raises(UserFacingError, match="give no numbers"):
        NetworkEncoder.load(tmp_path / "tiny", checks=tmp_path / "checks.json")
