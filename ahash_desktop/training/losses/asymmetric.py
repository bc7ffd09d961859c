"""The asymmetric pairwise hash loss: query activations against database codes."""

from torch import Tensor

from ahash_desktop.core.errors import UserFacingError

PAPER = "paper"
BALANCED = "balanced"


def asymmetric_pair_loss(u: Tensor, database: Tensor, same: Tensor, weighting: str) -> Tensor:
    """L_h of claim 3, `Σ_i Σ_j (u_iᵀ z_j − k S_ij)²`, in units of k² and as a mean.

    With "paper" all pairs weigh the same and a pair of two classes has `S = −N⁺/N⁻`, as in A²-Net.
    Its optimum is `u = α z` with `α = kρ/(1 + kρ)` for a share ρ of similar pairs: with many
    classes the activations nearly vanish. With "balanced" `S = ±1` and similar pairs weigh as much
    as all the others together, which puts the optimum near |u| = 1 at every k. A²-Net: Wei et al.
    (NeurIPS 2021), extended in https://arxiv.org/abs/2311.12894.

    Args:
        u: Activations, float (n, k) in −1 … 1.
        database: Codes z, float (m, k), ±1.
        same: Which pairs are of one class, bool (n, m).
        weighting: "paper" or "balanced".

    Returns:
        A scalar; 0 if every product is what S asks for.

    Raises:
        UserFacingError: If there is no such weighting.

    Example:
        >>> import torch
        >>> database = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
        >>> same = torch.tensor([[True, False]])
        >>> float(asymmetric_pair_loss(database[:1], database, same, BALANCED))
        0.0
        >>> float(asymmetric_pair_loss(database[1:], database, same, BALANCED))
        4.0
    """
    similarity = u @ database.T / u.shape[1]
    similar = same.to(u.dtype)
    other = 1 - similar
    n_similar = similar.sum().clamp_min(1)
    n_other = other.sum().clamp_min(1)
    if weighting == PAPER:
        target = similar - other * (n_similar / n_other)
        return (similarity - target).square().mean()
    if weighting == BALANCED:
        pull = (similar * (similarity - 1).square()).sum() / n_similar
        push = (other * (similarity + 1).square()).sum() / n_other
        return 0.5 * (pull + push)
    raise UserFacingError(
        f"There is no weighting {weighting!r} of pairs", remedy=f"Choose {PAPER} or {BALANCED}"
    )
