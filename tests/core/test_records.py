"""Records refuse what cannot be, and counts add up."""

import pytest

from ahash_desktop.core.records import LibraryCounts, Region


def test_the_total_is_the_sum_of_all_states() -> None:
    assert LibraryCounts(pending=1, indexed=2, problem=3, ignored=4, missing=5).total == 15


@pytest.mark.parametrize(
    ("x", "y", "width", "height"),
    [(0, 0, 1, 1), (0.5, 0.5, 0.5, 0.5), (0.1, 0.2, 0.9, 0.8), (0.999, 0, 0.001, 1)],
)
def test_a_region_inside_the_picture_is_taken(
    x: float, y: float, width: float, height: float
) -> None:
    assert Region(x, y, width, height).width == width


@pytest.mark.parametrize(
    ("x", "y", "width", "height"),
    [
        (-0.1, 0, 0.5, 0.5),
        (0, 1, 0.5, 0.5),
        (0, 0, 0, 0.5),
        (0, 0, 0.5, -0.5),
        (0.6, 0, 0.5, 0.5),
        (0, 0.6, 0.5, 0.5),
        (float("nan"), 0, 0.5, 0.5),
        (0, 0, float("nan"), 0.5),
    ],
)
def test_a_region_outside_the_picture_is_refused(
    x: float, y: float, width: float, height: float
) -> None:
    with pytest.raises(ValueError, match="inside the picture"):
        Region(x, y, width, height)
