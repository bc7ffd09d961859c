"""Small random activations, codes and labels."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """n queries against m photos, k bits, d features, C classes, in float64."""

    u: Tensor
    z: Tensor
    same: Tensor
    labels: Tensor
    x: Tensor
    weight: Tensor


@pytest.fixture
def batch() -> Batch:
    generator = torch.Generator().manual_seed(0)
    n, m, k, d = 6, 9, 5, 8
    labels = torch.randint(0, 3, (n,), generator=generator)
    known = torch.randint(0, 3, (m,), generator=generator)
    return Batch(
        u=torch.rand(n, k, generator=generator, dtype=torch.float64) * 2 - 1,
        z=torch.randint(0, 2, (m, k), generator=generator).double() * 2 - 1,
        same=labels[:, None] == known,
        labels=labels,
        x=torch.randn(n, d, generator=generator, dtype=torch.float64),
        weight=torch.randn(k, d, generator=generator, dtype=torch.float64),
    )
