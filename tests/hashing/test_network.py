"""The network against the patent's formulas, written out slowly."""

import numpy as np
import pytest
import torch

from ahash_desktop.hashing.network import export_weights, load_weights, pool


@pytest.fixture
def images():
    return torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(2)) * 2 - 1


@pytest.mark.parametrize("n_local", [0, 1, 3])
def test_features_are_the_pooled_local_parts_then_the_global_one(tiny_net, images, n_local):
    net = tiny_net(n_local)
    with torch.inference_mode():
        shared = net.trunk(images)
        parts = []
        for m in range(n_local):
            attention = net.attention(shared)[:, m : m + 1]
            assert (attention >= 0).all()
            parts.append(net.refine_local(attention * shared).mean(dim=(2, 3)))
        parts.append(net.refine_global(shared).mean(dim=(2, 3)))
        expected = torch.cat(parts, dim=1)
        torch.testing.assert_close(net.features(images), expected, rtol=1e-4, atol=1e-5)
    assert expected.shape[1] == net.n_features


def test_the_code_is_the_sign_of_the_projection_beyond_its_thresholds(tiny_net, images):
    net = tiny_net(2)
    net.thresholds.copy_(torch.linspace(-1, 1, 12))
    with torch.inference_mode():
        x = net.features(images).double()
        v = x @ net.projection.weight.double().T
        u = torch.tanh(v - net.thresholds.double())
        torch.testing.assert_close(net(images), u.float(), rtol=1e-4, atol=1e-5)
    assert net.projection.bias is None


def test_one_local_part_serves_all_maps(tiny_net):
    names = [name for name, _ in tiny_net(3).named_parameters() if name.startswith("refine_local")]
    assert len(names) == len({name.removeprefix("refine_local") for name in names}) > 0
    assert tiny_net(0).attention is None
    assert tiny_net(0).refine_local is None


def test_pooling_is_done_in_float32():
    maps = torch.full((1, 1, 2, 7, 7), 0.1).to(torch.bfloat16)
    assert pool(maps).dtype == torch.float32


def test_exported_weights_come_back_the_same(tiny_net, images):
    net, other = tiny_net(2, seed=1), tiny_net(2, seed=2)
    arrays = export_weights(net)
    load_weights(net, arrays)
    load_weights(other, arrays)
    with torch.inference_mode():
        assert torch.equal(net(images), other(images))
    assert arrays["projection.weight"].dtype == np.float32
    assert {array.dtype for array in arrays.values()} == {np.dtype("f2"), np.dtype("f4")}
    assert "thresholds" not in arrays


def test_what_float16_cannot_hold_stays_float32(tiny_net):
    net = tiny_net()
    name = "trunk.bn1.running_var"
    net.get_buffer(name)[0] = 1e6
    assert export_weights(net)[name].dtype == np.float32


def test_weights_of_another_network_are_refused_and_nothing_is_loaded(tiny_net):
    net = tiny_net()
    before = export_weights(net, half=False)
    arrays = export_weights(tiny_net(seed=5), half=False)
    wrong_shape = {**arrays, "projection.weight": np.ones((3, 4), np.float32)}
    for wrong in (wrong_shape, {**arrays, "extra": np.ones(1, np.float32)}):
        with pytest.raises(ValueError, match=r"projection|extra"):
            load_weights(net, wrong)
    after = export_weights(net, half=False)
    assert all(np.array_equal(before[name], after[name]) for name in before)
