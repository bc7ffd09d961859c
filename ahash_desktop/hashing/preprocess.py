"""From a decoded picture to the square of pixels the network looks at, without torch.

Modes: "squash" makes the whole picture square; "centre-crop" cuts the longer side to the shorter
one; "half-crop" cuts the ratio of the sides to its square root and squashes the rest.
"""

import math

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
    """A square of a picture.

    Args:
        pixels: uint8 (H, W, 3), upright sRGB.
        size_px: Side of the square.
        resize_mode: "squash", "half-crop" or "centre-crop".
        interpolation: "bicubic" or "bilinear".
        region: The part of the picture to look at; None is all of it.

    Returns:
        uint8 (size_px, size_px, 3), resized with antialiasing.
    """
    part = Image.fromarray(_cut(pixels, resize_mode, region))
    return np.asarray(part.resize((size_px, size_px), _FILTERS[interpolation]))


def seen_part(pixels: Pixels, manifest: BundleManifest, region: Region | None = None) -> Pixels:
    """The part of the picture, at its own resolution, that `to_input` makes its square of.

    Args:
        pixels: uint8 (H, W, 3), upright sRGB.
        manifest: Gives `resize_mode`.
        region: As for `to_input`.

    Returns:
        uint8 (h, w, 3), a view of at least one pixel; edges are rounded to whole pixels.
    """
    return _cut(pixels, manifest.resize_mode, region)


def seen_region(pixels: Pixels, manifest: BundleManifest, region: Region | None = None) -> Region:
    """Where `seen_part` lies in the picture.

    Args:
        pixels: uint8 (H, W, 3), upright sRGB.
        manifest: Gives `resize_mode`.
        region: As for `to_input`.
    """
    height, width = pixels.shape[:2]
    rows, columns = _seen_span(height, width, manifest.resize_mode, region)
    return Region(
        columns.start / width,
        rows.start / height,
        (columns.stop - columns.start) / width,
        (rows.stop - rows.start) / height,
    )


def _cut(pixels: Pixels, resize_mode: str, region: Region | None) -> Pixels:
    rows, columns = _seen_span(pixels.shape[0], pixels.shape[1], resize_mode, region)
    return pixels[rows, columns]


def _seen_span(
    height: int, width: int, resize_mode: str, region: Region | None
) -> tuple[slice, slice]:
    """Rows and columns that the network sees, in whole pixels."""
    rows, columns = slice(0, height), slice(0, width)
    if region is not None:
        rows = _span(region.y, region.height, height)
        columns = _span(region.x, region.width, width)
    if resize_mode == "squash":
        return rows, columns
    height, width = rows.stop - rows.start, columns.stop - columns.start
    side = min(height, width)
    if resize_mode == "half-crop":
        side = round(math.sqrt(height * width))
    high, wide = min(height, side), min(width, side)
    top = rows.start + (height - high) // 2
    left = columns.start + (width - wide) // 2
    return slice(top, top + high), slice(left, left + wide)


def _span(start: float, share: float, n_pixels: int) -> slice:
    """Whole pixels of a share of a side, at least one."""
    first = min(round(start * n_pixels), n_pixels - 1)
    return slice(first, max(first + 1, round((start + share) * n_pixels)))
