"""From pictures of any shape to the network's square."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ahash_desktop.core.records import Region
from ahash_desktop.hashing.manifest import RESIZE_MODES
from ahash_desktop.hashing.preprocess import resize_square, seen_part, seen_region, to_input


def halves(height, width):
    """Left half black, right half white."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, width // 2 :] = 255
    return pixels


@pytest.mark.parametrize("shape", [(300, 200), (64, 64), (1, 500), (7, 1), (1, 1)])
@pytest.mark.parametrize("mode", RESIZE_MODES)
def test_any_picture_becomes_the_square(describe, shape, mode):
    square = to_input(halves(*shape), describe(resize_mode=mode))
    assert square.shape == (64, 64, 3)
    assert square.dtype == np.uint8


def test_squashing_sees_all_of_the_picture(describe):
    pixels = np.zeros((100, 400, 3), np.uint8)
    pixels[:, :40] = 255
    assert to_input(pixels, describe())[:, 0].min() > 200
    assert to_input(pixels, describe(resize_mode="centre-crop")).max() == 0


def test_the_square_is_pillows_antialiased_bicubic(describe):
    pixels = np.random.default_rng(1).integers(0, 256, (150, 260, 3), dtype=np.uint8)
    expected = Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(to_input(pixels, describe()), np.asarray(expected))


def test_a_region_is_what_a_cut_of_the_picture_gives(describe):
    pixels = np.random.default_rng(2).integers(0, 256, (120, 200, 3), dtype=np.uint8)
    region = Region(0.25, 0.5, 0.5, 0.25)
    cut = pixels[60:90, 50:150]
    np.testing.assert_array_equal(seen_part(pixels, describe(), region), cut)
    np.testing.assert_array_equal(to_input(pixels, describe(), region), to_input(cut, describe()))


@pytest.mark.parametrize(
    ("mode", "width"), [("squash", 160), ("half-crop", 120), ("centre-crop", 90)]
)
def test_the_seen_part_gives_the_same_square(describe, mode, width):
    pixels = np.random.default_rng(3).integers(0, 256, (90, 160, 3), dtype=np.uint8)
    manifest = describe(resize_mode=mode)
    part = seen_part(pixels, manifest)
    margin = (160 - width) // 2
    np.testing.assert_array_equal(part, pixels[:, margin : margin + width])
    whole = to_input(part, describe(resize_mode="squash"))
    np.testing.assert_array_equal(whole, to_input(pixels, manifest))


def test_a_region_smaller_than_a_pixel_still_shows_something(describe):
    region = Region(0.999, 0.999, 0.001, 0.001)
    pixels = halves(20, 20)
    assert to_input(pixels, describe(), region).min() == 255
    assert seen_part(pixels, describe(), region).shape == (1, 1, 3)


def test_bilinear_is_another_filter():
    pixels = np.random.default_rng(4).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    bicubic, bilinear = (
        resize_square(pixels, 64, "squash", way) for way in ("bicubic", "bilinear")
    )
    assert not np.array_equal(bicubic, bilinear)


def test_the_seen_region_is_where_the_seen_part_lies(describe):
    pixels = np.arange(40 * 90 * 3, dtype=np.uint8).reshape(40, 90, 3)
    for mode in ("squash", "half-crop", "centre-crop"):
        manifest = replace(describe(), resize_mode=mode)
        seen = seen_region(pixels, manifest, Region(0.1, 0.25, 0.8, 0.5))
        top, left = round(seen.y * 40), round(seen.x * 90)
        high, wide = round(seen.height * 40), round(seen.width * 90)
        part = seen_part(pixels, manifest, Region(0.1, 0.25, 0.8, 0.5))
        np.testing.assert_array_equal(pixels[top : top + high, left : left + wide], part)
