"""A yardstick: one cosine cross-entropy to a fixed code for each class (OrthoHash)."""

import torch
from torch import Tensor
from torch.nn import functional


def orthogonal_targets(n_classes: int, n_bits: int, seed: int) -> Tensor:
    """A code for each class, drawn bit by bit: float (n_classes, n_bits), ±1.

    Hoe et al. (NeurIPS 2021) draw them so whenever there are more classes than orthogonal codes;
    any two then differ in half of the bits on average. Codes that come twice are drawn again, as
    long as there are enough.

    Args:
        n_classes: How many codes.
        n_bits: k.
        seed: Of the draw.
    """
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(0, 2, (n_classes, n_bits), generator=generator).float() * 2 - 1
    while n_classes <= 2**n_bits:
        _, kind, counts = targets.unique(dim=0, return_inverse=True, return_counts=True)  # type: ignore[no-untyped-call]  # torch's own
        first = torch.tensor([int((kind == code).nonzero()[0]) for code in range(len(counts))])
        again = torch.ones(n_classes, dtype=torch.bool)
        again[first] = False
        n_again = int(again.sum())
        if n_again == 0:
            break
        fresh = torch.randint(0, 2, (n_again, n_bits), generator=generator)
        targets[again] = fresh.float() * 2 - 1
    return targets


def ortho_hash_loss(
    logits: Tensor, labels: Tensor, targets: Tensor, scale: float, margin: float
) -> Tensor:
    """Cross-entropy over the cosines of the logits to each class's code, with a margin.

    `−log exp(s (cos_y − m)) / (exp(s (cos_y − m)) + Σ_{c≠y} exp(s cos_c))`, Hoe et al., One loss
    for all (NeurIPS 2021), https://arxiv.org/abs/2109.14449.

    Args:
        logits: Before the tanh, float (n, k).
        labels: int64 (n,).
        targets: float (n_classes, k), ±1.
        scale: s.
        margin: m.

    Example:
        >>> targets = orthogonal_targets(n_classes=3, n_bits=16, seed=0)
        >>> labels = torch.tensor([0, 1, 2])
        >>> own = ortho_hash_loss(targets, labels, targets, scale=8.0, margin=0.3)
        >>> others = ortho_hash_loss(targets.roll(1, 0), labels, targets, scale=8.0, margin=0.3)
        >>> bool(own < others)
        True
    """
    cosines = functional.normalize(logits) @ functional.normalize(targets).T
    own = functional.one_hot(labels, len(targets)).to(cosines.dtype)
    return functional.cross_entropy(scale * (cosines - margin * own), labels)
