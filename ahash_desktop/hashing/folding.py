"""Folding batch normalisation into the convolutions before it, for faster inference."""

import copy
import logging
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

_log = logging.getLogger(__name__)

_CLOSE = 1e-3
_Net = TypeVar("_Net", bound=nn.Module)


def fold_batch_norms(net: _Net, probe: Tensor) -> _Net:
    """A copy of a network in evaluation mode, its batch norms folded into convolutions.

    A convolution is folded with a batch norm that is its next sibling. Whether the network runs
    them one after the other is tried on `probe`: where the outputs differ, `net` itself comes
    back.

    Args:
        net: In evaluation mode.
        probe: An input of the network.

    Raises:
        ValueError: If no finite numbers come of the probe.
    """
    folded = copy.deepcopy(net)
    for module in folded.modules():
        _fold_children(module)
    with torch.inference_mode():
        before, after = net(probe), folded(probe)
    if not torch.isfinite(before).all():
        raise ValueError("the network gives no finite numbers")
    scale = float(before.abs().max()) + 1e-6
    if float((before - after).abs().max()) > _CLOSE * scale:
        _log.info("batch norms are kept: this network does not run its modules in order")
        return net
    return folded


def make_probe(size_px: int) -> Tensor:
    """An input that shows every value and differs everywhere: float32 (2, 3, size, size)."""
    return torch.linspace(-1, 1, 6 * size_px**2).reshape(2, 3, size_px, size_px)


def _fold_children(module: nn.Module) -> None:
    children = list(module.named_children())
    for (conv_name, conv), (norm_name, norm) in pairwise(children):
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(module, conv_name, fuse_conv_bn_eval(conv, norm))
            # timm's BatchNormAct2d carries its activation with it.
            setattr(module, norm_name, getattr(norm, "act", nn.Identity()))
