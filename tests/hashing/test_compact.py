"""Weights kept as what training changed."""

import json
import lzma

import numpy as np
import pytest
import safetensors.numpy
import torch

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing import bundle as bundle_module
from ahash_desktop.hashing import encoder as encoder_module
from ahash_desktop.hashing import pretrained
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.bundle import WEIGHTS, read_bundle, read_manifest, save_bundle
from ahash_desktop.hashing.compact import base_id, compact, expand, pack, unpack
from ahash_desktop.hashing.encoder import load_network
from ahash_desktop.hashing.manifest import hash_model
from ahash_desktop.hashing.network import AttentionHashNet, export_weights, pretrained_arrays

TINY = "test_efficientnet"


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    base = {"trunk.conv": rng.standard_normal((6, 4, 3, 3)).astype(np.float32)}
    changed = base["trunk.conv"] + 0.3 * rng.standard_normal((6, 4, 3, 3)).astype(np.float32)
    weights = {
        "trunk.conv": changed,
        "trunk.bias": rng.standard_normal(6).astype(np.float32),
        "trunk.var": np.array([1e6, 1.0], np.float32),
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
    save_bundle(folder, describe(format=2, base_id=base_id(base)), weights, "# Tiny\n")
    return folder, net


def test_what_comes_back_is_off_by_half_a_step_at_most(arrays):
    weights, base = arrays
    kept = compact(weights, base)
    back = expand(kept, base)
    assert back.keys() == weights.keys()
    assert kept["trunk.conv"].dtype == kept["projection.weight"].dtype == np.int8
    for name in ("trunk.conv", "projection.weight"):
        step = kept[f"{name}.step"].reshape(-1, *[1] * (weights[name].ndim - 1))
        assert (np.abs(back[name] - weights[name]) <= 0.501 * step).all()
    assert kept["trunk.bias"].dtype == np.float16
    assert np.array_equal(back["trunk.var"], weights["trunk.var"])


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


@pytest.mark.parametrize(
    "broken",
    [
        {"a": np.zeros((2, 3), np.int8)},
        {"a": np.zeros((2, 3), np.int8), "a.step": np.ones(3, np.float32)},
        {"a": np.zeros((), np.int8), "a.step": np.ones(1, np.float32)},
        {"base": np.zeros((2, 3), np.int8), "base.step": np.ones(2, np.float32)},
        {"a": np.full((2, 3), 100, np.int8), "a.step": np.full(2, 3e38, np.float32)},
    ],
)
def test_what_does_not_fit_is_refused(broken):
    with pytest.raises(ValueError, match=r"steps|not"):
        expand(broken, {"base": np.zeros((2, 4), np.float32)})


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


@pytest.mark.parametrize(
    ("name", "kind"), [("projection.weight.step", np.float16), ("projection.weight", np.uint8)]
)
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
    inner |= {"more": np.zeros((1, 1000), np.int8), "more.step": np.ones(1, np.float32)}
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
