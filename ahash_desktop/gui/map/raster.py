"""Draws many places as dots, fast enough for hundreds of thousands at every frame."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

FULL = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))
CROSS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
DOT = ((0, 0), (1, 0), (0, 1), (1, 1))


def draw_dots(
    size: tuple[int, int],
    points: NDArray[np.float32],
    kinds: NDArray[np.uint8],
    colours: list[str],
    stamps: list[tuple[tuple[int, int], ...]],
    scale: float = 1.0,
) -> QImage:
    """Dots over transparency; later kinds lie over earlier ones.

    Args:
        size: Width and height of the image in device pixels.
        points: float32 (n, 2), x and y in device pixels; those outside are left out.
        kinds: uint8 (n,), which colour and stamp each has.
        colours: "#rrggbb" by kind.
        stamps: By kind, the pixels of a dot around its place.
        scale: Device pixels to a logical one; stamps grow with it.

    Returns:
        Format_ARGB32_Premultiplied of that size.
    """
    width, height = size
    pixels = np.zeros((height, width), dtype=np.uint32)
    whole = np.floor(points).astype(np.int64)
    grow = max(1, round(scale))
    reach = 2 * grow
    inside = (
        (whole[:, 0] >= reach)
        & (whole[:, 0] < width - reach)
        & (whole[:, 1] >= reach)
        & (whole[:, 1] < height - reach)
    )
    flat = pixels.reshape(-1)
    starts = whole[inside, 1] * width + whole[inside, 0]
    shown = kinds[inside]
    for kind, (colour, stamp) in enumerate(zip(colours, stamps, strict=True)):
        # Each place once: a stamp is many writes, and far fewer places are there than photos.
        is_taken = np.zeros(flat.size, dtype=np.bool_)
        is_taken[starts[shown == kind]] = True
        chosen = np.flatnonzero(is_taken)
        value = np.uint32(QColor(colour).rgba())
        for right, down in _grown(stamp, grow):
            flat[chosen + (down * width + right)] = value
    image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()


def _grown(stamp: tuple[tuple[int, int], ...], grow: int) -> set[tuple[int, int]]:
    """The stamp with each of its pixels made `grow` wide and high."""
    return {
        (right * grow + i, down * grow + j)
        for right, down in stamp
        for i in range(grow)
        for j in range(grow)
    }
