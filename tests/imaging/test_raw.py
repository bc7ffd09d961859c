"""Camera RAW files: told from TIFF, decoded from preview or sensor data."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.decode import DecodeError, DecodeLimits, decode
from ahash_desktop.imaging.raw import is_camera_raw
from tests.pictures import render_picture

RenderDng = Callable[..., bytes]


def jpeg(image: Image.Image, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


def halves(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 200, 30), (size[0] // 2, 0, size[0], size[1]))
    return image


def test_sensor_data_are_developed_where_there_is_no_preview(render_dng: RenderDng) -> None:
    picture = decode(render_dng((640, 480)))

    assert picture.pixels.shape == (480, 640, 3)
    left, right = picture.pixels[:, 40:280].mean((0, 1)), picture.pixels[:, 360:600].mean((0, 1))
    assert left[0] > left[2] + 50
    assert right[2] > right[0] + 50
    assert picture.facts.format == "RAW"
    assert picture.facts.camera == "Acme One"
    assert picture.facts.taken_at == "2021-03-04T05:06:07"


def test_large_sensor_data_are_developed_at_half_size(render_dng: RenderDng) -> None:
    picture = decode(render_dng((1280, 960)), target_px=512)

    assert picture.pixels.shape == (480, 640, 3)
    assert (picture.facts.width, picture.facts.height) == (1280, 960)


def test_large_preview_spares_the_sensor_data(render_dng: RenderDng) -> None:
    dng = render_dng((1280, 960), preview=jpeg(halves((640, 480))))

    picture = decode(dng, target_px=512)

    assert picture.pixels.shape == (480, 640, 3)
    assert picture.pixels[240, 600, 1] > 150  # green is in the preview only
    assert (picture.facts.width, picture.facts.height) == (1280, 960)


def test_small_or_cropped_preview_is_not_used(render_dng: RenderDng) -> None:
    for size in ((160, 120), (640, 300)):
        picture = decode(render_dng((1280, 960), preview=jpeg(halves(size))), target_px=512)

        assert picture.pixels[240, 600, 1] < 150


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_preview_is_turned_as_the_raw_file_lies(render_dng: RenderDng, orientation: int) -> None:
    turns = {3: 2, 6: 3, 8: 1}[orientation]
    preview = jpeg(halves((640, 480)))

    turned = decode(render_dng((1280, 960), preview=preview, orientation=orientation))

    upright = decode(render_dng((1280, 960), preview=preview)).pixels
    np.testing.assert_array_equal(turned.pixels, np.rot90(upright, turns))
    assert turned.facts.orientation == orientation


def test_preview_that_says_how_it_lies_is_turned_once(render_dng: RenderDng) -> None:
    exif = Image.Exif()
    exif[274] = 6
    preview = jpeg(halves((640, 480)), exif=exif)

    turned = decode(render_dng((1280, 960), preview=preview, orientation=6))

    assert turned.pixels.shape == (640, 480, 3)
    assert turned.pixels[600, 240, 1] > 150


def test_developed_sensor_data_are_upright(render_dng: RenderDng) -> None:
    turned = decode(render_dng((640, 480), orientation=6))

    assert turned.pixels.shape == (640, 480, 3)
    assert (turned.facts.width, turned.facts.height) == (480, 640)
    assert turned.pixels[:200].mean((0, 1))[0] > turned.pixels[:200].mean((0, 1))[2]


def test_plain_tiff_of_a_camera_is_no_raw_file() -> None:
    buffer = BytesIO()
    exif = Image.Exif()
    exif[271], exif[272] = "Acme", "Scanner"
    render_picture(1).save(buffer, "TIFF", exif=exif)

    assert not is_camera_raw(buffer.getvalue())
    assert decode(buffer.getvalue()).facts.format == "TIFF"
    assert decode(buffer.getvalue()).facts.camera == "Acme Scanner"


def test_raw_file_that_is_cut_off_is_a_problem(render_dng: RenderDng) -> None:
    dng = render_dng((640, 480))
    for keep in (200, len(dng) // 2, len(dng) - 40):
        with pytest.raises(DecodeError) as caught:
            decode(dng[:keep])
        assert caught.value.problem.kind in (ProblemKind.BROKEN, ProblemKind.UNSUPPORTED)


def test_raw_file_larger_than_the_limits_is_refused(render_dng: RenderDng) -> None:
    with pytest.raises(DecodeError, match="megapixels") as caught:
        decode(render_dng((640, 480)), limits=DecodeLimits(max_pixels=100_000))
    assert caught.value.problem.kind is ProblemKind.TOO_LARGE
