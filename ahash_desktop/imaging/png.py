"""Opens PNGs without what is written in them beside the picture.

Pillow unpacks every text it comes by and gives a picture up whose texts or profile are larger
than it allows, for all of a process at once. What the program does not look at is left out before.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

CICP = "cicp"
"""Where in the picture's `info` the chunk of that name is kept: primaries, transfer, …"""

_SIGNATURE_BYTES = 8
_BITS_AT = 24
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_READ_TEXTS = (b"XML:com.adobe.xmp", b"Raw profile type exif", b"Raw profile type APP1", b"exif")
_LARGEST_TEXT_BYTES = 2**20
_LARGEST_PROFILE_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    start: int
    end: int


def open_png(file: IO[bytes]) -> PngImageFile:
    """A PNG with its header read.

    Raises:
        Exception: Whatever Pillow throws at damaged data.
    """
    data = file.read()
    kept, at = [], 0
    found: dict[str | tuple[int, int], Any] = {}
    for chunk in _chunks(data):
        body = data[chunk.start + 8 : chunk.end - 4] if chunk.kind in _LOOKED_AT else b""
        if chunk.kind == b"cICP" and len(body) == 4:
            found[CICP] = tuple(body)
        if (chunk.kind in _TEXTS and not _is_read(chunk.kind, body)) or chunk.kind == b"iCCP":
            kept.append(data[at : chunk.start])
            at = chunk.end
        if chunk.kind == b"iCCP":
            found["icc_profile"] = _inflated(body.partition(b"\0")[2][1:], _LARGEST_PROFILE_BYTES)
    image = PngImageFile(BytesIO(b"".join([*kept, data[at:]]) if kept else data))
    image.info |= found
    return image


def with_clear_grey(image: PngImageFile, data: bytes) -> Image.Image:
    """A decoded PNG; the one grey that it says is transparent is so, whatever its depth."""
    clear = image.info.get("transparency")
    if not isinstance(clear, int) or not (image.mode in ("1", "L") or image.mode.startswith("I")):
        return image
    bits = data[_BITS_AT]
    values = np.asarray(image)
    if bits < 8:  # the values are spread over 0 … 255 (or a truth), the one that is clear is not
        clear = clear * 255 // (2**bits - 1)
        values = values.astype(np.uint8) * (255 if image.mode == "1" else 1)
    grey = values if bits <= 8 else (values // 257).astype(np.uint8)
    alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
    return Image.merge("LA", (Image.fromarray(grey), alpha))


_LOOKED_AT = (*_TEXTS, b"iCCP", b"cICP")


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """The whole chunks of a PNG, as far as it is one."""
    at = _SIGNATURE_BYTES
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        yield _Chunk(data[at + 4 : at + 8], at, end)
        at = end


def _is_read(kind: bytes, body: bytes) -> bool:
    """Whether a text is one that is looked at, and none too large."""
    keyword, _, text = body.partition(b"\0")
    if keyword not in _READ_TEXTS or len(body) > _LARGEST_TEXT_BYTES:
        return False
    if kind == b"zTXt":
        return text[:1] == b"\0" and _inflated(text[1:], _LARGEST_TEXT_BYTES) is not None
    if kind == b"iTXt" and text[:1] == b"\1":
        packed = text[2:].split(b"\0", 2)[-1]
        return _inflated(packed, _LARGEST_TEXT_BYTES) is not None
    return True


def _inflated(packed: bytes, largest_bytes: int) -> bytes | None:
    """What was packed; None if it is damaged or too large."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(packed, largest_bytes)
    except zlib.error:
        return None
    return None if unpacker.unconsumed_tail else unpacked
