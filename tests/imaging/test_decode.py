"""The one load function: formats, orientation, sizes, facts, limits and threads."""

import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.decode import DecodeError, DecodeLimits, decode, read_picture
from tests.pictures import render_picture, save_picture

ORIENTED = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def problem_of(source: str | bytes, **options: object) -> tuple[ProblemKind, str]:
    with pytest.raises(DecodeError) as caught:
        decode(source, **options)
    return caught.value.problem.kind, caught.value.problem.reason


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    upright = render_picture(3, (96, 64))
    exif = Image.Exif()
    exif[274] = orientation
    options = {"exif": exif} | ({} if kind in ("PNG", "TIFF") else {"quality": 95})
    data = encoded(ORIENTED[orientation](upright), kind, **options)

    picture = decode(data)

    assert (picture.facts.width, picture.facts.height) == (96, 64)
    assert picture.facts.orientation == orientation
    difference = np.abs(picture.pixels.astype(int) - np.asarray(upright).astype(int))
    assert difference.mean() < 6


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("JPEG", "JPEG"),
        ("PNG", "PNG"),
        ("WEBP", "WebP"),
        ("GIF", "GIF"),
        ("TIFF", "TIFF"),
        ("BMP", "BMP"),
        ("AVIF", "AVIF"),
        ("JPEG2000", "JPEG 2000"),
        ("PPM", "PPM"),
    ],
)
def test_content_and_not_the_name_decides_the_format(tmp_path: Path, kind: str, name: str) -> None:
    path = save_picture(tmp_path / "named.heic", 1, (90, 60), kind)

    picture = decode(str(path))

    assert picture.facts.format == name
    assert picture.pixels.shape == (60, 90, 3)
    assert picture.pixels.dtype == np.uint8
    difference = np.abs(picture.pixels.astype(int) - np.asarray(render_picture(1, (90, 60))))
    assert difference.mean() < 12


def test_first_frame_of_an_animation_is_the_picture() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])

        assert decode(data).pixels[15, 20].tolist() == pytest.approx([255, 0, 0], abs=6), kind


def test_first_picture_of_an_mpo_is_the_picture() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])

    picture = decode(data)

    assert picture.facts.format == "JPEG"
    assert picture.pixels[15, 20, 0] > 240


@pytest.mark.parametrize(
    "size",
    [(3000, 2000), (2000, 3000), (4000, 1000), (1100, 900), (4000, 400), (600, 220), (513, 512)],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("target_px", [256, 512])
def test_result_is_as_large_as_asked_for_and_not_much_larger(
    size: tuple[int, int], kind: str, target_px: int
) -> None:
    picture = decode(encoded(render_picture(2, size), kind), target_px=target_px)

    height, width, _ = picture.pixels.shape
    assert (picture.facts.width, picture.facts.height) == size
    assert max(width, height) >= min(max(size), target_px)
    assert min(width, height) >= min(*size, 224)
    assert max(width, height) < 2 * target_px or min(width, height) < 2 * 224
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02)


def test_pictures_are_never_enlarged() -> None:
    assert decode(encoded(render_picture(1, (31, 17)), "JPEG")).pixels.shape == (17, 31, 3)


def test_reduced_jpeg_shows_the_same_as_the_whole_one() -> None:
    data = encoded(render_picture(5, (2400, 1600)), "JPEG", quality=90)

    small = Image.fromarray(decode(data, target_px=512).pixels).resize((96, 64))

    whole = Image.open(BytesIO(data)).resize((96, 64), reducing_gap=3)
    assert np.abs(np.asarray(small).astype(int) - np.asarray(whole)).mean() < 3


def test_a_long_strip_does_not_fill_the_memory() -> None:
    picture = decode(encoded(Image.new("L", (60_000, 230), 99), "PNG"), target_px=256)

    assert picture.pixels.nbytes < 4_000_000
    assert picture.pixels.shape[1] >= 256


def test_facts_tell_when_and_with_what() -> None:
    exif = Image.Exif()
    exif[271], exif[272], exif[306] = "NIKON CORPORATION\0", "NIKON D90\0\0 ", "2020:01:01 00:00:00"
    exif.get_ifd(0x8769)[36867] = "2019:12:31 23:59:58"

    facts = decode(encoded(render_picture(1), "JPEG", exif=exif)).facts

    assert facts.camera == "NIKON D90"
    assert facts.taken_at == "2019-12-31T23:59:58"


@pytest.mark.parametrize(
    ("original", "changed", "expected"),
    [
        ("0000:00:00 00:00:00", "2020:01:02 03:04:05", "2020-01-02T03:04:05"),
        ("    :  :     :  :  ", "2020:13:41 03:04:05", None),
        ("2024-05-01T07:30:00", None, "2024-05-01T07:30:00"),
        ("0001:01:01 00:00:00", None, None),
    ],
)
def test_impossible_times_are_left_out(
    original: str, changed: str | None, expected: str | None
) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[36867] = original
    if changed is not None:
        exif[306] = changed

    assert decode(encoded(render_picture(1), "JPEG", exif=exif)).facts.taken_at == expected


