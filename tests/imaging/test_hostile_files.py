"""Whatever a file contains, decoding ends with a picture or with a problem, soon."""

import random
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.decode import DecodeError, decode
from tests import patience
from tests.pictures import render_picture

MUTATIONS = 60


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def samples() -> dict[str, bytes]:
    image = render_picture(1, (64, 48))
    exif = Image.Exif()
    exif[271], exif[272], exif[274] = "Acme", "One", 6
    exif.get_ifd(0x8769)[36867] = "2019:12:31 23:59:58"
    return {
        "jpeg": encoded(image, "JPEG", exif=exif),
        "progressive": encoded(image, "JPEG", progressive=True),
        "cmyk": encoded(image.convert("CMYK"), "JPEG"),
        "png": encoded(image, "PNG", exif=exif),
        "palette": encoded(image.quantize(16), "PNG", transparency=3),
        "webp": encoded(image, "WEBP", exif=exif),
        "gif": encoded(image, "GIF"),
        "bmp": encoded(image, "BMP"),
        "tiff": encoded(image, "TIFF"),
        "lzw": encoded(image, "TIFF", compression="tiff_lzw"),
        "jpeg in tiff": encoded(image, "TIFF", compression="jpeg"),
        "avif": encoded(image, "AVIF"),
        "jpeg 2000": encoded(image, "JPEG2000"),
        "ppm": encoded(image, "PPM"),
    }


def outcome(source: str | bytes) -> ProblemKind | None:
    """What became of a file; anything raised but DecodeError fails the test."""
    try:
        picture = decode(source)
    except DecodeError as error:
        return error.problem.kind
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.ndim == 3
    assert picture.pixels.shape[2] == 3
    return None


@pytest.mark.parametrize("name", sorted(samples()))
def test_flipped_bits_end_in_a_picture_or_a_problem(name: str) -> None:
    original = samples()[name]
    rng = random.Random(name)

    for _ in range(MUTATIONS):
        data = bytearray(original)
        reach = len(data) if rng.random() < 0.3 else min(len(data), 400)
        for _ in range(rng.choice((1, 2, 8, 30))):
            data[rng.randrange(reach)] ^= 1 << rng.randrange(8)
        outcome(bytes(data))


@pytest.mark.parametrize("name", sorted(samples()))
def test_cut_and_overwritten_files_end_in_a_picture_or_a_problem(name: str) -> None:
    original = samples()[name]
    rng = random.Random(name)

    for _ in range(MUTATIONS // 2):
        outcome(original[: rng.randrange(len(original))])
        data = bytearray(original)
        at = rng.randrange(min(len(data), 600))
        data[at : at + 4] = rng.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\0\0\0\x80"))
        outcome(bytes(data))


def test_damaged_raw_files_end_in_a_picture_or_a_problem(render_dng: Callable[..., bytes]) -> None:
    original = render_dng((64, 48), preview=encoded(render_picture(1, (64, 48)), "JPEG"))
    rng = random.Random(1)

    for _ in range(MUTATIONS):
        data = bytearray(original)
        data[len(data) - rng.randrange(400) - 1] ^= 1 << rng.randrange(8)
        outcome(bytes(data))


def test_warnings_of_decoders_go_nowhere(recwarn: pytest.WarningsRecorder) -> None:
    exif = bytearray(samples()["jpeg"])
    at = exif.index(b"Exif\0\0") + 14
    exif[at : at + 2] = b"\x00\x70"

    outcome(bytes(exif))

    assert not recwarn.list


@pytest.mark.photos
def test_every_odd_file_ends_soon_and_in_bounds(photos_folder: Path) -> None:
    resource = pytest.importorskip("resource", reason="this system does not tell peak memory")
    files = sorted(path for path in (photos_folder / "odd_files").rglob("*") if path.is_file())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes: dict[ProblemKind | None, int] = {}

    with patience.Budget() as budget:
        spent_s: dict[Path, float] = {}
        for path in files:
            began = time.thread_time()
            kind = outcome(str(path))
            spent_s[path] = time.thread_time() - began
            outcomes[kind] = outcomes.get(kind, 0) + 1
    assert [path for path in files if not budget.allows(spent_s[path], 5.0)] == []

    assert outcomes[None] > 0.9 * len(files)
    assert ProblemKind.OUT_OF_MEMORY not in outcomes
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 600_000


@pytest.mark.photos
def test_all_eight_orientations_of_real_photos_look_alike(photos_folder: Path) -> None:
    folder = photos_folder / "odd_files" / "exif_orientation"
    for shape in ("Landscape", "Portrait"):
        upright = decode(str(folder / f"{shape}_1.jpg")).pixels.astype(int)
        for orientation in range(2, 9):
            picture = decode(str(folder / f"{shape}_{orientation}.jpg"))
            assert picture.facts.orientation == orientation
            assert np.abs(picture.pixels - upright).mean() < 4


@pytest.mark.photos
def test_heic_photo_is_upright_whatever_it_is_called(photos_folder: Path, tmp_path: Path) -> None:
    original = photos_folder / "odd_files" / "IMG_5195.HEIC"
    renamed = tmp_path / "IMG_5195.jpg"
    renamed.write_bytes(original.read_bytes())

    picture = decode(str(original))

    assert picture.facts.format == "HEIC"
    assert picture.facts.height > picture.facts.width
    assert picture.pixels.shape[0] > picture.pixels.shape[1]
    assert picture.facts.camera is not None
    np.testing.assert_array_equal(decode(str(renamed)).pixels, picture.pixels)


@pytest.mark.photos
def test_rotated_and_mirrored_avif_files_look_alike(photos_folder: Path) -> None:
    folder = photos_folder / "odd_files" / "pillow"
    files = sorted(folder.glob("rot?mir?.avif"))
    assert len(files) > 4
    for path in files:
        pixels = decode(str(path)).pixels
        assert pixels.shape == (427, 640, 3), path
        assert pixels[:60, :, 2].mean() > pixels[-60:, :, 2].mean(), "the sky is above"
