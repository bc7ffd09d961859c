"""The auxiliary classifier, the two yardsticks, and attributes."""

import numpy as np
import pytest
import torch

from ahash_desktop.training.losses.adsh import adsh_loss
from ahash_desktop.training.losses.attributes import assign_attributes, attribute_loss
from ahash_desktop.training.losses.classifier import AuxiliaryClassifier
from ahash_desktop.training.losses.orthohash import ortho_hash_loss, orthogonal_targets


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def slow_cross_entropy(logits, labels, smoothing=0.0):
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        log_shares = row - np.log(np.exp(row).sum())
        total -= (1 - smoothing) * log_shares[label] + smoothing * log_shares.mean()
    return total / len(logits)


@pytest.mark.parametrize("normalised", [True, False])
def test_the_classifier_is_a_smoothed_cross_entropy(batch, normalised):
    torch.manual_seed(0)
    classifier = AuxiliaryClassifier(5, 3, 7.0, normalised, 0.1).double()
    weight, u = classifier.weight.detach().numpy(), batch.u.numpy()
    logits = 7.0 * unit(u) @ unit(weight).T if normalised else u @ weight.T
    expected = slow_cross_entropy(logits, batch.labels.numpy(), 0.1)
    assert classifier(batch.u, batch.labels).item() == pytest.approx(expected)


def test_orthohash_is_a_cross_entropy_over_cosines_with_a_margin(batch):
    targets = orthogonal_targets(3, 5, seed=1).double()
    cosines = unit(batch.u.numpy()) @ unit(targets.numpy()).T
    for row, label in enumerate(batch.labels):
        cosines[row, label] -= 0.2
    expected = slow_cross_entropy(8 * cosines, batch.labels.numpy())
    loss = ortho_hash_loss(batch.u, batch.labels, targets, 8.0, 0.2)
    assert float(loss) == pytest.approx(expected)


def test_the_targets_of_many_classes_are_nearly_orthogonal():
    targets = orthogonal_targets(200, 512, seed=0)
    assert torch.equal(targets, orthogonal_targets(200, 512, seed=0))
    assert not torch.equal(targets, orthogonal_targets(200, 512, seed=1))
    cosines = (targets @ targets.T / 512).fill_diagonal_(0)
    assert cosines.abs().max() < 0.25
    assert cosines.mean().abs() < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_no_two_classes_share_a_target_while_there_are_enough(seed):
    assert len(orthogonal_targets(100, 12, seed).unique(dim=0)) == 100
    assert len(orthogonal_targets(16, 4, seed).unique(dim=0)) == 16
    assert orthogonal_targets(9, 3, seed).shape == (9, 3)


def test_adsh_is_that_of_a_loop(batch):
    own = batch.z[:6]
    u, z, k = batch.u.numpy(), batch.z.numpy(), 5
    pairs = np.mean(
        [
            (u[i] @ z[j] / k - (1 if batch.same[i, j] else -1)) ** 2
            for i in range(len(u))
            for j in range(len(z))
        ]
    )
    follows = np.mean([np.sum((own.numpy()[i] - u[i]) ** 2) for i in range(len(u))])
    expected = pairs + 3.0 / (len(z) * k**2) * follows
    assert float(adsh_loss(batch.u, batch.z, batch.same, own, 3.0)) == pytest.approx(expected)


def test_the_gradients_are_right(batch):
    u = batch.u.requires_grad_()
    classifier = AuxiliaryClassifier(5, 3, 7.0, True, 0.1).double()
    targets = orthogonal_targets(3, 5, seed=1).double()
    for loss in (
        lambda u: classifier(u, batch.labels),
        lambda u: ortho_hash_loss(u, batch.labels, targets, 8.0, 0.2),
        lambda u: adsh_loss(u, batch.z, batch.same, batch.z[:6], 3.0),
        lambda u: attribute_loss(u, (batch.z[:6] + 1) / 2),
    ):
        assert torch.autograd.gradcheck(loss, (u,))


def test_attributes_go_to_the_bits_that_know_them():
    generator = torch.Generator().manual_seed(0)
    attributes = (torch.rand(300, 6, generator=generator) > 0.5).float()
    activations = 0.1 * torch.randn(300, 8, generator=generator)
    activations[:, 5] += attributes[:, 2] - 0.5
    activations[:, 1] -= 0.5 * (attributes[:, 4] - 0.5)
    bits, chosen = assign_attributes(activations, attributes, 2)
    assert bits.tolist() == [5, 1]
    assert chosen.tolist() == [2, 4]


def test_rare_and_repeated_attributes_are_not_given_to_bits():
    generator = torch.Generator().manual_seed(0)
    common = (torch.rand(200, 1, generator=generator) > 0.5).float()
    rare = torch.zeros(200, 1)
    rare[:5] = 1
    activations = torch.cat([common - 0.5, rare - 0.5], 1) + 0.01
    bits, chosen = assign_attributes(activations, torch.cat([common, common, rare], 1), 5)
    assert len(bits) == 1
    assert chosen.item() in (0, 1)


def test_attribute_loss_is_that_of_a_loop(batch):
    present = (batch.z[:6] + 1) / 2
    present[:, 3] = 1
    u = batch.u.numpy()
    by_bit = [
        np.mean(
            [
                np.log1p(np.exp(u[j, bit] - u[i, bit]))
                for i in range(6)
                for j in range(6)
                if present[i, bit] and not present[j, bit]
            ]
        )
        for bit in range(5)
        if 0 < present[:, bit].sum() < 6
    ]
    assert float(attribute_loss(batch.u, present)) == pytest.approx(np.mean(by_bit))


def test_attributes_that_all_photos_have_cost_nothing(batch):
    assert float(attribute_loss(batch.u, torch.ones_like(batch.u))) == 0
