import torch
from torch import Tensor
from torch.nn import functional as F


def orthogonal_targets(n_classes: int, n_bits: int, seed: int) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    return torch.randint(0, 2, (n_classes, n_bits), generator=g).float() * 2 - 1


def ortho_hash_loss(
    logits: Tensor, labels: Tensor, targets: Tensor, scale: float, margin: float
) -> Tensor:
    cos = F.normalize(logits) @ F.normalize(targets).T
    cos = cos - margin * F.one_hot(labels, len(targets))
    return F.cross_entropy(scale * cos, labels)
