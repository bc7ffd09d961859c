"""Every layout of JPEG that is accepted shows what it was made from."""

import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ahash_desktop.imaging.decode import DecodeError, decode
from tests import patience
from tests.pictures import has_imagemagick

SIZE = (75, 53)


def source() -> np.ndarray:
    """A smooth picture, which subsampling leaves as it is."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] / 75.0
    waves = [120 + 100 * np.sin(x * 3 + c) * np.cos(y * 2 - c) for c in range(3)]
    return np.stack(waves, axis=-1).round().astype(np.uint8)


def jpeg(image: Image.Image, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=98, **options)
    return buffer.getvalue()


def off(data: bytes, expected: np.ndarray) -> float:
    return float(np.abs(decode(data).pixels.astype(float) - expected).max())


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("restart", [0, 1])
def test_colour_of_every_sampling_and_order_is_read(
    subsampling: str, progressive: bool, restart: int
) -> None:
    data = jpeg(
        Image.fromarray(source()),
        subsampling=subsampling,
        progressive=progressive,
        restart_marker_rows=restart,
    )
    assert off(data, source()) < 8


@pytest.mark.parametrize("has_marker", [False, True])
@pytest.mark.parametrize("progressive", [False, True])
def test_rgb_that_was_never_ycbcr_is_read(has_marker: bool, progressive: bool) -> None:
    data = jpeg(Image.fromarray(source()), keep_rgb=True, progressive=progressive)
    at = data.find(b"Adobe")
    if at > 0 and not has_marker:
        size = int.from_bytes(data[at - 2 : at], "big")
        data = data[: at - 4] + data[at - 2 + size :]
    assert off(data, source()) < 6


def test_grey_is_read() -> None:
    grey = source()[..., 0]
    assert off(jpeg(Image.fromarray(grey)), np.repeat(grey[..., None], 3, axis=-1)) < 6


@pytest.mark.parametrize("has_marker", [False, True])
@pytest.mark.parametrize("progressive", [False, True])
def test_inks_are_read_as_the_programs_write_them(has_marker: bool, progressive: bool) -> None:
    """Inverted, that is, with Adobe's mark or without, which is how ImageMagick reads them, too."""
    inks = np.dstack([source(), source()[..., 0] // 4])
    data = jpeg(Image.fromarray(inks, "CMYK"), progressive=progressive)
    at = data.index(b"Adobe")
    if not has_marker:
        size = int.from_bytes(data[at - 2 : at], "big")
        data = data[: at - 4] + data[at - 2 + size :]
    paper = 255.0 - inks.astype(float)
    assert off(data, paper[..., :3] * paper[..., 3:] / 255) < 8


@pytest.mark.parametrize("marker", [0xC1, 0xC3, 0xC5, 0xCB])
def test_other_processes_are_read_right_or_refused(marker: int) -> None:
    """Extended, lossless and hierarchical coding, named in place of the true one."""
    data = jpeg(Image.fromarray(source()))
    at = data.index(b"\xff\xc0")
    try:
        assert off(data[: at + 1] + bytes([marker]) + data[at + 2 :], source()) < 8
    except DecodeError:
        return


def test_depths_above_8_bits_are_refused() -> None:
    data = bytearray(jpeg(Image.fromarray(source())))
    data[data.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(DecodeError):
        decode(bytes(data))


@pytest.mark.parametrize("factors", ["1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x4"])
@pytest.mark.parametrize("kind", ["RGB", "L", "CMYK"])
def test_an_independent_program_writes_and_reads_the_same(
    tmp_path: Path, factors: str, kind: str
) -> None:
    if not has_imagemagick():
        pytest.skip("ImageMagick is not installed")
    if kind == "CMYK" and factors in ("4x2", "2x4"):
        pytest.skip("four channels cannot be sampled so unevenly")
    path, whole = tmp_path / "a.jpg", tmp_path / "a.png"
    Image.fromarray(source()).save(whole)
    colours = {"RGB": "sRGB", "L": "Gray", "CMYK": "CMYK"}[kind]
    for interlace in ("None", "JPEG"):
        made = ["convert", whole, "-colorspace", colours, "-quality", "98"]
        made += ["-sampling-factor", factors, "-interlace", interlace, path]
        subprocess.run(made, check=True, timeout=patience.LATER_S)
        shown = ["convert", path, "-colorspace", "sRGB", "-depth", "8", "rgb:-"]
        raw = subprocess.run(
            shown, capture_output=True, check=True, timeout=patience.LATER_S
        ).stdout
        theirs = np.frombuffer(raw, np.uint8).reshape(SIZE[1], SIZE[0], 3)
        assert off(path.read_bytes(), theirs) < 8
