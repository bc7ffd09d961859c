"""Every layout of TIFF that is accepted shows the samples it was written from."""

import itertools
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.decode import DecodeError, decode
from tests import patience
from tests.imaging.tiff_writer import DEFLATE, LZMA, LZW, NONE, PACKBITS, Layout, write_tiff
from tests.pictures import has_imagemagick

WIDTH, HEIGHT = 37, 29
GROUND = 128.0
UNSIGNED, SIGNED, FRACTIONS = 1, 2, 3
N_CHANNELS = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3}
DEPTHS = {
    UNSIGNED: {
        0: (1, 2, 4, 8, 12, 16, 32),
        1: (1, 2, 4, 8, 12, 16, 32),
        2: (4, 8, 12, 16, 32),
        3: (1, 2, 4, 8),
        5: (8, 16),
        6: (8, 16),
        8: (8, 16),
    },
    SIGNED: {0: (8, 16, 32), 1: (8, 16, 32), 2: (8, 16)},
    FRACTIONS: {0: (16, 32, 64), 1: (16, 32, 64), 2: (16, 32, 64)},
}
GROUPS = [
    (kind, photometric, bits)
    for kind, depths in DEPTHS.items()
    for photometric, each in depths.items()
    for bits in each
]


def shares(n_channels: int) -> np.ndarray:
    """Smooth channels that differ, each from 0 to 1: float (H, W, n)."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [(x * (c + 1) * 7 + y * (5 - c) * 3 + c * 40) % 256 for c in range(n_channels)]
    return np.stack(waves, axis=-1) / 255.0


def samples_of(layout: Layout) -> np.ndarray:
    n_channels = N_CHANNELS[layout.photometric] + len(layout.extra)
    if layout.sample_format == FRACTIONS:
        return shares(n_channels)
    top = 2.0**layout.bits - 1
    unsigned = np.rint(shares(n_channels) * top)
    return unsigned if layout.sample_format == UNSIGNED else unsigned - (top + 1) / 2


def colours_of(layout: Layout) -> list[int]:
    """A colour map: all reds, all greens, all blues, each of 16 bits."""
    n = 2**layout.bits
    return [(i * step * 257 + 911 * step) % 65536 for step in (3, 5, 7) for i in range(n)]


def shown(samples: np.ndarray, layout: Layout) -> np.ndarray:
    """What the samples mean, by the TIFF 6.0 specification: float (H, W, 3), 0 … 255."""
    if layout.photometric == 3:
        colours = np.array(colours_of(layout)).reshape(3, -1) // 256
        straight = colours[:, samples[..., 0].astype(int)].transpose(1, 2, 0).astype(float)
        return on_ground(straight, samples[..., 1:2] / (2.0**layout.bits - 1), layout.extra)
    low, high = (0.0, 1.0) if layout.sample_format == FRACTIONS else (samples.min(), samples.max())
    if layout.sample_format == UNSIGNED:
        low, high = 0.0, 2.0**layout.bits - 1
    values = (samples - low) / (high - low)
    n = N_CHANNELS[layout.photometric]
    colour, alpha = values[..., :n], values[..., n : n + 1]
    straight = 255 * MEANINGS[layout.photometric](colour)
    return on_ground(straight, alpha, layout.extra)


def on_ground(straight: np.ndarray, alpha: np.ndarray, extra: tuple[int, ...]) -> np.ndarray:
    if extra[:1] == (2,):
        return straight * alpha + GROUND * (1 - alpha)
    if extra[:1] == (1,):
        return np.minimum(straight, 255 * alpha) + GROUND * (1 - alpha)
    return straight


def from_ycbcr(values: np.ndarray) -> np.ndarray:
    y, cb, cr = (values[..., i] for i in range(3))
    cb, cr = cb - 128 / 255, cr - 128 / 255
    red, green, blue = y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb
    return np.clip(np.stack([red, green, blue], axis=-1), 0, 1)


MEANINGS = {
    0: lambda values: np.repeat(1 - values, 3, axis=-1),
    1: lambda values: np.repeat(values, 3, axis=-1),
    2: lambda values: values,
    5: lambda values: (1 - values[..., :3]) * (1 - values[..., 3:]),
    6: from_ycbcr,
}


def layouts(kind: int, photometric: int, bits: int) -> Iterator[Layout]:
    """All ways in which such samples may lie; some of them no reader knows."""
    extras = [(), (0,), (1,), (2,), (0, 0)] if kind == UNSIGNED and bits >= 8 else [()]
    ways = itertools.product(
        (1, 2),
        (NONE, LZW, DEFLATE, PACKBITS, LZMA),
        (1, 2, 3),
        "<>",
        (None, (16, 16)),
        (1, 2),
        extras,
    )
    for planar, compression, predictor, order, tile, fill_order, extra in ways:
        is_predicted = compression in (LZW, DEFLATE, LZMA)
        if predictor == 2 and not (is_predicted and bits in (8, 16, 32) and kind != FRACTIONS):
            continue
        if predictor == 3 and not (is_predicted and kind == FRACTIONS):
            continue
        if (fill_order == 2 and bits > 8) or (
            planar == 2 and N_CHANNELS[photometric] + len(extra) == 1
        ):
            continue
        yield Layout(
            bits,
            photometric,
            planar,
            compression,
            predictor,
            order,
            tile,
            10,
            kind,
            fill_order,
            extra,
        )


def written(layout: Layout) -> tuple[np.ndarray, bytes]:
    samples = samples_of(layout)
    if layout.extra[:1] == (1,):
        samples[..., :-1] = np.minimum(samples[..., :-1], samples[..., -1:])
    more = {"tag_320": colours_of(layout)} if layout.photometric == 3 else {}
    if layout.photometric == 6:
        more["tag_530"] = [1, 1]
    return samples, write_tiff(samples, layout, **more)


def pixels_of(data: bytes) -> np.ndarray | None:
    """The pixels as the program reads them; None if the layout is refused."""
    try:
        return decode(data).pixels.astype(float)
    except DecodeError as error:
        if error.problem.kind not in (ProblemKind.UNSUPPORTED, ProblemKind.BROKEN):
            raise
        return None


def difference(layout: Layout) -> float | None:
    """How far a pixel is off at most; None if the layout is refused."""
    samples, data = written(layout)
    pixels = pixels_of(data)
    if pixels is None:
        return None
    assert pixels.shape == (HEIGHT, WIDTH, 3), layout
    return float(np.abs(pixels - shown(samples, layout)).max())


@pytest.mark.parametrize(("kind", "photometric", "bits"), [g for g in GROUPS if g[1] != 8])
def test_a_layout_shows_what_was_written_or_is_refused(
    kind: int, photometric: int, bits: int, thorough: bool
) -> None:
    tolerance = 3.0 if photometric in (5, 6) else 1.6
    wrong = [
        f"{layout}: {off:.0f}"
        for layout in itertools.islice(
            layouts(kind, photometric, bits), 0, None, 1 if thorough else 7
        )
        if (off := difference(layout)) is not None and off > tolerance
    ]
    assert not wrong, f"{len(wrong)} layouts: " + "; ".join(wrong[:12])


COMMON = [
    Layout(bits, photometric, planar, compression, 1, order, tile, is_big=is_big)
    for photometric, bits in ((1, 1), (0, 1), (1, 8), (2, 8), (2, 16), (1, 16), (3, 8), (5, 8))
    for planar in ((1, 2) if photometric == 2 else (1,))
    for compression in (NONE, LZW, DEFLATE)
    for order in "<>"
    for tile in (None, (32, 16))
    for is_big in ((False, True) if order == "<" else (False,))
]


@pytest.mark.parametrize("layout", COMMON, ids=str)
def test_the_layouts_people_have_are_read(layout: Layout) -> None:
    off = difference(layout)
    assert off is not None
    assert off <= 2


def test_big_tiffs_of_the_other_order_are_refused_by_name() -> None:
    _, data = written(Layout(order=">", is_big=True))
    with pytest.raises(DecodeError, match="BigTIFF"):
        decode(data)


@pytest.mark.parametrize("rows", [1, 7, HEIGHT, 1000])
@pytest.mark.parametrize("tile", [(16, 48), (48, 16), (64, 64)])
@pytest.mark.parametrize("planar", [1, 2])
def test_strips_and_tiles_of_every_size_are_read(
    rows: int, tile: tuple[int, int], planar: int
) -> None:
    plain = Layout(8, 2, planar, rows=rows)
    for layout in (plain, replace(plain, tile=tile), replace(plain, tile=tile, compression=LZW)):
        off = difference(layout)
        assert off is not None, layout
        assert off <= 1, layout


def test_lab_shows_the_colours_it_means() -> None:
    lab = {(200, 90, 20): (54, 41, 58), (40, 120, 220): (50, 7, -61), (128, 128, 128): (54, 0, 0)}
    for planar, compression in itertools.product((1, 2), (NONE, LZW)):
        for colour, (light, a, b) in lab.items():
            samples = np.empty((HEIGHT, WIDTH, 3))
            samples[:] = (light * 255 / 100, a % 256, b % 256)
            data = write_tiff(np.rint(samples), Layout(8, 8, planar, compression))
            pixels = pixels_of(data)
            assert pixels is not None or planar == 2
            if pixels is not None:
                assert pixels[5, 5] == pytest.approx(colour, abs=8)


@pytest.mark.parametrize(
    "more",
    [
        {"tag_530": [2, 2]},
        {"tag_530": [2, 1]},
        {"tag_530": [1, 1], "tag_529": [1, 1, 1, 1, 1, 1]},
    ],
)
def test_colours_of_another_kind_than_jpegs_are_refused(more: dict[str, list[int]]) -> None:
    samples = samples_of(Layout(8, 6))
    with pytest.raises(DecodeError) as caught:
        decode(write_tiff(samples, Layout(8, 6), **more))
    assert caught.value.problem.kind is ProblemKind.UNSUPPORTED


def test_inks_that_are_not_cyan_magenta_yellow_and_black_are_refused() -> None:
    samples = samples_of(Layout(8, 5))
    with pytest.raises(DecodeError):
        decode(write_tiff(samples, Layout(8, 5), tag_332=[2]))


def magick_pixels(data: bytes, folder: Path) -> np.ndarray:
    if not has_imagemagick():
        pytest.skip("ImageMagick is not installed")
    path = folder / "a.tif"
    path.write_bytes(data)
    command = ["convert", f"tiff:{path}[0]", "-depth", "8", "-colorspace", "sRGB", "rgb:-"]
    raw = subprocess.run(command, capture_output=True, check=True, timeout=patience.LATER_S).stdout
    return np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 3).astype(float)


@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("compression", [NONE, LZW, DEFLATE, PACKBITS, LZMA])
def test_an_independent_reader_sees_the_same(
    tmp_path: Path, planar: int, bits: int, compression: int
) -> None:
    for photometric, order, tile in itertools.product((0, 1, 2), "<>", (None, (16, 16))):
        if photometric != 2 and planar == 2:
            continue
        layout = Layout(bits, photometric, planar, compression, 1, order, tile)
        samples, data = written(layout)
        theirs = magick_pixels(data, tmp_path)
        assert np.abs(theirs - shown(samples, layout)).max() <= 1.5, layout
        ours = pixels_of(data)
        assert ours is None or np.abs(ours - theirs).max() <= 2, layout
