"""Augmented views of photos: the same view for the same seed, epoch and photo."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms.v2 import functional

_WIDEST = 4 / 3
_JITTER = 0.3
_ERASED_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a view may stray from its photo.

    A crop keeps `smallest_crop` to 1 of the area; it may be mirrored; brightness, contrast and
    saturation change by up to 30 %; every fourth view loses a rectangle.
    """

    size_px: int
    smallest_crop: float


def make_view(
    square: NDArray[np.uint8], augmentation: Augmentation, rng: np.random.Generator
) -> Tensor:
    """One view of a photo; safe in several threads.

    Args:
        square: uint8 (side, side, 3).
        augmentation: How far it may stray.
        rng: Decides everything random.

    Returns:
        uint8 (3, size_px, size_px).
    """
    size = augmentation.size_px
    top, left, height, width = _draw_crop(square.shape[0], augmentation.smallest_crop, rng)
    part = square[top : top + height, left : left + width]
    mirrored = rng.random() < 0.5
    picture = torch.from_numpy((part[:, ::-1] if mirrored else part).copy())
    view: Tensor = functional.resize(picture.permute(2, 0, 1), [size, size], antialias=True)
    brightness, contrast, saturation = 1 + _JITTER * rng.uniform(-1, 1, 3)
    view = functional.adjust_brightness(view, brightness)
    view = functional.adjust_contrast(view, contrast)
    view = functional.adjust_saturation(view, saturation)
    if rng.random() < _ERASED_SHARE:
        view = _erase(view, rng)
    return view


def normalise(views: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Pixels as the network wants them.

    Args:
        views: uint8 (n, 3, S, S).
        mean: Of pixels in 0 … 1, a channel each.
        std: Likewise.

    Returns:
        float32 (n, 3, S, S), channels last in memory.
    """
    shape = (1, 3, 1, 1)
    offset = torch.tensor(mean, device=views.device).reshape(shape)
    scale = torch.tensor(std, device=views.device).reshape(shape)
    pixels = views.to(torch.float32).div_(255).sub_(offset).div_(scale)
    return pixels.contiguous(memory_format=torch.channels_last)


def _draw_crop(side: int, smallest: float, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Top, left, height and width of a crop of 3:4 to 4:3 inside a square."""
    area = rng.uniform(smallest, 1.0) * side * side
    ratio = np.exp(rng.uniform(-np.log(_WIDEST), np.log(_WIDEST)))
    height = min(side, max(1, round(np.sqrt(area / ratio))))
    width = min(side, max(1, round(np.sqrt(area * ratio))))
    top = int(rng.integers(0, side - height + 1))
    left = int(rng.integers(0, side - width + 1))
    return top, left, height, width


def _erase(view: Tensor, rng: np.random.Generator) -> Tensor:
    """Grey over a rectangle of 2 to 20 % of the area (random erasing, Zhong et al. 2020)."""
    side = view.shape[-1]
    area = rng.uniform(0.02, 0.2) * side * side
    ratio = np.exp(rng.uniform(-np.log(3), np.log(3)))
    height = min(side - 1, max(1, round(np.sqrt(area * ratio))))
    width = min(side - 1, max(1, round(np.sqrt(area / ratio))))
    top = int(rng.integers(0, side - height))
    left = int(rng.integers(0, side - width))
    erased: Tensor = functional.erase(
        view, top, left, height, width, torch.full((3, 1, 1), 127, dtype=torch.uint8)
    )
    return erased
