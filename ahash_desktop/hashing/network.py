"""The attribute-aware hashing network of the patent."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ahash_desktop.hashing.attention import LocalAttention
from ahash_desktop.hashing.backbone import Backbone


class AttentionHashNet(nn.Module):
    """Local and global attribute features, and one linear hash layer over them.

    With `X = Φ(I)` and `A = φ(X)`: `F_m = R_loc(A_m ⊙ X)` for m = 1 … M with one shared R_loc,
    `F_g = R_glob(X)`, `x = [GAP F_1; …; GAP F_M; GAP F_g] ∈ R^d`, `v = W x` without a bias,
    `u = tanh(v − t)`, `b = sign(u)`. Source: patent claims 1 to 3 (the thresholds t, one a bit,
    are the folded normalisation of v, see docs; t = 0 is the patent's).

    Args:
        backbone: Φ is its trunk; R_loc and R_glob start as copies of its later stages.
        n_local: M; 0 leaves out attention and R_loc.
        n_bits: k.
        local_refine: "full": R_loc is a copy like R_glob; "slim": of each stage it has the first
            block only, which takes half the time and parameters.
    """

    def __init__(
        self, backbone: Backbone, n_local: int, n_bits: int, local_refine: str = "full"
    ) -> None:
        super().__init__()
        self.n_local = n_local
        self.n_bits = n_bits
        self.n_branch_features = backbone.n_features
        self.n_features = (n_local + 1) * backbone.n_features
        self.trunk = backbone.trunk
        self.attention = LocalAttention(backbone.n_channels, n_local) if n_local else None
        new_local = backbone.new_slim_refine if local_refine == "slim" else backbone.new_refine
        self.refine_local = new_local() if n_local else None
        self.refine_global = backbone.new_refine()
        self.projection = nn.Linear(self.n_features, n_bits, bias=False)
        self.thresholds: Tensor
        self.register_buffer("thresholds", torch.zeros(n_bits), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """The relaxed code u.

        Args:
            images: float (n, 3, H, W), normalised.

        Returns:
            float32 (n, k) in -1 … 1.
        """
        return torch.tanh(self.logits(self.features(images)))

    def features(self, images: Tensor) -> Tensor:
        """The pooled features x.

        Args:
            images: float (n, 3, H, W), normalised.

        Returns:
            float32 (n, d): M local parts, then the global one.
        """
        return pool(self.feature_maps(images))

    def feature_maps(self, images: Tensor) -> Tensor:
        """The features before pooling.

        Args:
            images: float (n, 3, H, W), normalised.

        Returns:
            float (n, M + 1, D, h, w): F_1 … F_M, then F_g; D = d / (M + 1).
        """
        return self.branch_maps(self.trunk(images))

    def branch_maps(self, shared: Tensor, attention: Tensor | None = None) -> Tensor:
        """The features before pooling, from what the trunk made.

        Args:
            shared: X, float (n, C, H', W').
            attention: A of it, if it is known already, float (n, M, H', W').

        Returns:
            float (n, M + 1, D, h, w), as `feature_maps`.
        """
        whole: Tensor = self.refine_global(shared).unsqueeze(1)
        if self.attention is None or self.refine_local is None:
            return whole
        maps = self.attention(shared) if attention is None else attention
        attended = (maps.unsqueeze(2) * shared.unsqueeze(1)).flatten(0, 1)
        attended = attended.contiguous(memory_format=torch.channels_last)
        refined: Tensor = self.refine_local(attended)
        local = refined.reshape(*maps.shape[:2], *refined.shape[1:])
        return torch.cat([local, whole], dim=1)

    def logits(self, features: Tensor) -> Tensor:
        """`W x − t` in float32, whatever the rest computes in.

        Args:
            features: x, float (n, d).

        Returns:
            float32 (n, k).
        """
        weight = self.projection.weight.float()
        return nn.functional.linear(features.float(), weight) - self.thresholds.float()


def pool(maps: Tensor) -> Tensor:
    """Global average pooling in float32.

    Args:
        maps: float (n, branches, D, h, w).

    Returns:
        float32 (n, branches · D).
    """
    return maps.float().mean(dim=(3, 4)).flatten(1)


def export_weights(net: AttentionHashNet, *, half: bool = True) -> dict[str, NDArray[Any]]:
    """The arrays a bundle keeps of a network.

    Args:
        net: The network.
        half: Whether to round to float16; W and what float16 cannot hold stay float32.

    Returns:
        Name to float16 or float32 array. The thresholds are not among them: they belong to the
        bundle's description. `load_weights` takes it back.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for name, tensor in net.state_dict().items():
        if not tensor.is_floating_point():
            continue
        exact = tensor.detach().float().cpu().contiguous().numpy()
        with np.errstate(over="ignore"):
            rounded = exact.astype(np.float16)
        keep_exact = not half or name.startswith("projection.") or not np.isfinite(rounded).all()
        arrays[name] = exact if keep_exact else rounded
    return arrays


def pretrained_arrays(net: AttentionHashNet) -> dict[str, NDArray[np.float32]]:
    """What a new network has from its backbone, by the names of its weights."""
    return {
        name: tensor.detach().float().cpu().numpy().copy()
        for name, tensor in net.state_dict().items()
        if tensor.is_floating_point() and not name.startswith(("projection.", "attention."))
    }


def load_weights(net: AttentionHashNet, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Takes over what `export_weights` gave; the network computes in float32 afterwards.

    Raises:
        ValueError: If a name is missing or unknown, or a shape differs; the network is then
            unchanged.
    """
    for name, mine in check_shapes(net, arrays).items():
        mine.copy_(torch.from_numpy(arrays[name].astype(np.float32)))


def check_shapes(net: AttentionHashNet, arrays: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    """The network's own weights, each of which has an array of its name and shape.

    Raises:
        ValueError: If a name is missing or unknown, or a shape differs.
    """
    own = {name: mine for name, mine in net.state_dict().items() if mine.is_floating_point()}
    different = sorted(own.keys() ^ arrays.keys())
    if different:
        raise ValueError(f"{different[0]!r} is on one side only")
    for name, mine in own.items():
        if tuple(mine.shape) != arrays[name].shape:
            raise ValueError(f"{name!r} is {arrays[name].shape}, not {tuple(mine.shape)}")
    return own
