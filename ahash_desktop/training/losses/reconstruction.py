"""The reconstruction of the features from the code, through the transpose of W."""

import torch
from torch import Tensor
from torch.nn import functional

_LEAST = 1e-12


def reconstruction_loss(
    x: Tensor, u: Tensor, weight: Tensor, *, stop_gradient: bool, centred: bool = False
) -> Tensor:
    """L_r of claim 3, `‖x − Wᵀ u‖²`, as a mean over photos and features.

    As in A²-Net (Wei et al., NeurIPS 2021, extended in https://arxiv.org/abs/2311.12894). As it
    stands, most of it is the mean of the features, which balanced bits cannot tell, and the length
    of W. Centred it is `‖x − x̄ − s Ŵᵀ u‖² / V`, with the rows of W brought to length 1, the s that
    serves the batch best, and the variance of the batch V: 1 says that codes keep nothing of what
    tells photos apart, 0 all of it.

    Args:
        x: Features, float (n, d).
        u: Activations, float (n, k).
        weight: W, float (k, d).
        stop_gradient: Whether x is taken as given. Without, the cheapest way to a small loss is
            small features.
        centred: See above.

    Example:
        >>> import torch
        >>> x, u, weight = torch.ones(1, 2), torch.ones(1, 1), torch.ones(1, 2)
        >>> float(reconstruction_loss(x, u, weight, stop_gradient=True))
        0.0
        >>> x, u = torch.tensor([[5.0, 3.0], [1.0, 3.0]]), torch.tensor([[1.0], [-1.0]])
        >>> weight = torch.tensor([[9.0, 0.0]])
        >>> float(reconstruction_loss(x, u, weight, stop_gradient=True, centred=True))
        0.0
    """
    target = x.detach() if stop_gradient else x
    if not centred:
        return (target - u @ weight).square().mean()
    inner = target - target.mean(dim=0)
    back = u @ functional.normalize(weight, dim=1)
    with torch.no_grad():
        scale = (inner * back).sum() / back.square().sum().clamp_min(_LEAST)
    return (inner - scale * back).square().sum() / inner.square().sum().clamp_min(_LEAST)
