"""Writes TIFFs of every layout from samples that are known, without the library that is tested."""

import itertools
import lzma
import struct
import zlib
from dataclasses import dataclass

import numpy as np

NONE, LZW, DEFLATE, PACKBITS, LZMA = 1, 5, 8, 32773, 34925
SHORT, LONG, LONG8 = 3, 4, 16
_LETTERS = {SHORT: "H", LONG: "I", LONG8: "Q"}


@dataclass(frozen=True)
class Layout:
    """How samples lie in a TIFF; `tile` is a tile's size, or None for strips of `rows`."""

    bits: int = 8
    photometric: int = 2
    planar: int = 1
    compression: int = NONE
    predictor: int = 1
    order: str = "<"
    tile: tuple[int, int] | None = None
    rows: int = 10
    sample_format: int = 1
    fill_order: int = 1
    extra: tuple[int, ...] = ()
    is_big: bool = False

    def __str__(self) -> str:
        return (
            f"{self.bits} bit of kind {self.sample_format}, photometric {self.photometric}, "
            f"planar {self.planar}, compression {self.compression}, predictor {self.predictor}, "
            f"order {self.order}, tile {self.tile}, rows {self.rows}, fill {self.fill_order}, "
            f"extra {self.extra}, big {self.is_big}"
        )


def write_tiff(samples: np.ndarray, layout: Layout, **more: list[int]) -> bytes:
    """A TIFF of samples (H, W, channels) in the range of the layout's depth.

    More tags are given by their numbers: `tag_320=[…]`.
    """
    height, width, n_channels = samples.shape
    planes = (
        [samples] if layout.planar == 1 else [samples[..., c : c + 1] for c in range(n_channels)]
    )
    chunks = [
        _compressed(_block_bytes(block, layout), layout)
        for plane in planes
        for block in _blocks(plane, layout)
    ]
    body = bytearray(16 if layout.is_big else 8)
    offsets = []
    for chunk in chunks:
        offsets.append(len(body))
        body += chunk + b"\0" * (len(chunk) % 2)
    kind = LONG8 if layout.is_big else LONG
    tags = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [layout.bits] * n_channels),
        259: (SHORT, [layout.compression]),
        262: (SHORT, [layout.photometric]),
        277: (SHORT, [n_channels]),
        284: (SHORT, [layout.planar]),
    }
    if layout.tile:
        tags |= {
            322: (LONG, [layout.tile[0]]),
            323: (LONG, [layout.tile[1]]),
            324: (kind, offsets),
            325: (LONG, [len(c) for c in chunks]),
        }
    else:
        tags |= {
            273: (kind, offsets),
            278: (LONG, [layout.rows]),
            279: (LONG, [len(c) for c in chunks]),
        }
    if layout.predictor != 1:
        tags[317] = (SHORT, [layout.predictor])
    if layout.sample_format != 1:
        tags[339] = (SHORT, [layout.sample_format] * n_channels)
    if layout.fill_order != 1:
        tags[266] = (SHORT, [layout.fill_order])
    if layout.extra:
        tags[338] = (SHORT, list(layout.extra))
    tags |= {int(name.removeprefix("tag_")): (SHORT, values) for name, values in more.items()}
    return _with_directory(body, tags, layout)


def _blocks(plane, layout):
    height, width, _ = plane.shape
    if layout.tile is None:
        return [plane[y : y + layout.rows] for y in range(0, height, layout.rows)]
    w, h = layout.tile
    padded = np.pad(plane, ((0, -height % h), (0, -width % w), (0, 0)))
    return [padded[y : y + h, x : x + w] for y in range(0, height, h) for x in range(0, width, w)]


def _block_bytes(block, layout):
    rows = [_row_bytes(row, layout) for row in block]
    return b"".join(rows)


