"""Every layout of PNG shows the samples it was written from, whatever else its chunks hold."""

import itertools
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import ImageCms

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.decode import DecodeError, decode

WIDTH, HEIGHT = 37, 29
GROUND = 128.0
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
N_CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGB_ALPHA: (8, 16),
}
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


@dataclass(frozen=True)
class Layout:
    colour: int
    bits: int
    is_interlaced: bool = False
    filtered: int = 0
    with_transparency: bool = False


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def samples_of(layout: Layout) -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    n = N_CHANNELS[layout.colour]
    waves = [(x * (c + 1) * 7 + y * (5 - c) * 3 + c * 40) % 256 for c in range(n)]
    return np.rint(np.stack(waves, axis=-1) / 255 * (2**layout.bits - 1)).astype(int)


def packed(rows: np.ndarray, bits: int) -> list[bytes]:
    """The bytes of each row; rows is (H, W, channels)."""
    if bits in (8, 16):
        return [row.astype(f">u{bits // 8}").tobytes() for row in rows]
    made = []
    for row in rows:
        text = "".join(format(int(value), f"0{bits}b") for value in row.reshape(-1))
        text += "0" * (-len(text) % 8)
        made.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    return made


def filtered(rows: list[bytes], layout: Layout) -> bytes:
    """Rows with one filter, by the specification's formulas."""
    step = max(1, N_CHANNELS[layout.colour] * layout.bits // 8)
    before = bytes(len(rows[0])) if rows else b""
    made = b""
    for row in rows:
        out = bytearray([layout.filtered])
        for i, value in enumerate(row):
            left = row[i - step] if i >= step else 0
            corner = before[i - step] if i >= step else 0
            guess = PREDICTIONS[layout.filtered](left, before[i], corner)
            out.append((value - guess) % 256)
        made += bytes(out)
        before = row
    return made


def paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))


PREDICTIONS = {
    0: lambda left, above, corner: 0,
    1: lambda left, above, corner: left,
    2: lambda left, above, corner: above,
    3: lambda left, above, corner: (left + above) // 2,
    4: paeth,
}


def write_png(samples: np.ndarray, layout: Layout, *chunks: bytes) -> bytes:
    head = struct.pack(
        ">IIBBBBB", WIDTH, HEIGHT, layout.bits, layout.colour, 0, 0, layout.is_interlaced
    )
    if layout.is_interlaced:
        parts = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES]
        parts = [part for part in parts if part.size]
    else:
        parts = [samples]
    pixels = b"".join(filtered(packed(part, layout.bits), layout) for part in parts)
    body = chunk(b"IHDR", head) + b"".join(chunks) + chunk(b"IDAT", zlib.compress(pixels))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def colours(bits: int) -> np.ndarray:
    return np.array([[(i * step + 11 * step) % 256 for step in (3, 5, 7)] for i in range(2**bits)])


