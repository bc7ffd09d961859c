"""Brings pictures of every mode and colour space to 8-bit sRGB."""

import functools
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ahash_desktop.imaging.decoder_faults import HOSTILE_DATA_FAULTS

GROUND = (128, 128, 128)
"""What shows through transparent pixels: mid grey, so that neither black nor white line art
drawn on nothing disappears."""

_DEPTHS = (8, 10, 12, 14, 16, 24, 32)
_PROFILE_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab "}
_MAX_PROFILE_BYTES = 4 * 2**20


def reducible(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be averaged over pixels; nothing visible is lost."""
    mode = image.mode
    if mode.startswith("I;16"):
        return image.convert("I")
    if mode == "1":
        return image.convert("L")
    if mode in ("LA", "La", "RGBA", "RGBa"):
        return image
    if mode == "PA" or image.has_transparency_data:
        return image.convert("RGBA")
    if mode == "P":
        return image.convert("RGB")
    return image


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in mode RGB, in sRGB, on `GROUND` where it is transparent.

    Args:
        image: In a mode `reducible` gives.
        profile: The ICC profile that came with it; one that is damaged or made for another kind
            of picture is ignored.
    """
    if image.mode in ("I", "F"):
        image = Image.fromarray(to_8_bit(np.asarray(image)))
    alpha = None
    if image.mode in ("LA", "La", "RGBA", "RGBa"):
        straight = image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
        alpha = straight.getchannel("A")
        image = straight.convert("L" if straight.mode == "LA" else "RGB")
    elif image.mode not in _PROFILE_SPACES:
        image = image.convert("RGB")
    opaque = _apply_profile(image, profile)
    if alpha is None:
        return opaque
    ground = Image.new("RGB", opaque.size, GROUND)
    ground.paste(opaque, mask=alpha)
    return ground


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The opaque picture in sRGB; without a usable profile by the mode's usual meaning."""
    if image.mode == "LAB":
        profile = _lab_profile()
    if profile and len(profile) <= _MAX_PROFILE_BYTES:
        transform = _transform_to_srgb(profile, image.mode)
        if transform is not None:
            converted = ImageCms.applyTransform(image, transform)
            if converted is not None:
                return converted
    return image.convert("RGB")


@functools.lru_cache(maxsize=16)
def _transform_to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform from a profile to sRGB; None if it is unusable or changes nothing."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space != _PROFILE_SPACES[mode]:
            return None
        transform = ImageCms.buildTransform(source, _srgb_profile(), mode, "RGB")
        return None if mode == "RGB" and _changes_nothing(transform) else transform
    except HOSTILE_DATA_FAULTS:
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a transform leaves a lattice of colours within one step of where they are.

    Most photos say that they are sRGB in a profile of their own; this spares them the work.
    """
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    converted = ImageCms.applyTransform(Image.fromarray(lattice), transform)
    if converted is None:
        return False
    change = np.asarray(converted).astype(np.int16) - lattice
    return int(np.abs(change).max()) <= 1


@functools.cache
def _srgb_profile() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@functools.cache
def _lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def to_8_bit(
    values: NDArray[np.int32] | NDArray[np.uint16] | NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Grey values of any depth as 0 … 255, scaled by what they are, not by a header.

    Whole numbers count as the smallest usual depth that holds them all (12-bit data lie in 16-bit
    files), fractions in 0 … 1 as that; anything else spans its own range.

    Args:
        values: int32, uint16 or float32 (H, W); NaN and infinities become 0.
    """
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low < 0:
        bottom, top = low, high
    elif np.issubdtype(values.dtype, np.floating) and high <= 1:
        bottom, top = 0.0, 1.0
    else:
        depths = [2.0**depth - 1 for depth in _DEPTHS]
        bottom, top = 0.0, next((depth for depth in depths if high <= depth), high)
    scaled = (finite - bottom) * (255.0 / (top - bottom)) if top > bottom else finite * 0
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
