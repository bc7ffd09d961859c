"""Where in a picture to look a second time: where the attention keeps to a small part of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.records import Region
from ahash_desktop.hashing.subject import find_box, within

_LEAST_SIDE = 0.75
"""The shorter side of what is looked at, as a share of the longer one, where there is room."""

_FADES = 0.85
"""Over so much of the areas that are small enough, what is looked at grows to the whole: a
subject that hardly is small enough gets nearly the code of one that hardly is not."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """When a model looks twice.

    The subject takes up a small part where the box around all that reaches the share `level` of the
    map's maximum covers no more than the share `most` of the picture.
    """

    level: float
    most: float


def read_second_look(stored: Mapping[str, Any] | None) -> SecondLook | None:
    """What a model's description says of it; None for a model that looks once."""
    return None if stored is None else SecondLook(float(stored["level"]), float(stored["most"]))


def find_part(
    wish: SecondLook, attention: NDArray[np.floating], seen: Region, width: int, height: int
) -> Region | None:
    """The part of a picture to look at again; None if once is enough.

    Args:
        wish: When to look twice.
        attention: The map that follows the subject, float (h, w), >= 0.
        seen: The part of the picture that it lies over.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
    """
    found = find_box(attention, wish.level)
    if found is None:
        return None
    box = within(found, seen)
    if box.width * box.height > wish.most:
        return None
    least = _LEAST_SIDE * max(box.width * width, box.height * height)
    left, share_x = _widened(box.x, box.width, least / width)
    top, share_y = _widened(box.y, box.height, least / height)
    kept = min(1.0, (1 - box.width * box.height / wish.most) / _FADES)
    return Region(left * kept, top * kept, 1 - (1 - share_x) * kept, 1 - (1 - share_y) * kept)


def _widened(start: float, share: float, least: float) -> tuple[float, float]:
    """A part of a side about the same centre, as long as it is to be or the side allows."""
    wide = min(1.0, max(share, least))
    return min(max(start + (share - wide) / 2, 0.0), 1.0 - wide), wide
