"""The network while it learns: its bits normalised over the batch, folded away at the end."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ahash_desktop.hashing.network import AttentionHashNet, pool
from ahash_desktop.training.ask.recipes import FRONT, NOTHING, TRUNK, Recipe

_FRONT_STRIDE = 8


class Outputs(NamedTuple):
    """What one pass gives.

    `features` x is float32 (n, d), `logits` β v float32 (n, k), `activations` u = tanh of them.
    """

    features: Tensor
    logits: Tensor
    activations: Tensor


class TrainableNet(nn.Module):
    """A hashing network with batch normalisation (no scale, no shift) on its logits.

    `u = tanh(β · BN(W x))`. With the running mean μ and deviation σ, `fold` gives the network that
    the product runs: `W' = β W / σ`, `t' = β μ / σ`.

    Args:
        net: The network.
        recipe: Gives β and whether bits are normalised.
    """

    def __init__(self, net: AttentionHashNet, recipe: Recipe) -> None:
        super().__init__()
        self.net = net
        self.steepness = recipe.steepness
        self.norm = nn.BatchNorm1d(net.n_bits, affine=False) if recipe.normalise_bits else None
        self._frozen: list[nn.Module] = []

    def forward(self, inputs: Tensor, *, is_shared: bool = False) -> Outputs:
        """One pass.

        Args:
            inputs: Pictures float (n, 3, H, W), normalised; or, if `is_shared`, what the trunk
                made of them, float (n, C, h, w).
            is_shared: See above.
        """
        shared = inputs if is_shared else self.net.trunk(inputs)
        features = pool(self.net.branch_maps(shared))
        with torch.autocast(features.device.type, enabled=False):
            logits = nn.functional.linear(features, self.net.projection.weight)
            if self.norm is not None:
                logits = self.norm(logits)
            logits = logits * self.steepness
        return Outputs(features, logits, torch.tanh(logits))

    @torch.no_grad()
    def fit_bits(self, bits: Tensor, weight: Tensor, mean: Tensor) -> None:
        """Gives bits rows of W that read the global branch alone.

        Args:
            bits: Which, bool (k,).
            weight: float (k, d), its logits of unit variance.
            mean: Of the branch's features, float (d,).
        """
        rows = self.net.projection.weight
        rows[bits] = 0
        rows[bits, -weight.shape[1] :] = weight[bits]
        if self.norm is not None:
            centre, variance = _statistics(self.norm)
            centre[bits] = (weight @ mean.to(weight.device))[bits]
            variance[bits] = 1

    def freeze(self, what: str) -> None:
        """Keeps a part from learning, its batch norms included; the rest learns."""
        self.requires_grad_(True)
        trunk = self.net.trunk
        if what == NOTHING:
            self._frozen = []
        elif what == TRUNK:
            self._frozen = [trunk]
        elif what == FRONT:
            self._frozen = _front_of(trunk)
        for module in self._frozen:
            module.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> "TrainableNet":
        """Frozen parts stay in evaluation mode."""
        super().train(mode)
        for module in self._frozen:
            module.eval()
        return self

    @torch.no_grad()
    def calibrate(self, raw_logits: Tensor) -> None:
        """Sets the normalisation to the statistics of photos as the product sees them.

        Args:
            raw_logits: `W x` of training photos in evaluation mode, float32 (n, k), n > 1.
        """
        if self.norm is not None and len(raw_logits) > 1:
            mean, variance = _statistics(self.norm)
            mean.copy_(raw_logits.mean(dim=0))
            variance.copy_(raw_logits.var(dim=0, unbiased=False))

    @torch.no_grad()
    def fold(self, like: Tensor | None = None) -> AttentionHashNet:
        """A copy of the network with normalisation and steepness in W and the thresholds.

        Args:
            like: Logits that each bit shall have mean and deviation of on the photos it is
                calibrated to, float32 (n, k), instead of 0 and the steepness.
        """
        net = copy.deepcopy(self.net)
        scale = torch.full((net.n_bits,), self.steepness)
        shift = torch.zeros(net.n_bits)
        if self.norm is not None:
            mean, variance = _statistics(self.norm)
            if like is not None:
                scale, shift = like.std(dim=0, unbiased=False), -like.mean(dim=0)
            scale = scale * torch.rsqrt(variance + self.norm.eps).cpu()
            shift = shift + scale * mean.cpu()
        net.projection.weight.mul_(scale.to(net.projection.weight.device)[:, None])
        net.thresholds.copy_(shift)
        return net.eval().requires_grad_(False)


def _statistics(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """Running mean and variance of a normalisation that keeps them, both (k,)."""
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("the normalisation keeps no statistics")
    return norm.running_mean, norm.running_var


def _front_of(trunk: nn.Module) -> list[nn.Module]:
    """The children of a trunk up to where its stride reaches 8; none if that cannot be told."""
    children = list(trunk.children())
    if len(children) < 3:
        return []
    side = 64
    picture = torch.zeros(1, 3, side, side, device=next(trunk.parameters()).device)
    was_training = trunk.training
    trunk.eval()
    front = []
    with torch.no_grad():
        maps = picture
        for child in children:
            maps = child(maps)
            if side // maps.shape[-1] > _FRONT_STRIDE:
                break
            front.append(child)
    trunk.train(was_training)
    return front
