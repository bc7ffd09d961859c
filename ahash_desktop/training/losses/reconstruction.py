"""The reconstruction of the features from the code, through the transpose of W."""

from torch import Tensor


def reconstruction_loss(x: Tensor, u: Tensor, weight: Tensor, *, stop_gradient: bool) -> Tensor:
    """L_r of claim 3, `‖x − Wᵀ u‖²`, as a mean over photos and features.

    Args:
        x: Features, float (n, d).
        u: Activations, float (n, k).
        weight: W, float (k, d).
        stop_gradient: Whether x is taken as given. Without, the cheapest way to a small loss is
            small features.
    """
    target = x.detach() if stop_gradient else x
    return (target - u @ weight).square().mean()
