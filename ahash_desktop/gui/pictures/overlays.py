"""Evidence maps as translucent pictures: signed, smooth and safe for colour-blind people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from ahash_desktop.core.records import WHOLE_PICTURE, Region
from ahash_desktop.imaging.overlay import AGAINST_RGB, FOR_RGB

_SHORT_SIDE_PX = 224
_LEAST_ALPHA_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class Overlay:
    """An evidence map ready to be painted.

    It lies over the part `seen` of the picture. `strongest_for` and `strongest_against` are
    fractions (x, y) of that part, None where the map has no such sign.
    """

    image: QImage
    strongest_for: tuple[float, float] | None
    strongest_against: tuple[float, float] | None
    seen: Region = WHOLE_PICTURE


def evidence_scales(maps: Sequence[NDArray[np.float32]]) -> list[float]:
    """For each map, the magnitude that gets the full colour.

    Each map is scaled by its own peak, so that one sees where the bit looked even beside a picture
    that excites it far more; but a map that is faint beside the others stays faint.

    Args:
        maps: Each float32 (height, width), signed.

    Returns:
        The 99.5th percentile of the magnitudes, at least a third of the largest of these.
    """
    peaks = [float(np.percentile(np.abs(values), 99.5)) for values in maps]
    floor = max(peaks) / 3 or 1.0
    return [max(peak, floor) for peak in peaks]


def overlay_of(values: NDArray[np.float32], scale: float, seen: Region) -> Overlay:
    """A map with the places where it is strongest.

    Args:
        values: float32 (height, width), signed.
        scale: The magnitude that gets the full colour.
        seen: The part of the picture that the map covers.
    """
    highest, lowest = extremes(values)
    return Overlay(
        image=overlay_image(values, scale),
        strongest_for=highest if values.max() > 0 else None,
        strongest_against=lowest if values.min() < 0 else None,
        seen=seen,
    )


def overlay_image(values: NDArray[np.float32], scale: float) -> QImage:
    """A signed map as orange (for the bit) and blue (against it) over transparency.

    The map is smoothed between its cells, never beyond their range;
    the opacity grows with the magnitude.

    Args:
        values: float32 (height, width), signed.
        scale: The magnitude that gets the full colour.

    Returns:
        Format_ARGB32_Premultiplied with the proportions of the map's grid.
    """
    fine = np.clip(enlarged(values, _SHORT_SIDE_PX) / scale, -1.0, 1.0)
    magnitude = np.abs(fine)
    alpha = np.where(magnitude < _LEAST_ALPHA_SHARE, 0.0, magnitude**0.8)
    colour = np.where(
        (fine > 0)[..., None],
        np.asarray(FOR_RGB, dtype=np.float32),
        np.asarray(AGAINST_RGB, dtype=np.float32),
    )
    height, width = fine.shape
    pixels = np.empty((height, width, 4), dtype=np.uint8)
    pixels[..., :3] = np.round(colour * alpha[..., None])
    pixels[..., 3] = np.round(alpha * 255)
    rgba = QImage(
        pixels.data, width, height, width * 4, QImage.Format.Format_RGBA8888_Premultiplied
    )
    return rgba.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def enlarged(values: NDArray[np.float32], short_side_px: int) -> NDArray[np.float32]:
    """A small map on a fine grid, interpolated smoothly between cell centres.

    Args:
        values: float32 (height, width).
        short_side_px: Cells of the result along the shorter side.

    Returns:
        float32, same proportions; values stay within those of `values`.
    """
    height, width = values.shape
    factor = max(1.0, short_side_px / min(height, width))
    rows = _weights(height, round(height * factor))
    columns = _weights(width, round(width * factor))
    return (rows @ values @ columns.T).astype(np.float32)


def extremes(values: NDArray[np.float32]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where a map is highest and lowest, each as fractions (x, y) of the picture."""
    height, width = values.shape

    def place(flat: int) -> tuple[float, float]:
        row, column = divmod(flat, width)
        return (column + 0.5) / width, (row + 0.5) / height

    return place(int(values.argmax())), place(int(values.argmin()))


def _weights(n_from: int, n_to: int) -> NDArray[np.float32]:
    """Cubic B-spline weights, float32 (n_to, n_from); rows sum to 1, none is negative."""
    centres = (np.arange(n_to) + 0.5) * n_from / n_to - 0.5
    first = np.floor(centres).astype(np.int64)
    t = centres - first
    taps = (
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    )
    weights = np.zeros((n_to, n_from), dtype=np.float32)
    for offset, tap in zip((-1, 0, 1, 2), taps, strict=True):
        np.add.at(weights, (np.arange(n_to), np.clip(first + offset, 0, n_from - 1)), tap)
    return weights
