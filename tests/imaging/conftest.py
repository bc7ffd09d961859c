"""Camera RAW files for the imaging tests, rendered like everything else."""

import struct
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL = 1, 2, 3, 4, 5, 10
_FORMATS = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "II", SRATIONAL: "ii"}

Entries = list[tuple[int, int, list[int] | bytes]]


@pytest.fixture
def render_dng() -> Callable[..., bytes]:
    """Renders a DNG: left half red, right half blue, optionally with a JPEG preview."""
    return _render_dng


def _render_dng(
    size: tuple[int, int] = (640, 480), *, preview: bytes | None = None, orientation: int = 1
) -> bytes:
    sensor = _bayer(size).astype("<u2").tobytes()
    sensor_at = 8
    preview_at = sensor_at + len(sensor)
    body = bytearray(b"II*\0\0\0\0\0") + sensor + (preview or b"")
    raw_ifd: Entries = [
        (254, LONG, [0]),
        *_layout(size, bits=[16], photometric=32803, n_samples=1),
        (273, LONG, [sensor_at]),
        (278, LONG, [size[1]]),
        (279, LONG, [len(sensor)]),
        (33421, SHORT, [2, 2]),
        (33422, BYTE, [0, 1, 1, 2]),
        (50714, LONG, [0]),
        (50717, LONG, [4095]),
    ]
    shared: Entries = [
        (271, ASCII, b"Acme Optical\0\0"),
        (272, ASCII, b"Acme One\0"),
        (274, SHORT, [orientation]),
        (306, ASCII, b"2021:03:04 05:06:07\0"),
        (50706, BYTE, [1, 4, 0, 0]),
        (50707, BYTE, [1, 1, 0, 0]),
        (50708, ASCII, b"Acme One\0"),
        (50721, SRATIONAL, [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]),
        (50728, RATIONAL, [1, 1, 1, 1, 1, 1]),
        (50778, SHORT, [21]),
    ]
    if preview is None:
        return _with_directory(body, [*shared, *raw_ifd])
    raw_at = _append_directory(body, raw_ifd)
    small = Image.open(BytesIO(preview)).size
    first: Entries = [
        (254, LONG, [1]),
        *_layout(small, bits=[8, 8, 8], photometric=6, n_samples=3, compression=7),
        (273, LONG, [preview_at]),
        (278, LONG, [small[1]]),
        (279, LONG, [len(preview)]),
        (330, LONG, [raw_at]),
    ]
    return _with_directory(body, [*shared, *first])


def _bayer(size: tuple[int, int]) -> np.ndarray:
    width, height = size
    sensor = np.full((height, width), 200, dtype=np.uint16)
    sensor[0::2, 0 : width // 2 : 2] = 3500
    sensor[1::2, width // 2 + 1 :: 2] = 3500
    return sensor


def _layout(
    size: tuple[int, int], bits: list[int], photometric: int, n_samples: int, compression: int = 1
) -> Entries:
    return [
        (256, LONG, [size[0]]),
        (257, LONG, [size[1]]),
        (258, SHORT, bits),
        (259, SHORT, [compression]),
        (262, SHORT, [photometric]),
        (277, SHORT, [n_samples]),
    ]


def _with_directory(body: bytearray, entries: Entries) -> bytes:
    at = _append_directory(body, entries)
    body[4:8] = struct.pack("<I", at)
    return bytes(body)


def _append_directory(body: bytearray, entries: Entries) -> int:
    packed = []
    for tag, kind, values in sorted(entries):
        if isinstance(values, bytes):
            data, count = values, len(values)
        else:
            letters = _FORMATS[kind]
            count = len(values) // len(letters)
            data = struct.pack("<" + letters * count, *values)
        if len(data) > 4:
            body += b"\0" * (len(body) % 2)
            where = struct.pack("<I", len(body))
            body += data
        else:
            where = data.ljust(4, b"\0")
        packed.append(struct.pack("<HHI", tag, kind, count) + where)
    body += b"\0" * (len(body) % 2)
    at = len(body)
    body += struct.pack("<H", len(packed)) + b"".join(packed) + struct.pack("<I", 0)
    return at
