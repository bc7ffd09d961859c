"""The reconstruction of the features from the code, through the transpose of W."""

from torch import Tensor


def reconstruction_loss(x: Tensor, u: Tensor, weight: Tensor, *, stop_gradient: bool) -> Tensor:
    """L_r of claim 3, `‖x − Wᵀ u‖²`, as a mean over photos and features.

    As in A²-Net (Wei et al., NeurIPS 2021, extended in https://arxiv.org/abs/2311.12894).

    Args:
        x: Features, float (n, d).
        u: Activations, float (n, k).
        weight: W, float (k, d).
        stop_gradient: Whether x is taken as given. Without, the cheapest way to a small loss is
            small features.

    Example:
        >>> import torch
        >>> x, u, weight = torch.ones(1, 2), torch.ones(1, 1), torch.ones(1, 2)
        >>> float(reconstruction_loss(x, u, weight, stop_gradient=True))
        0.0
    """
    target = x.detach() if stop_gradient else x
    return (target - u @ weight).square().mean()
