"""Reconstruction, decorrelation, quantisation, similarity and sparsity."""

import numpy as np
import pytest
import torch

from ahash_desktop.training.losses.decorrelation import CodeMemory, decorrelation_loss
from ahash_desktop.training.losses.quantisation import own_code_loss, quantisation_loss
from ahash_desktop.training.losses.reconstruction import reconstruction_loss
from ahash_desktop.training.losses.similarity import similarity_loss
from ahash_desktop.training.losses.sparsity import group_sparsity_loss


def test_reconstruction_is_the_mean_squared_error_through_the_transpose(batch):
    x, u, weight = (part.numpy() for part in (batch.x, batch.u, batch.weight))
    expected = np.mean([(x[i] - weight.T @ u[i]) ** 2 for i in range(len(x))])
    loss = reconstruction_loss(batch.x, batch.u, batch.weight, stop_gradient=True)
    assert float(loss) == pytest.approx(expected)


def test_only_the_stop_gradient_keeps_features_from_shrinking(batch):
    x = batch.x.requires_grad_()
    u = batch.u.requires_grad_()
    reconstruction_loss(x, u, batch.weight, stop_gradient=True).backward()
    assert x.grad is None
    assert u.grad.abs().sum() > 0
    reconstruction_loss(x, u, batch.weight, stop_gradient=False).backward()
    assert x.grad.abs().sum() > 0


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("with_memory", [True, False])
def test_decorrelation_is_the_distance_of_the_gram_matrix_from_identity(
    batch, centred, with_memory
):
    memory = batch.z if with_memory else None
    rows = [*batch.u.numpy(), *(batch.z.numpy() if with_memory else [])]
    mean = np.mean(rows, axis=0) if centred else np.zeros(5)
    gram = sum(np.outer(row - mean, row - mean) for row in rows) / len(rows)
    expected = np.sum((gram - np.eye(5)) ** 2) / 25
    assert float(decorrelation_loss(batch.u, memory, centred=centred)) == pytest.approx(expected)


def test_the_gradients_are_right(batch):
    u = batch.u.requires_grad_()
    weight = batch.weight.requires_grad_()
    for loss in (
        lambda u, weight: decorrelation_loss(u, batch.z, centred=True),
        lambda u, weight: quantisation_loss(u) + group_sparsity_loss(weight, 2),
        lambda u, weight: reconstruction_loss(batch.x, u, weight, stop_gradient=True),
        lambda u, weight: similarity_loss(batch.x, u) + 0 * weight.sum(),
    ):
        assert torch.autograd.gradcheck(loss, (u, weight))


def test_a_small_batch_cannot_be_decorrelated_alone():
    k = 32
    hadamard = torch.ones(1, 1, dtype=torch.float64)
    while len(hadamard) < k:
        hadamard = torch.cat(
            [torch.cat([hadamard, hadamard], 1), torch.cat([hadamard, -hadamard], 1)]
        )
    part, rest = hadamard[: k // 2], hadamard[k // 2 :]
    assert float(decorrelation_loss(part, None, centred=False)) > 0.01
    assert float(decorrelation_loss(part, rest, centred=False)) == pytest.approx(0)


def test_the_memory_holds_the_latest_and_forgets_the_oldest():
    memory = CodeMemory(4, 1)
    assert memory.codes().shape == (0, 1)
    memory.add(torch.tensor([[1.0], [2.0], [3.0]]))
    assert memory.codes().flatten().tolist() == [1, 2, 3]
    memory.add(torch.tensor([[4.0], [5.0]]))
    assert sorted(memory.codes().flatten().tolist()) == [2, 3, 4, 5]
    memory.add(torch.arange(10.0, 17.0)[:, None])
    assert sorted(memory.codes().flatten().tolist()) == [13, 14, 15, 16]


def test_what_is_remembered_does_not_change_afterwards():
    memory = CodeMemory(2, 1)
    memory.add(torch.tensor([[1.0]]))
    before = memory.codes()
    memory.add(torch.tensor([[2.0], [3.0]]))
    assert before.tolist() == [[1.0]]


def test_quantisation_is_nothing_for_bits(batch):
    assert float(quantisation_loss(batch.z)) == 0
    expected = np.mean((np.abs(batch.u.numpy()) - 1) ** 2)
    assert float(quantisation_loss(batch.u)) == pytest.approx(expected)


def test_activations_follow_their_own_codes(batch):
    own = batch.z[:6]
    expected = 200 / (50 * 25) * np.mean(np.sum((own - batch.u).numpy() ** 2, axis=1))
    assert float(own_code_loss(batch.u, own, 50, 200.0)) == pytest.approx(expected)
    assert float(own_code_loss(own, own, 50, 200.0)) == 0


def test_a_bit_that_reads_nothing_has_no_share():
    assert float(group_sparsity_loss(torch.zeros(1, 6), 3)) == 0


def test_sparsity_tells_how_many_branches_a_bit_reads():
    one = torch.tensor([[3.0, 4.0, 0.0, 0.0, 0.0, 0.0]])
    all_alike = torch.tensor([[1.0, 0.0, 0.0, 1.0, 1.0, 0.0]])
    assert float(group_sparsity_loss(one, 3)) == pytest.approx(1 / 3)
    assert float(group_sparsity_loss(all_alike, 3)) == pytest.approx(1.0)
    assert float(group_sparsity_loss(7 * one, 3)) == pytest.approx(1 / 3)


def test_similarity_compares_codes_with_features_pair_by_pair(batch):
    x, u = batch.x.numpy(), batch.u.numpy()
    kept = x - x.mean(axis=0)
    apart = [
        (
            u[i] @ u[j] / 5
            - 2 * kept[i] @ kept[j] / np.linalg.norm(kept[i]) / np.linalg.norm(kept[j])
        )
        ** 2
        for i in range(6)
        for j in range(6)
        if i != j
    ]
    assert float(similarity_loss(batch.x, batch.u)) == pytest.approx(np.mean(apart))


def test_similarity_leaves_the_features_alone(batch):
    x, u = batch.x.requires_grad_(), batch.u.requires_grad_()
    similarity_loss(x, u).backward()
    assert x.grad is None
    assert u.grad.abs().sum() > 0


def test_a_single_photo_is_like_nothing(batch):
    assert float(similarity_loss(batch.x[:1], batch.u[:1])) == 0
