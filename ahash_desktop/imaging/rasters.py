"""Decodes every format but camera RAW, through Pillow's decoders one by one.

The decoder is chosen by what the file contains and called directly, so that none but the listed
ones ever sees a file, none can start another program, and Pillow's process-wide registry and
pixel limit stay as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import IO

import numpy as np
from numpy.typing import NDArray
from pi_heif import HeifImageFile
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.PsdImagePlugin import PsdImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ahash_desktop.core.records import PictureFacts, ProblemKind
from ahash_desktop.imaging.colour import reducible, to_srgb
from ahash_desktop.imaging.decoder_faults import HOSTILE_DATA_FAULTS
from ahash_desktop.imaging.exif import ExifFacts, parse_exif, read_exif
from ahash_desktop.imaging.faults import DecodeLimits, check_size, refusal
from ahash_desktop.imaging.png import CICP, open_png, with_clear_grey
from ahash_desktop.imaging.sizes import jpeg_scale, shrink_factor
from ahash_desktop.imaging.tiff import plain_grey, prepare_tiff
from ahash_desktop.imaging.tone import (
    Signal,
    signal_of_container,
    signal_of_profile,
    tone_mapped,
)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready to look at.

    `pixels` is uint8 (H, W, 3), sRGB, upright; the facts give the size of the full picture, of
    which the pixels may be a reduction.
    """

    pixels: NDArray[np.uint8]
    facts: PictureFacts


@dataclass(frozen=True, slots=True)
class _Format:
    """How one format is opened; `bytes_per_pixel` is what decoding takes at its peak."""

    open: Callable[[IO[bytes]], ImageFile]
    bytes_per_pixel: float


_FORMATS: dict[str, _Format] = {
    "JPEG": _Format(JpegImageFile, 4),
    "PNG": _Format(open_png, 4),
    "GIF": _Format(GifImageFile, 4),
    "BMP": _Format(BmpImageFile, 4),
    "PPM": _Format(PpmImageFile, 4),
    "PSD": _Format(PsdImageFile, 4),
    "TIFF": _Format(TiffImageFile, 8),
    "WebP": _Format(WebPImageFile, 16),
    "AVIF": _Format(AvifImageFile, 14),
    "HEIC": _Format(HeifImageFile, 14),
    "JPEG 2000": _Format(Jpeg2KImageFile, 28),
}

_WIDENED_MODES = ("1", "P", "PA", "L", "I;16", "I;16L", "I;16B", "I;16N")
_PROGRESSIVE_BYTES = 6
_WIDENING_BYTES = 4


def open_raster(name: str, file: IO[bytes]) -> ImageFile:
    """A picture of a known format with its header read, and no pixel yet.

    Raises:
        Exception: Whatever the decoder throws at damaged data.
    """
    return _FORMATS[name].open(file)


def decode_raster(data: bytes, name: str, target_px: int, limits: DecodeLimits) -> Picture:
    """The picture in a file of a known format; the first one where it holds several.

    Args:
        data: The whole file.
        name: The format's name, as `sniff` gives it; not "RAW".
        target_px: The long side asked for.
        limits: What it may cost.

    Raises:
        DecodeError: If it is too large.
        Exception: Whatever the decoder throws at damaged data.
    """
    image = open_raster(name, BytesIO(data))
    if isinstance(image, TiffImageFile):
        prepare_tiff(image)
    width, height = image.size
    if name == "JPEG":
        _scale_jpeg(image, target_px, limits)
    else:
        widening = _WIDENING_BYTES if image.mode in _WIDENED_MODES else 0
        needed = _FORMATS[name].bytes_per_pixel + widening
        check_size(width, height, needed, limits, name)
    exif = _facts_before_loading(image)
    image.load()
    if exif is None:
        exif = _facts_after_loading(image, name)
        turn = _TURNS.get(exif.orientation)
        width, height = (height, width) if exif.orientation >= 5 else (width, height)
    else:
        turn = None  # Pillow turns TIFF pictures while loading them
        width, height = image.size
    pixels = _finish(image, data, name, turn, target_px)
    facts = PictureFacts(width, height, name, exif.taken_at, exif.camera, exif.orientation)
    return Picture(pixels, facts)


def _scale_jpeg(image: ImageFile, target_px: int, limits: DecodeLimits) -> None:
    """Has a JPEG decoded at a fraction of its size where that is large enough."""
    width, height = image.size
    scale = jpeg_scale(width, height, target_px)
    coefficients = _PROGRESSIVE_BYTES if image.info.get("progressive") else 0
    needed = _FORMATS["JPEG"].bytes_per_pixel / scale**2 + coefficients
    check_size(width, height, needed, limits, "JPEG")
    if scale > 1:
        image.draft(None, (width // scale, height // scale))


def _facts_before_loading(image: ImageFile) -> ExifFacts | None:
    """A TIFF's facts: loading turns it upright and drops the tag that says how it lay."""
    if not isinstance(image, TiffImageFile):
        return None
    try:
        return read_exif(image.getexif())
    except HOSTILE_DATA_FAULTS:
        return ExifFacts()


def _facts_after_loading(image: ImageFile, name: str) -> ExifFacts:
    """The facts of any other picture; a PNG may have them behind the pixels.

    HEIC and AVIF say in their container how they lie. The HEIC decoder has turned the picture and
    reset the EXIF tag; for AVIF Pillow writes the container's answer into the EXIF block, which
    is why XMP, where `getexif` would look next, is not asked.
    """
    try:
        if name in ("HEIC", "AVIF"):
            block = image.info.get("exif")
            return parse_exif(block) if isinstance(block, bytes) else ExifFacts()
        return read_exif(image.getexif())
    except HOSTILE_DATA_FAULTS:
        return ExifFacts()


def _finish(
    image: ImageFile, data: bytes, name: str, turn: Image.Transpose | None, target_px: int
) -> NDArray[np.uint8]:
    """The decoded picture shrunk, in sRGB and upright: uint8 (H, W, 3)."""
    profile = image.info.get("icc_profile")
    profile = profile if isinstance(profile, bytes) else None
    averaged = reducible(_with_plain_values(image, data))
    if min(averaged.size) < 1:
        raise refusal(ProblemKind.BROKEN, f"the {name} header says it has no pixels")
    factor = shrink_factor(*averaged.size, target_px)
    if factor > 1:
        averaged = averaged.reduce(factor)
    signal = _hdr_signal(image, data, name, profile)
    if signal is None:
        upright = to_srgb(averaged, profile)
    else:
        upright = tone_mapped(to_srgb(averaged, None), signal)
    if turn is not None:
        upright = upright.transpose(turn)
    return np.array(upright, dtype=np.uint8)


def _with_plain_values(image: ImageFile, data: bytes) -> Image.Image:
    """The picture with values that mean what they mean in every format."""
    if isinstance(image, TiffImageFile):
        return plain_grey(image)
    if isinstance(image, PngImageFile):
        return with_clear_grey(image, data)
    if isinstance(image, PsdImageFile) and image.mode == "RGBA":
        return image.convert("RGB")  # the composite is flat; its 4th channel may be a selection
    return image


def _hdr_signal(image: ImageFile, data: bytes, name: str, profile: bytes | None) -> Signal | None:
    """How the values mean light, if they are of high dynamic range."""
    named = image.info.get(CICP)
    if isinstance(named, tuple):
        signal: Signal | None = Signal(named[0], named[1])
    elif profile is None and name in ("HEIC", "AVIF"):
        signal = signal_of_container(data)
    else:
        signal = signal_of_profile(profile)
    return signal if signal is not None and signal.is_hdr else None
