"""From a decoded picture to the square of pixels the network looks at, without torch."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ahash_desktop.core.records import Region
from ahash_desktop.hashing.manifest import BundleManifest

Pixels = NDArray[np.uint8]

_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


def to_input(pixels: Pixels, manifest: BundleManifest, region: Region | None = None) -> Pixels:
    """The square the network looks at.

    Args:
        pixels: uint8 (H, W, 3), upright sRGB.
        manifest: Gives `input_size` S, `resize_mode` and `interpolation`.
        region: The part of the picture to look at; None is all of it.

    Returns:
        uint8 (S, S, 3), resized with antialiasing.
    """
    return resize_square(
        pixels, manifest.input_size, manifest.resize_mode, manifest.interpolation, region
    )


def resize_square(
    pixels: Pixels,
    size_px: int,
    resize_mode: str,
    interpolation: str = "bicubic",
    region: Region | None = None,
) -> Pixels:
    """A square of a picture: all of it squashed, or the largest square in its middle.

    Args:
        pixels: uint8 (H, W, 3), upright sRGB.
        size_px: Side of the square.
        resize_mode: "squash" or "centre-crop".
        interpolation: "bicubic" or "bilinear".
        region: The part of the picture to look at; None is all of it.

    Returns:
        uint8 (size_px, size_px, 3), resized with antialiasing.
    """
    box = _seen_box(pixels, resize_mode, region)
    picture = Image.fromarray(pixels)
    square = picture.resize((size_px, size_px), _FILTERS[interpolation], box=box)
    return np.asarray(square)


def seen_part(pixels: Pixels, manifest: BundleManifest, region: Region | None = None) -> Pixels:
    """The part of the picture, at its own resolution, that `to_input` makes its square of.

    Args:
        pixels: uint8 (H, W, 3), upright sRGB.
        manifest: Gives `resize_mode`.
        region: As for `to_input`.

    Returns:
        uint8 (h, w, 3), a view; its edges are rounded to whole pixels.
    """
    left, top, right, bottom = _seen_box(pixels, manifest.resize_mode, region)
    x0, y0 = int(left), int(top)
    return pixels[y0 : max(y0 + 1, round(bottom)), x0 : max(x0 + 1, round(right))]


def _seen_box(
    pixels: Pixels, resize_mode: str, region: Region | None
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is seen, in pixels; at least one pixel wide and high."""
    height, width = pixels.shape[:2]
    left, top, wide, high = 0.0, 0.0, float(width), float(height)
    if region is not None:
        wide, high = max(1.0, region.width * width), max(1.0, region.height * height)
        left, top = min(region.x * width, width - wide), min(region.y * height, height - high)
    if resize_mode == "centre-crop":
        side = min(wide, high)
        left, top = left + (wide - side) / 2, top + (high - side) / 2
        wide = high = side
    return left, top, min(left + wide, float(width)), min(top + high, float(height))
