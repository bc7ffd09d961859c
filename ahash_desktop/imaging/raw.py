"""Camera RAW: told apart from plain TIFF, and decoded from its preview or its sensor data."""

import struct
from io import BytesIO

import numpy as np
import rawpy
from numpy.typing import NDArray

from ahash_desktop.core.records import PictureFacts
from ahash_desktop.imaging.decoder_faults import HOSTILE_DATA_FAULTS
from ahash_desktop.imaging.exif import ExifFacts, parse_exif
from ahash_desktop.imaging.faults import DecodeError, DecodeLimits, check_size
from ahash_desktop.imaging.rasters import Picture, decode_raster
from ahash_desktop.imaging.sizes import shrink_factor

_MAKE, _PHOTOMETRIC, _COMPRESSION, _SUB_DIRECTORIES, _DNG_VERSION = 271, 262, 259, 330, 50706
_SENSOR_PHOTOMETRICS = frozenset((32803, 34892))  # colour filter array, linear sensor data
_SENSOR_COMPRESSIONS = frozenset((32767, 32769, 32770, 32772, 34713, 65000, 65535))
_MAX_DIRECTORIES = 16
_MAX_ENTRIES = 500
_INTEGER_TYPES = {1: "B", 3: "H", 4: "I", 13: "I"}

_SENSOR_BYTES, _DEMOSAIC_BYTES = 2, 11
_ASPECT_TOLERANCE = 0.1
_TURNED_BY_90 = (5, 6)
_QUARTER_TURNS = {3: 2, 5: 1, 6: 3}  # LibRaw's flip → counter-clockwise quarter turns
_ORIENTATION_OF_FLIP = {3: 3, 5: 8, 6: 6}

_TIFF_ALIKE = {b"IIRO": b"II*\0", b"IIRS": b"II*\0", b"MMOR": b"MM\0*", b"IIU\0": b"II*\0"}
_CR3_HEADER_BYTES = 2**16


def is_camera_raw(data: bytes) -> bool:
    """Whether a file that begins like a TIFF holds the data of a camera's sensor.

    That is so if it is a DNG, or any of its directories has sensor data by its photometric
    interpretation or, with a camera's make, by a compression that only cameras use.
    """
    try:
        directories = _directories(data)
    except struct.error:
        return False
    has_make = any(_MAKE in tags for tags in directories)
    for tags in directories:
        if _DNG_VERSION in tags:
            return True
        if not _SENSOR_PHOTOMETRICS.isdisjoint(tags.get(_PHOTOMETRIC, ())):
            return True
        if has_make and not _SENSOR_COMPRESSIONS.isdisjoint(tags.get(_COMPRESSION, ())):
            return True
    return False


def decode_raw(data: bytes, target_px: int, limits: DecodeLimits) -> Picture:
    """The picture in a camera RAW file: its embedded preview if that is large enough.

    Else the sensor data are developed, at half size where that suffices.

    Raises:
        DecodeError: If it is too large.
        Exception: Whatever LibRaw throws at damaged or unknown data.
    """
    with rawpy.imread(BytesIO(data)) as raw:
        sizes = raw.sizes
        width, height, flip = sizes.width, sizes.height, sizes.flip
        if flip in _TURNED_BY_90:
            width, height = height, width
        check_size(width, height, 0, limits, "RAW")
        preview = _preview(raw, width, height, target_px, limits)
        own = _exif_of(data)
        if preview is not None:
            pixels = _upright(preview, width, height, flip)
            exif = _merge(own, preview.facts)
        else:
            pixels = _develop(raw, width, height, target_px, limits)
            exif = own
    factor = shrink_factor(pixels.shape[1], pixels.shape[0], target_px)
    orientation = _ORIENTATION_OF_FLIP.get(flip, 1)
    facts = PictureFacts(width, height, "RAW", exif.taken_at, exif.camera, orientation)
    return Picture(_box_reduce(pixels, factor), facts)


def _preview(
    raw: rawpy.RawPy, width: int, height: int, target_px: int, limits: DecodeLimits
) -> Picture | None:
    """The embedded preview; None if there is none of use.

    It must have the shape of the picture (not be cropped or padded) and be large enough.
    """
    try:
        thumb = raw.extract_thumb()
        if isinstance(thumb.data, bytes):
            picture = decode_raster(thumb.data, "JPEG", target_px, limits)
        else:
            bitmap: NDArray[np.uint8] = np.array(thumb.data, dtype=np.uint8)
            facts = PictureFacts(bitmap.shape[1], bitmap.shape[0], "bitmap")
            picture = Picture(bitmap, facts)
    except (*HOSTILE_DATA_FAULTS, DecodeError):
        return None
    long, short = _long_and_short(picture.facts.width, picture.facts.height)
    full_long, full_short = _long_and_short(width, height)
    has_shape = abs(long * full_short / (short * full_long) - 1) <= _ASPECT_TOLERANCE
    return picture if has_shape and long >= min(full_long, target_px) else None


