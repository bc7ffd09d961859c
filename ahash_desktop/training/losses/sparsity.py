"""Sparsity: a bit that reads few branches of the network says where it looked."""

from torch import Tensor


def group_sparsity_loss(weight: Tensor, n_branches: int) -> Tensor:
    """The mean of `‖n_t‖₁² / (M + 1) ‖n_t‖₂²` over the bits, n_t being bit t's norms a branch.

    1 for a bit that reads all branches alike, `1/(M + 1)` for one that reads a single branch
    (group sparsity by the ratio of norms, Hoyer 2004, https://jmlr.org/papers/v5/hoyer04a.html; it
    does not change with W's scale).

    Args:
        weight: W, float (k, d), its columns branch after branch.
        n_branches: M + 1.

    Example:
        >>> import torch
        >>> reads_one, reads_both = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 1.0]])
        >>> float(group_sparsity_loss(reads_one, 2)), float(group_sparsity_loss(reads_both, 2))
        (0.5, 1.0)
    """
    norms = weight.reshape(len(weight), n_branches, -1).norm(dim=2)
    squares = norms.square().sum(dim=1).clamp_min(1e-12)
    shares: Tensor = norms.sum(dim=1).square() / (n_branches * squares)
    return shares.mean()
