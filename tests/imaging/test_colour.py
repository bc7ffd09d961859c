"""Modes, depths, transparency and colour profiles all end as sRGB."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from ahash_desktop.imaging.colour import GROUND
from ahash_desktop.imaging.decode import decode
from tests.pictures import render_picture


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def colour_of(data: bytes) -> list[int]:
    pixels = decode(data).pixels
    return [int(value) for value in pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]]


def matrix_profile(columns: list[tuple[float, float, float]], name: bytes = b"rGbX") -> bytes:
    """An RGB profile with sRGB's curves and white and other primaries (XYZ, D50)."""
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    n_tags = int.from_bytes(srgb[128:132], "big")
    for index in range(n_tags):
        entry = 132 + 12 * index
        signature = bytes(srgb[entry : entry + 4])
        if signature in (b"rXYZ", b"gXYZ", b"bXYZ"):
            at = int.from_bytes(srgb[entry + 4 : entry + 8], "big") + 8
            for axis, value in enumerate(columns[b"rgb".index(signature[:1])]):
                srgb[at + 4 * axis : at + 4 * axis + 4] = round(value * 65536).to_bytes(4, "big")
    return bytes(srgb)


SRGB = [(0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)]
DISPLAY_P3 = [(0.5151, 0.2412, 0.0), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)]


def test_profile_with_swapped_channels_swaps_them_back() -> None:
    swapped = matrix_profile([SRGB[2], SRGB[1], SRGB[0]])
    image = Image.new("RGB", (40, 30), (200, 90, 20))

    for kind in ("PNG", "TIFF", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(image, kind, icc_profile=swapped, **options)
        assert colour_of(data) == pytest.approx([20, 90, 200], abs=3), kind
    assert colour_of(encoded(image, "JPEG", icc_profile=swapped, quality=100)) == pytest.approx(
        [20, 90, 200], abs=6
    )


def test_display_p3_becomes_more_saturated_in_srgb() -> None:
    image = Image.new("RGB", (40, 30), (180, 100, 100))

    red, green, _ = colour_of(encoded(image, "PNG", icc_profile=matrix_profile(DISPLAY_P3)))

    assert red > 185
    assert green < 100


def test_profile_that_says_srgb_changes_nothing() -> None:
    image = render_picture(2)

    data = encoded(image, "PNG", icc_profile=matrix_profile(SRGB))

    np.testing.assert_array_equal(decode(data).pixels, np.asarray(image))


@pytest.mark.parametrize("profile", [b"no profile", b"\0" * 4000])
def test_broken_profile_is_ignored(profile: bytes) -> None:
    image = Image.new("RGB", (40, 30), (200, 90, 20))

    assert colour_of(encoded(image, "PNG", icc_profile=profile)) == [200, 90, 20]


def test_profile_for_another_kind_of_picture_is_ignored() -> None:
    grey = Image.new("L", (40, 30), 77)

    assert colour_of(encoded(grey, "PNG", icc_profile=matrix_profile(DISPLAY_P3))) == [77] * 3


def test_profile_applies_under_transparency() -> None:
    swapped = matrix_profile([SRGB[2], SRGB[1], SRGB[0]])
    image = Image.new("RGBA", (40, 30), (200, 90, 20, 255))

    assert colour_of(encoded(image, "PNG", icc_profile=swapped)) == pytest.approx(
        [20, 90, 200], abs=3
    )


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("ink", "expected"),
    [((255, 0, 0, 0), [0, 255, 255]), ((0, 255, 255, 0), [255, 0, 0]), ((0, 0, 0, 0), [255] * 3)],
)
def test_cmyk_is_not_inverted(
    kind: str, ink: tuple[int, int, int, int], expected: list[int]
) -> None:
    data = encoded(Image.new("CMYK", (40, 30), ink), kind)

    assert colour_of(data) == pytest.approx(expected, abs=12)


def test_lab_becomes_srgb() -> None:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = ImageCms.applyTransform(Image.new("RGB", (40, 30), (200, 90, 20)), to_lab)
    assert lab is not None

    assert colour_of(encoded(lab, "TIFF")) == pytest.approx([200, 90, 20], abs=6)


@pytest.mark.parametrize(("top", "kind"), [(65535, "PNG"), (65535, "TIFF"), (4095, "TIFF")])
def test_16_bit_grey_keeps_its_range(top: int, kind: str) -> None:
    ramp = np.linspace(0, top, 256).round().astype(np.uint16)
    image = Image.fromarray(np.tile(ramp, (20, 1)))

    pixels = decode(encoded(image, kind)).pixels

    np.testing.assert_allclose(pixels[10, :, 0].astype(int), np.arange(256), atol=1)


def test_large_16_bit_grey_is_reduced_without_banding() -> None:
    ramp = np.linspace(0, 65535, 2048).round().astype(np.uint16)
    image = Image.fromarray(np.tile(ramp, (1024, 1)))

    pixels = decode(encoded(image, "PNG"), target_px=512).pixels

    assert pixels.shape == (256, 512, 3)
    assert np.diff(pixels[100, :, 0].astype(int)).max() <= 1


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_float_pictures_keep_their_range(top: float) -> None:
    ramp = np.linspace(0, top, 256).astype(np.float32)
    values = np.tile(ramp, (20, 1))
    values[0, 0] = np.nan

    pixels = decode(encoded(Image.fromarray(values), "TIFF")).pixels

    np.testing.assert_allclose(pixels[10, :, 0].astype(int), np.arange(256), atol=1)


def test_1_bit_pictures_are_black_and_white() -> None:
    image = Image.new("1", (40, 30), 1)

    assert colour_of(encoded(image, "PNG")) == [255, 255, 255]
    assert colour_of(encoded(image, "TIFF", compression="group4")) == [255, 255, 255]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_show_the_ground(mode: str) -> None:
    image = Image.new("RGBA", (40, 30), (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (0, 0, 10, 30))
    options: dict[str, object] = {}
    if mode == "P":
        image = Image.new("P", (40, 30), 1)
        image.putpalette([255, 255, 255, 0, 0, 0])
        image.paste(0, (0, 0, 10, 30))
        options["transparency"] = 1
    else:
        image = image.convert(mode)

    for kind in ("PNG", "GIF") if mode == "P" else ("PNG",):
        pixels = decode(encoded(image, kind, **options)).pixels
        assert pixels[15, 5].tolist() == [255, 255, 255]
        assert pixels[15, 30].tolist() == list(GROUND)


def test_palette_with_partial_transparency_is_blended() -> None:
    image = Image.new("P", (40, 30), 0)
    image.putpalette([255, 255, 255, 0, 0, 0])

    data = encoded(image, "PNG", transparency=bytes([128, 255]))

    assert colour_of(data) == pytest.approx([192] * 3, abs=1)


def test_half_transparent_pixels_are_blended() -> None:
    data = encoded(Image.new("RGBA", (40, 30), (255, 0, 0, 128)), "PNG")

    assert colour_of(data) == pytest.approx([192, 64, 64], abs=1)