def _row_bytes(row, layout):
    """One row; `row` is (W, channels)."""
    bits, n = layout.bits, row.shape[1]
    if layout.sample_format == 3:
        flat = row.astype(f"{layout.order}f{bits // 8}")
        if layout.predictor == 3:
            big = row.astype(f">f{bits // 8}").tobytes()
            planes = np.frombuffer(big, np.uint8).reshape(-1, bits // 8).T.reshape(-1)
            shifted = np.concatenate([np.zeros(n, np.uint8), planes[:-n]])
            return (planes - shifted).astype(np.uint8).tobytes()
        return flat.tobytes()
    values = row.astype(np.int64)
    if layout.predictor == 2:
        values = np.diff(values, axis=0, prepend=0) % (1 << bits)
    if bits in (8, 16, 32):
        return (values.reshape(-1) % (1 << bits)).astype(f"{layout.order}u{bits // 8}").tobytes()
    text = "".join(format(int(v), f"0{bits}b") for v in values.reshape(-1))
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def _compressed(data, layout):
    match layout.compression:
        case 8 | 32946:
            data = zlib.compress(data)
        case 5:
            data = lzw(data)
        case 32773:
            data = packbits(data)
        case 34925:
            data = lzma.compress(data)
    if layout.fill_order == 2:
        data = bytes(int(format(b, "08b")[::-1], 2) for b in data)
    return data


def packbits(data):
    out = bytearray()
    for byte, run in itertools.groupby(data):
        n = len(list(run))
        while n:
            take = min(n, 128)
            out += bytes([257 - take if take > 1 else 0, byte])
            n -= take
    return bytes(out)


class _Bits:
    """Codes put together from their highest bit on."""

    def __init__(self):
        self.out = bytearray()
        self._waiting = self._n_waiting = 0

    def put(self, code, width):
        self._waiting = (self._waiting << width) | code
        self._n_waiting += width
        while self._n_waiting >= 8:
            self._n_waiting -= 8
            self.out.append(self._waiting >> self._n_waiting & 255)
        self._waiting &= (1 << self._n_waiting) - 1

    def finished(self):
        self.put(0, -self._n_waiting % 8)
        return bytes(self.out)


def lzw(data):
    """LZW as TIFF has it: widths grow one code early, and the table is emptied in time."""
    bits, prefix, width = _Bits(), b"", 9
    bits.put(256, 9)
    table = {bytes([i]): i for i in range(256)}
    following = 258
    for byte in data:
        longer = prefix + bytes([byte])
        if longer in table:
            prefix = longer
            continue
        bits.put(table[prefix], width)
        table[longer] = following
        following += 1
        width = max(width, following.bit_length())
        if following == 4094:
            bits.put(256, 12)
            table, following, width = {bytes([i]): i for i in range(256)}, 258, 9
        prefix = bytes([byte])
    bits.put(table[prefix], width)
    following += 1
    bits.put(257, max(width, min(12, following.bit_length())))
    return bits.finished()


def _with_directory(body, tags, layout):
    o = layout.order
    room = 8 if layout.is_big else 4
    entries = b""
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"{o}{len(values)}{_LETTERS[kind]}", *values)
        if len(packed) > room:
            body += b"\0" * (len(body) % 2)
            where = struct.pack(o + ("Q" if layout.is_big else "I"), len(body))
            body += packed
        else:
            where = packed.ljust(room, b"\0")
        entries += (
            struct.pack(o + ("HHQ" if layout.is_big else "HHI"), tag, kind, len(values)) + where
        )
    body += b"\0" * (len(body) % 2)
    at = len(body)
    body += struct.pack(o + ("Q" if layout.is_big else "H"), len(tags)) + entries + b"\0" * room
    mark = b"II" if o == "<" else b"MM"
    head = (
        mark + struct.pack(o + "HHHQ", 43, 8, 0, at)
        if layout.is_big
        else mark + struct.pack(o + "HI", 42, at)
    )
    body[: len(head)] = head
    return bytes(body)