def _upright(preview: Picture, width: int, height: int, flip: int) -> NDArray[np.uint8]:
    """The preview's pixels turned as the RAW file says, unless the preview already was."""
    pixels = preview.pixels
    if preview.facts.orientation != 1:
        return pixels
    lies_as_wanted = (pixels.shape[1] >= pixels.shape[0]) == (width >= height)
    if flip in _TURNED_BY_90 and lies_as_wanted and width != height:
        return pixels
    return np.ascontiguousarray(np.rot90(pixels, _QUARTER_TURNS.get(flip, 0)))


def _develop(
    raw: rawpy.RawPy, width: int, height: int, target_px: int, limits: DecodeLimits
) -> NDArray[np.uint8]:
    """The sensor data demosaiced; LibRaw turns them upright: uint8 (H, W, 3)."""
    at_half = max(width, height) // 2 >= target_px
    needed = _SENSOR_BYTES + (_DEMOSAIC_BYTES / 4 if at_half else _DEMOSAIC_BYTES)
    check_size(width, height, needed, limits, "RAW")
    developed = raw.postprocess(half_size=at_half, use_camera_wb=True, output_bps=8)
    return np.asarray(developed, dtype=np.uint8)


def _box_reduce(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Pixels averaged over squares of `factor`; leftover rows and columns are dropped."""
    if factor == 1:
        return pixels
    height, width = (side // factor for side in pixels.shape[:2])
    blocks = pixels[: height * factor, : width * factor]
    blocks = blocks.reshape(height, factor, width, factor, 3)
    means: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return np.rint(means).astype(np.uint8)


def _exif_of(data: bytes) -> ExifFacts:
    """What the RAW file itself says of camera and time, where its container is a known one."""
    if data[4:8] == b"ftyp":
        at = data.find(b"CMT1", 0, _CR3_HEADER_BYTES)
        return parse_exif(data[at + 4 : at + 4 + _CR3_HEADER_BYTES]) if at > 0 else ExifFacts()
    head = _TIFF_ALIKE.get(data[:4])
    return parse_exif(data if head is None else head + data[4:])


def _merge(own: ExifFacts, preview: PictureFacts) -> ExifFacts:
    return ExifFacts(taken_at=own.taken_at or preview.taken_at, camera=own.camera or preview.camera)


def _long_and_short(width: int, height: int) -> tuple[int, int]:
    return max(width, height), min(width, height)


def _directories(data: bytes) -> list[dict[int, tuple[int, ...]]]:
    """The integer tags of a TIFF's main and sub-directories."""
    order = "<" if data[:2] == b"II" else ">"
    waiting = [struct.unpack_from(order + "I", data, 4)[0]]
    seen: set[int] = set()
    directories: list[dict[int, tuple[int, ...]]] = []
    while waiting and len(directories) < _MAX_DIRECTORIES:
        at = waiting.pop(0)
        if at in seen or at == 0 or at + 2 > len(data):
            continue
        seen.add(at)
        tags, following = _directory(data, at, order)
        directories.append(tags)
        waiting += [*tags.get(_SUB_DIRECTORIES, ()), following]
    return directories


def _directory(data: bytes, at: int, order: str) -> tuple[dict[int, tuple[int, ...]], int]:
    """One directory's tags (strings as empty tuples), and where the next directory lies."""
    (n_entries,) = struct.unpack_from(order + "H", data, at)
    tags: dict[int, tuple[int, ...]] = {}
    for index in range(min(n_entries, _MAX_ENTRIES)):
        entry = at + 2 + index * 12
        tag, kind, count = struct.unpack_from(order + "HHI", data, entry)
        letter = _INTEGER_TYPES.get(kind)
        count = min(count, _MAX_DIRECTORIES)
        if letter is None:
            tags[tag] = ()
            continue
        layout = f"{order}{count}{letter}"
        where = entry + 8
        if struct.calcsize(layout) > 4:
            (where,) = struct.unpack_from(order + "I", data, where)
        tags[tag] = struct.unpack_from(layout, data, where)
    end = at + 2 + n_entries * 12
    following = struct.unpack_from(order + "I", data, end)[0] if end + 4 <= len(data) else 0
    return tags, following
