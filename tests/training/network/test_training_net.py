"""The network while it learns, and what it folds into."""

from dataclasses import replace

import pytest
import torch

from ahash_desktop.hashing.encoder import load_network
from ahash_desktop.training.ask.recipes import BALANCED, FRONT, NOTHING, TRUNK
from ahash_desktop.training.network.training_net import TrainableNet


@pytest.fixture
def net(tiny_base):
    torch.manual_seed(0)
    return TrainableNet(load_network(tiny_base)[1], BALANCED)


def test_folding_keeps_every_activation(net):
    pictures = torch.randn(6, 3, 64, 64)
    net.eval()
    net.calibrate(net.net.features(pictures) @ net.net.projection.weight.T)
    with torch.no_grad():
        expected = net(pictures).activations
        folded = net.fold()
        found = torch.tanh(folded.logits(folded.features(pictures)))
    assert torch.allclose(found, expected, atol=1e-4)


def test_calibrated_bits_are_on_for_half_of_the_photos(net):
    raw = torch.randn(400, 16) * 7 + 3
    net.calibrate(raw)
    net.eval()
    assert (net.norm(raw) > 0).float().mean(dim=0).sub(0.5).abs().max() < 0.1


@pytest.mark.parametrize("what", [TRUNK, FRONT, NOTHING])
def test_what_is_frozen_neither_learns_nor_counts(net, what):
    net.train()
    net.freeze(what)
    before = {name: value.clone() for name, value in net.net.trunk.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
    net(torch.randn(4, 3, 64, 64)).activations.square().mean().backward()
    optimiser.step()
    changed = [
        name
        for name, value in net.net.trunk.state_dict().items()
        if not torch.equal(value, before[name])
    ]
    rests = [name for name in before if name not in changed]
    assert bool(changed) == (what != TRUNK)
    if what == FRONT:
        assert any("running_mean" in name for name in rests)
        assert any("running_mean" in name for name in changed)


def test_one_pass_from_the_trunks_features_is_one_from_the_picture(net):
    net.eval()
    pictures = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        whole = net(pictures)
        shared = net(net.net.trunk(pictures), is_shared=True)
    assert torch.allclose(whole.activations, shared.activations)


def test_bits_are_left_as_they_are_without_normalisation(tiny_base):
    net = TrainableNet(load_network(tiny_base)[1], replace(BALANCED, normalise_bits=False))
    net.eval()
    assert net.norm is None
    assert torch.equal(net.fold().thresholds, torch.zeros(16))


def test_fitted_bits_read_the_global_branch_alone(tiny_base):
    net = TrainableNet(load_network(tiny_base)[1], BALANCED).eval()
    width = net.net.n_branch_features
    weight, mean = torch.randn(16, width), torch.rand(width)
    bits = torch.arange(16) % 3 > 0
    before = net.net.projection.weight.clone()
    net.fit_bits(bits, weight, mean)
    with torch.no_grad():
        outputs = net(torch.randn(2, 3, 64, 64))
    expected = (outputs.features[:, -width:] - mean) @ weight.T * BALANCED.steepness
    assert torch.allclose(outputs.logits[:, bits], expected[:, bits], rtol=1e-3, atol=1e-3)
    assert torch.equal(net.net.projection.weight[~bits], before[~bits])
