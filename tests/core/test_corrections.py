"""A box in pixels and the region it is name each other, for every picture and every region."""

import numpy as np
import pytest

from ahash_desktop.core.corrections import as_corrected, box_text, region_of_box
from ahash_desktop.core.records import EncodedPicture, Region, Subject
from ahash_desktop.store.rowchecks import CHECKS

ENCODED = EncodedPicture(np.zeros(1, np.uint8), np.zeros(8, np.float16))


@pytest.mark.parametrize("size", [(1, 1), (3, 1000), (640, 480), (123_457, 98_765)])
def test_a_box_says_where_a_region_is_to_a_tenth_of_a_pixel(size: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    for _ in range(200):
        x, y = random.uniform(0, 1, 2)
        region = Region(x, y, random.uniform(1e-9, 1 - x), random.uniform(1e-9, 1 - y))
        box = box_text(region, *size)
        assert CHECKS["codes"]["box"](box)
        found = region_of_box(box, *size)
        assert found is not None
        assert box_text(found, *size) == box
        for axis, n_pixels in (("x", size[0]), ("y", size[1])):
            assert abs(getattr(found, axis) - getattr(region, axis)) * n_pixels <= 0.1


def test_the_whole_picture_is_a_box() -> None:
    assert box_text(Region(0, 0, 1, 1), 640, 480) == "0.0,0.0,640.0,480.0"


@pytest.mark.parametrize(
    "box", ["", "1,2,3", "a,b,c,d", "0,0,0,5", "-1,0,5,5", "0,0,641,5", "nan,0,1,1"]
)
def test_what_is_no_box_of_a_picture_is_none(box: str) -> None:
    assert region_of_box(box, 640, 480) is None


def test_a_code_of_what_a_person_says_tells_so() -> None:
    region = Region(0.1, 0.1, 0.5, 0.5)
    told = as_corrected(ENCODED, region)
    assert told.part == region
    assert told.subject == Subject("other", 0.0, region, is_corrected=True)
    assert as_corrected(ENCODED, None) is ENCODED
