"""Quantisation: activations close to the bits they become, or to the codes they have."""

from torch import Tensor


def quantisation_loss(u: Tensor) -> Tensor:
    """The mean of `(|u| − 1)²` over photos and bits.

    Source: DHN, Zhu et al. (AAAI 2016), https://doi.org/10.1609/aaai.v30i1.10235.

    Args:
        u: Activations, float (n, k) in −1 … 1.

    Example:
        >>> import torch
        >>> float(quantisation_loss(torch.tensor([[1.0, -1.0], [0.0, 1.0]])))
        0.25
    """
    return (u.abs() - 1).square().mean()


def own_code_loss(u: Tensor, own: Tensor, n_codes: int, gamma: float) -> Tensor:
    """`γ Σ_i ‖z_i − u_i‖²` in the units of the pairwise loss: over k², n and the database's size.

    ADSH (https://arxiv.org/abs/1707.08325) and A²-Net, with γ = 200: activations follow the free
    codes that their photos have.

    Args:
        u: Activations of the queries, float (n, k).
        own: Their codes, float (n, k), ±1.
        n_codes: How many codes the database has.
        gamma: γ.

    Example:
        >>> import torch
        >>> u, own = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 1.0]])
        >>> float(own_code_loss(u, own, n_codes=10, gamma=200.0))
        5.0
    """
    return gamma / (n_codes * u.shape[1] ** 2) * (own - u).square().sum(dim=1).mean()
