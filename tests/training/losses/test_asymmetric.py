import pytest
import torch

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.losses.asymmetric import asymmetric_pair_loss


def slow_loss(u, z, same, weighting):
    n, k = u.shape
    pairs = [(i, j) for i in range(n) for j in range(len(z))]
    n_similar = sum(bool(same[i, j]) for i, j in pairs)
    n_other = len(pairs) - n_similar
    total = 0.0
    for i, j in pairs:
        product = sum(float(u[i, t]) * float(z[j, t]) for t in range(k))
        if weighting == "paper":
            wanted = k if same[i, j] else -k * n_similar / n_other
            total += (product - wanted) ** 2 / k**2 / len(pairs)
        elif same[i, j]:
            total += (product - k) ** 2 / k**2 / n_similar / 2
        else:
            total += (product + k) ** 2 / k**2 / n_other / 2
    return total


@pytest.mark.parametrize("weighting", ["paper", "balanced"])
def test_the_loss_is_that_of_a_loop_over_the_pairs(batch, weighting):
    loss = asymmetric_pair_loss(batch.u, batch.z, batch.same, weighting)
    assert float(loss) == pytest.approx(slow_loss(batch.u, batch.z, batch.same, weighting))


@pytest.mark.parametrize("weighting", ["paper", "balanced"])
def test_its_gradient_is_right(batch, weighting):
    u = batch.u.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda u: asymmetric_pair_loss(u, batch.z, batch.same, weighting), (u,)
    )


def best_length(weighting, n_classes, k):
    """|α| of the best u = α z for one class among many with far-apart random codes."""
    generator = torch.Generator().manual_seed(1)
    z = torch.randint(0, 2, (n_classes, k), generator=generator).double() * 2 - 1
    same = torch.zeros(1, n_classes, dtype=torch.bool)
    same[0, 0] = True
    u = (z[:1] * 0.5).requires_grad_()
    optimiser = torch.optim.LBFGS([u], max_iter=200, tolerance_grad=1e-12)

    def step():
        optimiser.zero_grad()
        loss = asymmetric_pair_loss(u, z, same, weighting)
        loss.backward()
        return loss

    optimiser.step(step)
    return float((u.detach() @ z[0]) / k)


@pytest.mark.parametrize("k", [12, 48])
def test_the_published_weighting_makes_activations_vanish_with_many_classes(k):
    n_classes = 2000
    share = 1 / (n_classes - 1)
    expected = k * share / (1 + k * share)
    assert best_length("paper", n_classes, k) == pytest.approx(expected, rel=0.35)
    assert best_length("paper", n_classes, k) < 0.05
    assert best_length("balanced", n_classes, k) > 0.8


def test_a_batch_of_one_class_only_or_of_strangers_has_a_finite_loss(batch):
    for same in (torch.ones_like(batch.same), torch.zeros_like(batch.same)):
        for weighting in ("paper", "balanced"):
            assert torch.isfinite(asymmetric_pair_loss(batch.u, batch.z, same, weighting))


def test_an_unknown_weighting_is_refused(batch):
    with pytest.raises(UserFacingError, match="paper or balanced"):
        asymmetric_pair_loss(batch.u, batch.z, batch.same, "fair")
