"""The network that learns: the product's, its batch norms fixed and folded while it does."""

import copy
from itertools import pairwise
from typing import Any

import torch
from timm.layers import pad_same
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn
from torch.nn import functional

from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.network import AttentionHashNet

BACKBONE = "tf_efficientnet_lite0"
N_LOCAL = 1


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

    def forward(self, maps: Tensor) -> Tensor:
        """Maps float (n, C, h, w) of maps (n, C', h', w')."""
        padding: Any = self.padding
        if self.is_same:
            maps, padding = pad_same(maps, self.kernel, self.stride, self.dilation), 0
        weight = self.weight * self.scale
        return functional.conv2d(
            maps, weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    @torch.no_grad()
    def give_back(self, conv: nn.Conv2d, norm: Any) -> None:
        """Writes what was learned into the two modules it came from."""
        conv.weight.copy_(self.weight)
        norm.bias.copy_(self.bias + self.shift)


def fix_norms(module: nn.Module) -> nn.Module:
    """A copy of a part of the backbone in which each convolution has its norm within."""
    fixed = copy.deepcopy(module)
    for inner in list(fixed.modules()):
        children = list(inner.named_children())
        for (first, conv), (second, norm) in pairwise(children):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(inner, first, FixedNormConv(conv, norm))
                setattr(inner, second, getattr(norm, "act", nn.Identity()))
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
    """What learns: attention and the local branch over the resting trunk."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(11)
        self.backbone = [create_backbone(BACKBONE, pretrained=True)]  # a list: not learned
        self.net = [AttentionHashNet(self.backbone[0], N_LOCAL, 64, "full").eval()]
        attention, local = _local_parts(self.net[0])
        self.attention = copy.deepcopy(attention)
        last = self.attention.bottlenecks[-1][4]
        nn.init.constant_(last.weight, 0.1)
        nn.init.constant_(last.bias, 1.0)
        self.local = fix_norms(local)

    def forward(self, shared: Tensor) -> tuple[Tensor, Tensor]:
        """Attention (n, M, h, w) and the local maps (n, D, h', w')."""
        maps = self.attention(shared)
        return maps, self.local(maps * shared)

    def export(self) -> AttentionHashNet:
        """The product's network with what was learned."""
        net = copy.deepcopy(self.net[0])
        attention, local = _local_parts(net)
        attention.load_state_dict(self.attention.state_dict())
        give_back(self.local, local)
        return net.eval()


def _local_parts(net: AttentionHashNet) -> tuple[nn.Module, nn.Module]:
    """The attention and the local branch of a network that has them."""
    if net.attention is None or net.refine_local is None:
        raise TypeError("the network has no local branch")
    return net.attention, net.refine_local
