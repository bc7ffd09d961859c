"""Guided bits: part of them tied to given attributes, so that they mean something."""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional

_LEAST_SHARE = 0.08
_MOST_ALIKE = 0.9


@torch.no_grad()
def assign_attributes(
    activations: Tensor, attributes: Tensor, n_guided: int
) -> tuple[Tensor, Tensor]:
    """Which bits are tied to which attributes: the pairs that correlate most, each used once.

    Attributes that fewer than 8 % or more than 92 % of the photos have are left out, and of two
    that say nearly the same (|r| ≥ 0.9) the one that fits a bit worse. The rest is matched by the
    Hungarian method on |r| (Kuhn 1955, https://doi.org/10.1002/nav.3800020109); the best `n_guided`
    pairs stay.

    Args:
        activations: float (n, k).
        attributes: 1 where a photo has one, else 0: float (n, n_attributes).
        n_guided: How many bits at most.

    Returns:
        Bits and attributes, both int64 (at most n_guided,), best pair first.

    Example:
        >>> red = torch.tensor([1.0, 0.0, 1.0, 0.0])
        >>> activations = torch.stack([torch.tensor([0.3, 0.4, 0.1, 0.2]), red], dim=1)
        >>> assign_attributes(activations, red[:, None], n_guided=1)
        (tensor([1]), tensor([0]))
    """
    share = attributes.mean(dim=0)
    usable = ((share > _LEAST_SHARE) & (share < 1 - _LEAST_SHARE)).nonzero()[:, 0]
    standard = _standardised(attributes[:, usable])
    fit = (_standardised(activations).T @ standard).abs()
    distinct = _distinct(fit.amax(dim=0), (standard.T @ standard).abs())
    fit = fit[:, distinct]
    rows, columns = (torch.as_tensor(part) for part in linear_sum_assignment(-fit.cpu().numpy()))
    best = fit.cpu()[rows, columns].argsort(descending=True)[:n_guided]
    return rows[best], usable.cpu()[distinct.cpu()[columns[best]]]


def attribute_loss(logits: Tensor, attributes: Tensor) -> Tensor:
    """`log(1 + exp(−(v_i − v_j)))` over photos i that have a bit's attribute and j that lack it.

    The mean over the pairs of each bit, then over the bits. It bounds one less the area under the
    ROC curve, by which a bit's meaning is judged, and leaves it to the other terms where the bit's
    threshold lies. Bits whose attribute no photo of the batch has, or every one, are left out. The
    logistic loss of pairs is that of RankNet (Burges et al. 2005,
    https://doi.org/10.1145/1102351.1102363).

    Args:
        logits: Of the guided bits before the tanh, float (n, m).
        attributes: 1 where a photo has the bit's attribute, else 0: float (n, m).

    Example:
        >>> is_red = torch.tensor([[1.0], [0.0]])
        >>> told = attribute_loss(torch.tensor([[3.0], [-3.0]]), is_red)
        >>> mixed_up = attribute_loss(torch.tensor([[-3.0], [3.0]]), is_red)
        >>> bool(told < mixed_up)
        True
    """
    pairs = attributes[:, None] * (1 - attributes)
    margins = logits[:, None] - logits
    n_pairs = pairs.sum(dim=(0, 1))
    by_bit = (pairs * functional.softplus(-margins)).sum(dim=(0, 1)) / n_pairs.clamp_min(1)
    mean: Tensor = by_bit.sum() / (n_pairs > 0).sum().clamp_min(1)
    return mean


def _standardised(values: Tensor) -> Tensor:
    """Columns of mean 0 and length 1, so that products are correlations; constant ones are 0."""
    centred = values - values.mean(dim=0)
    standard: Tensor = centred / centred.norm(dim=0).clamp_min(1e-6)
    return standard


def _distinct(fit: Tensor, alike: Tensor) -> Tensor:
    """Columns no two of which are alike, those that fit best first: int64."""
    kept: list[int] = []
    for column in fit.argsort(descending=True).tolist():
        if not kept or float(alike[column, kept].max()) < _MOST_ALIKE:
            kept.append(column)
    return torch.tensor(kept, dtype=torch.long, device=fit.device)
