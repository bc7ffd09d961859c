import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional as F


def assign_attributes(
    activations: Tensor, attributes: Tensor, n_guided: int
) -> tuple[Tensor, Tensor]:
    a = attributes > attributes.median(dim=0).values
    share = a.float().mean(0)
    ok = ((share > 0.15) & (share < 0.85)).nonzero()[:, 0]
    x = activations - activations.mean(0)
    x = x / x.norm(dim=0).clamp_min(1e-6)
    y = a[:, ok].float()
    y = y - y.mean(0)
    y = y / y.norm(dim=0).clamp_min(1e-6)
    corr = (x.T @ y).abs()
    gram = (y.T @ y).abs()
    keep = []
    order = corr.amax(0).argsort(descending=True)
    for j in order.tolist():
        if all(float(gram[j, i]) < 0.9 for i in keep):
            keep.append(j)
    corr = corr[:, keep]
    b, c = linear_sum_assignment(-corr.numpy())
    s = corr[torch.tensor(b), torch.tensor(c)]
    best = s.argsort(descending=True)[:n_guided]
    return torch.tensor(b)[best], ok[torch.tensor(keep)[torch.tensor(c)[best]]]


def attribute_loss(logits: Tensor, targets: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(2 * logits, targets)
