"""The network that learns: the product's, its batch norms fixed and folded while it does.

It learns in bfloat16 over weights in float32. The filters of depthwise convolutions of 5 × 5 rest,
as their gradients took longer than all the others.
"""

import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from timm.layers import pad_same
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn
from torch.nn import functional

from ahash_desktop.hashing.encoder import load_network
from ahash_desktop.hashing.network import AttentionHashNet
from benchmarks.default_model.views import cut_trunk

_LEARNED_KERNEL = 3
_MOST_ACTIVE = 6.0


class FixedNormConv(nn.Module):
    """A convolution and the batch norm after it, whose statistics and scale stay as they are.

    `y = (s W) * x + b` with `s = γ / σ`; W and b learn. Far faster to train than the two apart.
    """

    def __init__(self, conv: nn.Conv2d, norm: Any) -> None:
        super().__init__()
        scale = norm.weight.detach() * torch.rsqrt(norm.running_var + norm.eps)
        self.scale: Tensor
        self.shift: Tensor
        self.register_buffer("scale", scale.view(-1, 1, 1, 1).clone())
        self.register_buffer("shift", (norm.running_mean * scale).clone())
        self.weight = nn.Parameter(conv.weight.detach().clone())
        self.bias = nn.Parameter((norm.bias - self.shift).detach().clone())
        self.is_same = isinstance(conv, Conv2dSame)
        self.stride, self.padding, self.groups = conv.stride, conv.padding, conv.groups
        self.kernel, self.dilation = conv.kernel_size, conv.dilation
        if self.kernel[0] > _LEARNED_KERNEL:
            self.requires_grad_(False)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (n, C, h, w) of maps (n, C', h', w'); bfloat16 while it learns, else float32."""
        if not self.training:
            return self._convolve(maps.float())
        if self.groups > 1 and self.stride[0] > 1:  # backwards far slower in bfloat16
            return self._convolve(maps.float()).bfloat16()
        return self._convolve(maps.bfloat16())

    def _convolve(self, maps: Tensor) -> Tensor:
        padding: Any = self.padding
        if self.is_same:
            maps, padding = pad_same(maps, self.kernel, self.stride, self.dilation), 0
        weight, bias = (self.weight * self.scale).to(maps.dtype), self.bias.to(maps.dtype)
        return functional.conv2d(
            maps, weight, bias, self.stride, padding, self.dilation, self.groups
        )

    @torch.no_grad()
    def give_back(self, conv: nn.Conv2d, norm: Any) -> None:
        """Writes what was learned into the two modules it came from."""
        conv.weight.copy_(self.weight)
        norm.bias.copy_(self.bias + self.shift)


class _Clipped(torch.autograd.Function):
    """ReLU6 with the gradient of hardtanh, in three fast passes instead of a slow one."""

    @staticmethod
    def forward(context: Any, maps: Tensor) -> Tensor:
        """Of maps of any shape."""
        active = maps.clamp(0, _MOST_ACTIVE)
        context.save_for_backward(active)
        return active

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        """By the maps."""
        (active,) = context.saved_tensors
        above = torch.ops.aten.threshold_backward(gradients[0], active, 0)
        passed: Tensor = torch.ops.aten.threshold_backward(above, _MOST_ACTIVE - active, 0)
        return passed


class FastActivation(nn.Module):
    """ReLU6 by `_Clipped`."""

    def forward(self, maps: Tensor) -> Tensor:
        """Of maps of any shape."""
        clipped: Tensor = _Clipped.apply(maps)
        return clipped


def fix_norms(module: nn.Module) -> nn.Module:
    """A copy of a part of the backbone in which each convolution has its norm within."""
    fixed = copy.deepcopy(module)
    for inner in list(fixed.modules()):
        children = list(inner.named_children())
        for (first, conv), (second, norm) in pairwise(children):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(inner, first, FixedNormConv(conv, norm))
                act = getattr(norm, "act", nn.Identity())
                setattr(inner, second, FastActivation() if isinstance(act, nn.ReLU6) else act)
    return fixed.to(memory_format=torch.channels_last)


def give_back(fixed: nn.Module, module: nn.Module) -> None:
    """Writes what a copy by `fix_norms` learned into the part it was made from."""
    learned = {
        name: part for name, part in fixed.named_modules() if isinstance(part, FixedNormConv)
    }
    for name, inner in module.named_modules():
        for (first, conv), (_, norm) in pairwise(list(inner.named_children())):
            part = learned.get(f"{name}.{first}" if name else first)
            if part is not None and isinstance(conv, nn.Conv2d):
                part.give_back(conv, norm)


class Student(nn.Module):
    """What learns: the back of the trunk, attention and both branches.

    Args:
        start: The bundle it starts from.
    """

    def __init__(self, start: Path) -> None:
        super().__init__()
        self.start = [load_network(start)[1]]  # a list: not learned
        net = self.start[0]
        if net.attention is None or net.refine_local is None:
            raise TypeError("the network has no local branch")
        self.back = fix_norms(cut_trunk(net.trunk)[1])
        self.attention = copy.deepcopy(net.attention)
        self.local = fix_norms(net.refine_local)
        self.general = fix_norms(net.refine_global)

    def shared(self, front: Tensor) -> Tensor:
        """X (n, C, S/16, S/16) of maps of the front (n, C', S/8, S/8)."""
        maps: Tensor = self.back(front)
        return maps

    def near(self, shared: Tensor) -> tuple[Tensor, Tensor]:
        """Attention float (n, M, h, w) and the local maps float (n, D, h', w') of X."""
        maps = self.attention(shared.float())
        return maps, self.local(maps * shared).float()

    def far(self, shared: Tensor) -> Tensor:
        """Pooled features of the global branch, float (n, D), of X."""
        maps: Tensor = self.general(shared)
        return maps.float().mean((2, 3))

    def export(self) -> AttentionHashNet:
        """The product's network with what was learned."""
        net = copy.deepcopy(self.start[0])
        if net.attention is None or net.refine_local is None:
            raise TypeError("the network has no local branch")
        net.attention.load_state_dict(self.attention.state_dict())
        give_back(self.back, cut_trunk(net.trunk)[1])
        give_back(self.local, net.refine_local)
        give_back(self.general, net.refine_global)
        return net.eval()
