"""A yardstick: asymmetric deep supervised hashing (ADSH)."""

from torch import Tensor

from ahash_desktop.training.losses.quantisation import own_code_loss


def adsh_loss(u: Tensor, database: Tensor, same: Tensor, own: Tensor, gamma: float) -> Tensor:
    """`Σ_ij (u_iᵀ z_j − k S_ij)² + γ Σ_i ‖z_i − u_i‖²` with S = ±1, in units of k² and as a mean.

    Jiang and Li, Asymmetric deep supervised hashing (AAAI 2018), https://arxiv.org/abs/1707.08325;
    the codes z are updated by `discrete_codes`.

    Args:
        u: Activations of the queries, float (n, k).
        database: Codes, float (m, k), ±1.
        same: Which pairs are of one class, bool (n, m).
        own: The queries' own codes, float (n, k), ±1.
        gamma: γ.

    Example:
        >>> import torch
        >>> database = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
        >>> u = torch.tensor([[0.9, 0.9]])
        >>> same = torch.tensor([[True, False]])
        >>> round(float(adsh_loss(u, database, same, own=database[:1], gamma=0.0)), 4)
        0.01
    """
    n_bits = u.shape[1]
    similarity = same.to(u.dtype) * 2 - 1
    pairs = (u @ database.T / n_bits - similarity).square().mean()
    return pairs + own_code_loss(u, own, len(database), gamma)
