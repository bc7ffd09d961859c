"""Weights kept as what training changed."""

import json
import lzma

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing import bundle as bundle_module
from ahash_desktop.hashing import encoder as encoder_module
from ahash_desktop.hashing import pretrained
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.bundle import WEIGHTS, read_bundle, read_manifest, save_bundle
from ahash_desktop.hashing.compact import STEPS, VECTORS, base_id, compact, expand, pack, unpack
from ahash_desktop.hashing.encoder import load_network
from ahash_desktop.hashing.manifest import COMPACT_FORMAT, hash_model
from ahash_desktop.hashing.network import AttentionHashNet, export_weights, pretrained_arrays
from tests.likeness import most_alike

TINY = "test_efficientnet"


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    base = {
        "trunk.conv": rng.standard_normal((6, 4, 3, 3)).astype(np.float32),
        "trunk.bias": rng.standard_normal(6).astype(np.float32),
    }
    changed = base["trunk.conv"] + 0.3 * rng.standard_normal((6, 4, 3, 3)).astype(np.float32)
    weights = {
        "trunk.conv": changed,
        "trunk.bias": base["trunk.bias"] + 0.1 * rng.standard_normal(6).astype(np.float32),
        "attention.bias": rng.standard_normal(6).astype(np.float32),
        "attention.var": np.array([1e6, 1.0], np.float32),
        "projection.weight": rng.standard_normal((12, 8)).astype(np.float32),
    }
    return weights, base


@pytest.fixture
def pretrained_tiny(monkeypatch):
    """The tiny backbone as if it had ImageNet weights; a call with another seed changes them."""

    def give(seed):
        torch.manual_seed(seed)
        model = pretrained.timm.create_model(TINY, pretrained=False)
        weights = {name: value.clone() for name, value in model.state_dict().items()}
        monkeypatch.setattr(pretrained, "_packaged_weights", lambda _name: weights)

    give(0)
    return give


@pytest.fixture
def saved(pretrained_tiny, tmp_path, describe):
    """A compact bundle, and the network it was made of."""
    net = AttentionHashNet(create_backbone(TINY, pretrained=True), 0, 12).eval()
    base = pretrained_arrays(net)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.05 * parameter.std() * torch.randn_like(parameter))
    weights = pack(compact(export_weights(net, half=False), base))
    folder = tmp_path / "models" / "tiny"
    save_bundle(folder, describe(format=COMPACT_FORMAT, base_id=base_id(base)), weights, "# Tiny\n")
    return folder, net


def test_what_comes_back_is_off_by_half_a_step_at_most(arrays):
    weights, base = arrays
    kept = compact(weights, base)
    back = expand(kept, base)
    assert back.keys() == weights.keys()
    assert kept["trunk.conv"].dtype == kept["projection.weight"].dtype == np.int8
    steps = {
        "trunk.conv": 0.1 * base["trunk.conv"].reshape(6, -1).std(axis=1),
        "projection.weight": np.abs(weights["projection.weight"]).max(axis=1) / 127,
    }
    for name, step in steps.items():
        off = np.abs(back[name] - weights[name]).reshape(len(step), -1)
        assert (off.max(axis=1) <= 0.501 * step).all()
    assert kept["attention.bias"].dtype == np.float16
    assert np.array_equal(back["attention.var"], weights["attention.var"])
    np.testing.assert_allclose(back["trunk.bias"], weights["trunk.bias"], atol=1e-3)


def test_doing_it_twice_changes_nothing(arrays):
    weights, base = arrays
    first = compact(weights, base)
    again = compact(expand(first, base), base)
    assert np.array_equal(first["projection.weight"], again["projection.weight"])
    assert np.abs(first["trunk.conv"].astype(int) - again["trunk.conv"]).max() <= 1


def test_rows_of_nothing_but_zeros_stay_zeros():
    weights = {"projection.weight": np.zeros((2, 3), np.float32)}
    assert not expand(compact(weights, {}), {})["projection.weight"].any()


def test_far_changes_take_larger_steps():
    base = {"a": np.array([[1.0, -1.0]], np.float32)}
    weights = {"a": np.array([[100.0, -1.0]], np.float32)}
    np.testing.assert_allclose(expand(compact(weights, base), base)["a"], weights["a"], atol=0.5)


@pytest.mark.parametrize("strength", [0.5, 0.1, 0.03, 0.01])
def test_small_changes_are_kept_in_smaller_steps(strength):
    rng = np.random.default_rng(1)
    base = {"a": rng.standard_normal((8, 64)).astype(np.float32)}
    change = strength * rng.standard_normal((8, 64)).astype(np.float32)
    back = expand(compact({"a": base["a"] + change}, base), base)["a"] - base["a"]
    cosine = (back * change).sum() / np.linalg.norm(back) / np.linalg.norm(change)
    assert cosine > 0.94


def test_what_training_left_as_it_was_is_not_kept(arrays):
    weights, base = arrays
    kept = compact(weights | base, base)
    assert not kept.keys() & base.keys()
    back = expand(kept, base)
    assert all(np.array_equal(back[name], base[name]) for name in base)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), strength=st.sampled_from([0.0, 1e-4, 0.05, 1.0]))
def test_no_array_of_the_base_is_in_what_is_kept(seed, strength):
    rng = np.random.default_rng(seed)
    shapes = [(24,), (8, 3, 3, 3), (24, 8, 1, 1), (96,), (96, 24)][: rng.integers(1, 6)]
    base = {f"a{i}": rng.normal(1, 1, shape).astype(np.float32) for i, shape in enumerate(shapes)}
    weights = {
        name: (array + strength * rng.normal(0, 1, array.shape) * rng.integers(0, 2)).astype(
            np.float32
        )
        for name, array in base.items()
    }
    weights["projection.weight"] = rng.normal(0, 1, (96, 24)).astype(np.float32)
    kept = compact(weights, base)
    assert most_alike(kept.values(), base.values()) <= 0.5
    back = expand(kept, base)
    assert all(back[name].shape == weights[name].shape for name in weights)