def test_damaged_exif_costs_the_facts_and_not_the_picture() -> None:
    exif = Image.Exif()
    exif[271], exif[274] = "Acme", 6
    data = bytearray(encoded(render_picture(1), "JPEG", exif=exif))
    at = data.index(b"Exif\0\0") + 6
    data[at + 8 : at + 40] = b"\xff" * 32

    picture = decode(bytes(data))

    assert picture.facts.orientation == 1
    assert picture.facts.camera is None


def test_equal_bytes_give_equal_pixels(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.jpg", 4, (1500, 900))

    again = decode(path.read_bytes())

    np.testing.assert_array_equal(decode(str(path)).pixels, again.pixels)


def test_truncated_pictures_are_broken() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP", "PPM"):
        data = encoded(render_picture(1, (300, 200)), kind)

        kind_of_problem, reason = problem_of(data[: len(data) // 2])

        assert kind_of_problem is ProblemKind.BROKEN, kind
        assert "ends before" in reason or "damaged" in reason


def test_a_jpeg_cut_off_says_so() -> None:
    data = encoded(render_picture(1, (300, 200)), "JPEG")

    assert problem_of(data[:-400])[1] == "the file ends before the picture does"


def test_what_is_no_picture_is_called_so() -> None:
    for data in (b"hello, world\n" * 9, bytes(4096), b"BM is how this text begins", b"\x00", b"P6"):
        assert problem_of(data)[0] is ProblemKind.NOT_A_PICTURE
    assert problem_of(b"")[0] is ProblemKind.EMPTY


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"\x00\x00\x01\x00\x01\x00", "ICO"),
        (b"DDS |\x00\x00\x00", "DDS"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xff\x0a\x00\x00", "JPEG XL"),
        (b"\xd7\xcd\xc6\x9a\x00\x00", "WMF"),
        (b"8BPS\x00\x02\x00\x00", "PSB"),
    ],
)
def test_pictures_of_other_formats_are_refused_by_name(head: bytes, name: str) -> None:
    kind, reason = problem_of(head + bytes(200))

    assert kind is ProblemKind.UNSUPPORTED
    assert name in reason


def test_decompression_bombs_are_refused_by_their_header() -> None:
    png = bytearray(encoded(Image.new("L", (8, 8)), "PNG"))
    ihdr = png.index(b"IHDR") + 4
    png[ihdr : ihdr + 8] = (60_000).to_bytes(4, "big") * 2
    png[ihdr + 13 : ihdr + 17] = zlib.crc32(png[ihdr - 4 : ihdr + 13]).to_bytes(4, "big")

    kind, reason = problem_of(bytes(png))

    assert kind is ProblemKind.TOO_LARGE
    assert "3,600 megapixels" in reason


def test_limits_hold_for_pixels_memory_and_file(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.png", 1, (400, 300))

    assert problem_of(str(path), limits=DecodeLimits(max_pixels=100_000))[0] is (
        ProblemKind.TOO_LARGE
    )
    kind, reason = problem_of(str(path), limits=DecodeLimits(max_memory_bytes=400_000))
    assert kind is ProblemKind.TOO_LARGE
    assert "memory" in reason
    kind, reason = problem_of(str(path), limits=DecodeLimits(max_file_bytes=100))
    assert kind is ProblemKind.TOO_LARGE
    assert "MB" in reason


def test_memory_that_runs_out_is_a_problem_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ahash_desktop.imaging.decode.decode_raster", exhausted)

    assert problem_of(encoded(render_picture(1), "PNG"))[0] is ProblemKind.OUT_OF_MEMORY


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    assert problem_of(str(tmp_path / "gone.jpg"))[0] is ProblemKind.VANISHED
    assert problem_of(str(tmp_path))[0] is ProblemKind.UNREADABLE
    assert problem_of("nul\0name")[0] is ProblemKind.UNREADABLE
    (tmp_path / "empty.jpg").touch()
    assert problem_of(str(tmp_path / "empty.jpg"))[0] is ProblemKind.EMPTY


def test_file_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_picture(tmp_path / "a.jpg")

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ahash_desktop.imaging.reading.os.open", denied)

    assert problem_of(str(path))[0] is ProblemKind.NO_PERMISSION


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")

    assert problem_of(str(tmp_path / "pipe.jpg"))[0] is ProblemKind.UNREADABLE


def test_a_file_kept_in_the_cloud_is_not_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_picture(tmp_path / "a.jpg")
    monkeypatch.setattr("ahash_desktop.imaging.reading.is_cloud_only", lambda _: True)

    kind, reason = problem_of(str(path))

    assert kind is ProblemKind.UNREADABLE
    assert "cloud" in reason


def test_many_threads_decode_the_same_as_one() -> None:
    sources = [
        encoded(render_picture(seed, (700, 500)), kind)
        for seed in range(4)
        for kind in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF")
    ]
    alone = [decode(data).pixels for data in sources]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda data: decode(data).pixels, sources * 3))

    for index, pixels in enumerate(together):
        np.testing.assert_array_equal(pixels, alone[index % len(alone)])


def test_pillow_keeps_its_own_settings() -> None:
    before = Image.MAX_IMAGE_PIXELS, list(Image.ID)

    decode(encoded(render_picture(1), "PNG"))

    assert before == (Image.MAX_IMAGE_PIXELS, list(Image.ID))


def test_reading_gives_the_bytes_of_the_file(tmp_path: Path) -> None:
    path = save_picture(tmp_path / "a.jpg")

    assert read_picture(str(path)) == path.read_bytes()