def transparency(samples: np.ndarray, layout: Layout) -> bytes:
    """The chunk that makes the colour of the pixel in the middle transparent."""
    if layout.colour == PALETTE:
        return chunk(b"tRNS", bytes((i * 37) % 256 for i in range(2**layout.bits)))
    middle = samples[HEIGHT // 2, WIDTH // 2]
    return chunk(b"tRNS", struct.pack(f">{len(middle)}H", *middle))


def shown(samples: np.ndarray, layout: Layout) -> np.ndarray:
    """What the samples mean, by the specification: float (H, W, 3), 0 … 255."""
    top = 2**layout.bits - 1
    alpha = np.ones((HEIGHT, WIDTH, 1))
    if layout.colour == PALETTE:
        indices = samples[..., 0]
        straight = colours(layout.bits)[indices].astype(float)
        if layout.with_transparency:
            alpha = ((indices * 37) % 256 / 255)[..., None]
    else:
        straight = samples / top * 255.0
        if layout.colour in (GREY_ALPHA, RGB_ALPHA):
            straight, alpha = straight[..., :-1], straight[..., -1:] / 255
        elif layout.with_transparency:
            middle = samples[HEIGHT // 2, WIDTH // 2]
            alpha = 1.0 - (samples == middle).all(axis=-1, keepdims=True)
        straight = np.broadcast_to(straight, (HEIGHT, WIDTH, 3))
    return straight * alpha + GROUND * (1 - alpha)


def layouts() -> Iterator[Layout]:
    for colour, depths in DEPTHS.items():
        for bits, is_interlaced, kind in itertools.product(depths, (False, True), range(5)):
            for clear in (False, True) if colour in (GREY, RGB, PALETTE) else (False,):
                yield Layout(colour, bits, is_interlaced, kind, clear)


@pytest.mark.parametrize("colour", DEPTHS)
def test_every_layout_shows_what_was_written(colour: int) -> None:
    wrong = []
    for layout in (each for each in layouts() if each.colour == colour):
        samples = samples_of(layout)
        chunks = []
        if colour == PALETTE:
            chunks.append(chunk(b"PLTE", colours(layout.bits).astype(np.uint8).tobytes()))
        if layout.with_transparency:
            chunks.append(transparency(samples, layout))
        pixels = decode(write_png(samples, layout, *chunks)).pixels.astype(float)
        off = np.abs(pixels - shown(samples, layout)).max()
        if off > 1.6:
            wrong.append(f"{layout}: {off:.0f}")
    assert not wrong, "; ".join(wrong[:12])


PLAIN = Layout(RGB, 8)
LONG_TEXT = b"once upon a time " * 200_000


def text_chunks() -> dict[str, list[bytes]]:
    short = zlib.compress(LONG_TEXT)
    return {
        "tEXt": [chunk(b"tEXt", b"Comment\0" + LONG_TEXT)],
        "zTXt": [chunk(b"zTXt", b"Comment\0\0" + short)],
        "iTXt": [chunk(b"iTXt", b"Comment\0\1\0en\0\0" + short)],
        "plain iTXt": [chunk(b"iTXt", b"Comment\0\0\0en\0\0" + LONG_TEXT)],
        "XMP": [chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + short)],
        "many": [chunk(b"zTXt", b"C%d\0\0" % n + short) for n in range(30)],
        "unknown method": [chunk(b"zTXt", b"Comment\0\7" + short)],
        "private": [chunk(b"prVt", bytes(3_000_000))],
    }


@pytest.mark.parametrize("name", text_chunks())
@pytest.mark.parametrize("is_behind", [False, True])
def test_a_picture_with_long_texts_is_read(name: str, is_behind: bool) -> None:
    samples = samples_of(PLAIN)
    data = write_png(samples, PLAIN)
    at = len(data) - 12 if is_behind else 33
    data = data[:at] + b"".join(text_chunks()[name]) + data[at:]

    assert np.abs(decode(data).pixels - shown(samples, PLAIN)).max() <= 1


def test_a_text_that_is_a_bomb_costs_nothing() -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(300)) + packer.flush()
    samples = samples_of(PLAIN)
    chunks = [chunk(b"zTXt", b"C\0\0" + bomb), chunk(b"iCCP", b"C\0\0" + bomb)]

    assert (
        np.abs(decode(write_png(samples, PLAIN, *chunks)).pixels - shown(samples, PLAIN)).max() <= 1
    )


def srgb_profile(n_bytes: int) -> bytes:
    """A profile of sRGB with its red and blue swapped, padded to a size."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {bytes(profile[e : e + 4]): e for e in range(132, 132 + 12 * profile[131], 12)}
    for one, other in ((b"rXYZ", b"bXYZ"),):
        profile[at[one] : at[one] + 4], profile[at[other] : at[other] + 4] = other, one
    profile += bytes(n_bytes - len(profile))
    profile[:4] = n_bytes.to_bytes(4, "big")
    return bytes(profile)


@pytest.mark.parametrize("n_bytes", [4_000, 1_100_000, 3_500_000])
def test_profiles_of_every_size_are_used(n_bytes: int) -> None:
    samples = np.broadcast_to([200, 90, 20], (HEIGHT, WIDTH, 3))
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(srgb_profile(n_bytes)))
    pixel = decode(write_png(samples, PLAIN, profile)).pixels[5, 5]
    assert pixel.tolist() == pytest.approx([20, 90, 200], abs=3)


def test_a_profile_beyond_reason_is_ignored() -> None:
    samples = samples_of(PLAIN)
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(srgb_profile(9_000_000)))
    assert np.abs(decode(write_png(samples, PLAIN, profile)).pixels - samples).max() <= 1


def test_a_picture_whose_pixels_are_damaged_is_still_broken() -> None:
    data = bytearray(write_png(samples_of(PLAIN), PLAIN, *text_chunks()["zTXt"]))
    at = data.index(b"IDAT") + 40
    data[at] ^= 0xFF
    with pytest.raises(DecodeError) as caught:
        decode(bytes(data))
    assert caught.value.problem.kind is ProblemKind.BROKEN
