"""The local attention of the patent: M maps over the shared features."""

from itertools import pairwise

from torch import Tensor, nn


class LocalAttention(nn.Module):
    """M attention maps `A = φ(X)` by three bottlenecks of conv, BN and ReLU.

    Source: patent claim 2, local attention modules; widths C → C/4 → C/16 → M as in the A²-Net
    paper (NeurIPS 2021).

    Args:
        n_channels: Channels C of X.
        n_local: How many maps, M.
    """

    def __init__(self, n_channels: int, n_local: int) -> None:
        super().__init__()
        widths = (n_channels, max(n_channels // 4, 16), max(n_channels // 16, 8), n_local)
        self.bottlenecks = nn.Sequential(
            *(_bottleneck(wide, slim) for wide, slim in pairwise(widths))
        )

    def forward(self, shared: Tensor) -> Tensor:
        """The maps.

        Args:
            shared: float (n, C, h, w).

        Returns:
            float (n, M, h, w), >= 0.
        """
        maps: Tensor = self.bottlenecks(shared)
        return maps


def _bottleneck(wide: int, slim: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(wide, slim, 1, bias=False),
        nn.BatchNorm2d(slim),
        nn.ReLU(),
        nn.Conv2d(slim, slim, 3, padding=1, bias=False),
        nn.BatchNorm2d(slim),
        nn.ReLU(),
    )
