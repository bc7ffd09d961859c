import itertools

import pytest
import torch

from ahash_desktop.training.losses.discrete_codes import update_database_codes


def objective(z, u, rows, similarity, gamma):
    k = u.shape[1]
    return float((u @ z.T - k * similarity).square().sum() + gamma * (z[rows] - u).square().sum())


@pytest.fixture
def similarity(batch):
    return batch.same.double() * 2 - 1


@pytest.mark.parametrize("gamma", [0.0, 1.0, 200.0])
def test_the_objective_never_rises(batch, similarity, gamma):
    rows = torch.arange(len(batch.u))
    z = batch.z
    before = objective(z, batch.u, rows, similarity, gamma)
    for _ in range(5):
        z = update_database_codes(z, batch.u, rows, similarity, gamma)
        after = objective(z, batch.u, rows, similarity, gamma)
        assert after <= before + 1e-9
        before = after
    assert set(z.unique().tolist()) <= {-1.0, 1.0}


def test_no_single_bit_could_be_better_once_it_has_settled(batch, similarity):
    rows = torch.arange(len(batch.u))
    z = batch.z
    for _ in range(20):
        z = update_database_codes(z, batch.u, rows, similarity, 2.0)
    best = objective(z, batch.u, rows, similarity, 2.0)
    for j, t in itertools.product(range(z.shape[0]), range(z.shape[1])):
        other = z.clone()
        other[j, t] *= -1
        assert objective(other, batch.u, rows, similarity, 2.0) >= best - 1e-9


def test_a_bit_that_nothing_argues_about_stays(batch, similarity):
    silent = torch.zeros_like(batch.u)
    z = update_database_codes(batch.z, silent, torch.arange(len(silent)), similarity, 1.0)
    assert torch.equal(z, batch.z)


def test_a_strong_gamma_makes_queries_codes_their_signs(batch, similarity):
    rows = torch.tensor([8, 2, 5, 0, 1, 3])
    z = update_database_codes(batch.z, batch.u, rows, similarity, 1e6)
    assert torch.equal(z[rows], batch.u.sign())
