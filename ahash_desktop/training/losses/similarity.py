"""Similarity kept: what the features find alike, the codes find alike, whatever its class."""

import torch
from torch import Tensor
from torch.nn import functional

_GAIN = 2.0


def similarity_loss(x: Tensor, u: Tensor) -> Tensor:
    """`(u_i·u_j / k − 2 cos(x_i − x̄, x_j − x̄))²` over the pairs i ≠ j of a batch, as a mean.

    Losses that only know classes let the codes forget what else the features tell, and classes that
    were not learned from mix. Centred cosines of pooled features are small: twice their value makes
    use of what codes can say, and the nearest pairs are drawn together as far as they go. Keeping
    the likeness of pairs while a network changes: Tung and Mori (ICCV 2019),
    https://arxiv.org/abs/1907.09682.

    Args:
        x: Features, float (n, d), taken as given.
        u: Activations, float (n, k).

    Example:
        >>> x = torch.tensor([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0]])
        >>> agreeing, contrary = x[:, :1], torch.tensor([[1.0], [-1.0], [1.0]])
        >>> bool(similarity_loss(x, agreeing) < similarity_loss(x, contrary))
        True
    """
    n = len(u)
    if n < 2:
        return u.sum() * 0
    kept = x.detach()
    kept = functional.normalize(kept - kept.mean(dim=0), dim=1)
    apart = (u @ u.T / u.shape[1] - _GAIN * (kept @ kept.T)).square()
    pairs: Tensor = ~torch.eye(n, dtype=torch.bool, device=u.device)
    mean: Tensor = apart[pairs].mean()
    return mean