@pytest.mark.parametrize(
    "broken",
    [
        {"a": np.zeros((2, 3), np.int8)},
        {"a": np.zeros((2, 3), np.int8), "a.step": np.ones(3, np.float32)},
        {"a": np.zeros((), np.int8), "a.step": np.ones(1, np.float32)},
        {"base": np.zeros((2, 3), np.int8), "base.step": np.ones(2, np.float32)},
        {"a": np.full((2, 3), 100, np.int8), "a.step": np.full(2, 3e38, np.float32)},
        {"a": np.zeros((2, 3), np.int8), STEPS: np.ones(1, np.float32)},
        {"a": np.zeros((2, 3), np.int8), STEPS: np.ones(3, np.float32)},
        {"a": np.zeros((), np.int8), STEPS: np.ones(1, np.float32)},
        {"base": np.zeros((2, 3), np.int8), STEPS: np.ones(2, np.float32)},
        {"base": np.full((2, 4), 99, np.int8), STEPS: np.full(2, 3e38, np.float32)},
        {VECTORS: np.ones(4, np.float16), STEPS: np.ones(0, np.float32)},
    ],
)
def test_what_does_not_fit_is_refused(broken):
    base = {"base": np.eye(2, 4, dtype=np.float32), "vector": np.zeros(3, np.float32)}
    with pytest.raises(ValueError, match=r"steps|not"):
        expand(broken, base)


def test_bundles_with_steps_for_each_array_and_whole_vectors_still_expand():
    base = {"a": np.ones((2, 3), np.float32), "bias": np.zeros(2, np.float32)}
    older = {
        "a": np.array([[1, 0, -1], [2, 0, 0]], np.int8),
        "a.step": np.array([0.5, 0.25], np.float32),
        "bias": np.array([1.0, 2.0], np.float16),
    }
    back = expand(older, base)
    np.testing.assert_array_equal(back["a"], [[1.5, 1, 0.5], [1.5, 1, 1]])
    np.testing.assert_array_equal(back["bias"], [1, 2])
    assert back.keys() == base.keys()


def test_packed_bytes_come_back(arrays):
    weights, base = arrays
    kept = compact(weights, base)
    back = safetensors.numpy.load(unpack(pack(kept)["packed"].tobytes(), 1 << 20))
    assert all(np.array_equal(back[name], kept[name]) for name in kept)


def test_packed_bytes_that_swell_or_are_cut_off_are_refused():
    bomb = lzma.compress(bytes(10_000_000))
    for packed in (bomb, bomb[:-10], bomb + b"x", b"no xz"):
        with pytest.raises(ValueError, match="packed weights"):
            unpack(packed, 1_000_000)


def test_the_same_weights_have_the_same_id(arrays):
    _, base = arrays
    assert base_id(base) == base_id(dict(base))
    assert base_id(base) != base_id({"trunk.conv": base["trunk.conv"] + 1})
    assert base_id(base) != base_id({"other": base["trunk.conv"]})


def test_a_compact_bundle_opens_as_the_network_it_was_made_of(saved):
    folder, net = saved
    manifest, loaded = load_network(folder)
    assert manifest.base_id
    for name, value in net.state_dict().items():
        if value.is_floating_point() and value.ndim > 1:
            off = (loaded.state_dict()[name] - value).abs().max()
            assert off <= 0.1 * value.std() + 1e-6, name
    whole = sum(array.nbytes for array in export_weights(net).values())
    assert (folder / WEIGHTS).stat().st_size < 0.6 * whole


def test_other_pretrained_weights_are_refused(saved, pretrained_tiny):
    folder, _ = saved
    pretrained_tiny(1)
    with pytest.raises(UserFacingError, match="other pretrained weights") as caught:
        load_network(folder)
    assert caught.value.path == folder / WEIGHTS


def test_a_compact_bundle_whose_contents_swell_is_refused(saved, monkeypatch):
    folder, _ = saved
    size = (folder / WEIGHTS).stat().st_size
    monkeypatch.setattr(bundle_module, "MOST_BYTES", size)
    with pytest.raises(UserFacingError, match="damaged"):
        read_bundle(folder)


@pytest.mark.parametrize(("name", "kind"), [(STEPS, np.float16), ("projection.weight", np.uint8)])
def test_arrays_of_another_kind_are_refused(saved, name, kind):
    folder, _ = saved
    inner = safetensors.numpy.load(read_bundle(folder)[1])
    inner[name] = inner[name].astype(kind)
    replace_weights(folder, inner)
    with pytest.raises(UserFacingError, match="damaged"):
        read_bundle(folder)


def test_an_array_that_the_network_has_not_is_refused_before_it_swells(saved, monkeypatch):
    folder, _ = saved
    inner = safetensors.numpy.load(read_bundle(folder)[1])
    inner["more"] = np.zeros((1, 1000), np.int8)
    replace_weights(folder, inner)
    monkeypatch.setattr(encoder_module, "expand", lambda *_: pytest.fail("it was expanded"))
    with pytest.raises(UserFacingError, match="'more' is on one side only"):
        load_network(folder)


def replace_weights(folder, inner):
    """Puts other weights into a compact bundle and signs them."""
    data = safetensors.numpy.save(pack(inner))
    manifest = read_manifest(folder)
    (folder / WEIGHTS).write_bytes(data)
    stored = json.loads((folder / "bundle.json").read_text())
    stored["model_id"] = hash_model(data, manifest)
    (folder / "bundle.json").write_text(json.dumps(stored))
