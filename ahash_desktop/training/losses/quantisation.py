"""Quantisation: activations close to the bits they become."""

from torch import Tensor


def quantisation_loss(u: Tensor) -> Tensor:
    """The mean of `(|u| − 1)²` over photos and bits (DHN, Zhu et al. 2016).

    Args:
        u: Activations, float (n, k) in −1 … 1.
    """
    return (u.abs() - 1).square().mean()
