"""Evidence maps as colours over a picture."""

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.records import WHOLE_PICTURE, Region

FOR_RGB = (240, 130, 20)
"""Evidence for the bit being on: orange."""

AGAINST_RGB = (50, 110, 220)
"""Evidence against it: blue, told from orange by colour-blind people too."""


_UNSEEN_LIGHT = 0.45


def overlay_evidence(
    picture: NDArray[np.uint8],
    evidence: NDArray[np.float32],
    seen: Region = WHOLE_PICTURE,
    *,
    opacity: float = 0.65,
    scale: float | None = None,
) -> NDArray[np.uint8]:
    """A picture tinted where a bit found its evidence.

    Args:
        picture: uint8 (H, W, 3), sRGB.
        evidence: float32 (h, w), signed.
        seen: The part of the picture that the evidence covers; the rest is darkened.
        opacity: How strongly the greatest evidence tints, 0 … 1.
        scale: The evidence that tints fully; the greatest absolute value by default. Two pictures
            can be compared when both use the same scale.

    Returns:
        uint8 (H, W, 3): orange where the evidence is for the bit, blue where it is against.
    """
    height, width = picture.shape[:2]
    top, left = round(seen.y * height), round(seen.x * width)
    bottom = max(top + 1, round((seen.y + seen.height) * height))
    right = max(left + 1, round((seen.x + seen.width) * width))
    shown: NDArray[np.uint8] = np.rint(picture * _UNSEEN_LIGHT).astype(np.uint8)
    part = picture[top:bottom, left:right]
    shown[top:bottom, left:right] = _tint(part, evidence, opacity, scale)
    return shown


def _tint(
    part: NDArray[np.uint8], evidence: NDArray[np.float32], opacity: float, scale: float | None
) -> NDArray[np.uint8]:
    from PIL import Image  # the window starts without it

    height, width = part.shape[:2]
    full = float(np.abs(evidence).max()) if scale is None else scale
    smooth = np.asarray(
        Image.fromarray(evidence.astype(np.float32)).resize(
            (width, height), Image.Resampling.BICUBIC
        )
    )
    strength = np.clip(smooth / full, -1.0, 1.0) if full > 0 else np.zeros_like(smooth)
    tint = np.where(
        (strength > 0)[..., np.newaxis],
        np.array(FOR_RGB, dtype=np.float32),
        np.array(AGAINST_RGB, dtype=np.float32),
    )
    weight = (np.abs(strength) * opacity)[..., np.newaxis]
    mixed = part.astype(np.float32) * (1.0 - weight) + tint * weight
    tinted: NDArray[np.uint8] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return tinted
