import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QSizeF

from ahash_desktop.gui.pictures.zoom import (
    FITTED,
    Zoom,
    actual_size,
    panned,
    percent,
    placed,
    zoomed,
)

VIEW = QSizeF(400, 300)
LARGE = QSizeF(4000, 2000)
SMALL = QSizeF(40, 30)

sizes = st.builds(QSizeF, st.floats(10, 9000), st.floats(10, 9000))
places = st.builds(QPointF, st.floats(0, 400), st.floats(0, 300))
factors = st.floats(0.2, 8)


def test_a_fitted_picture_fills_its_view_in_one_direction():
    rect = placed(FITTED, LARGE, VIEW)
    assert (rect.left(), rect.top(), rect.width(), rect.height()) == (0, 50, 400, 200)


@pytest.mark.parametrize("picture", [LARGE, SMALL])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_at_actual_size_a_pixel_is_a_pixel(picture, ratio):
    zoom = actual_size(FITTED, picture, VIEW, ratio)
    assert placed(zoom, picture, VIEW).width() * ratio == pytest.approx(picture.width())
    assert percent(zoom, picture, VIEW, ratio) == pytest.approx(100)


@given(sizes, places, factors)
def test_what_lies_below_the_pointer_stays_there(picture, place, by):
    start = zoomed(FITTED, 6.0, QPointF(200, 150), picture, VIEW, 1.0)
    zoom = zoomed(start, by, place, picture, VIEW, 1.0)
    before, after = placed(start, picture, VIEW), placed(zoom, picture, VIEW)
    for low, high, where, length, room in (
        (before.left(), after.left(), place.x(), (before.width(), after.width()), 400),
        (before.top(), after.top(), place.y(), (before.height(), after.height()), 300),
    ):
        touches_an_edge = min(abs(high), abs(room - length[1] - high)) < 1e-6
        if min(length) <= room or touches_an_edge:
            continue
        assert (where - high) / length[1] == pytest.approx((where - low) / length[0], abs=1e-6)


@given(sizes, st.lists(st.tuples(places, factors, st.floats(-500, 500)), max_size=8))
def test_no_gap_opens_that_moving_could_fill(picture, steps):
    zoom = FITTED
    for place, by, distance in steps:
        zoom = zoomed(zoom, by, place, picture, VIEW, 1.0)
        zoom = panned(zoom, QPointF(distance, -distance), picture, VIEW)
        rect = placed(zoom, picture, VIEW)
        for start, length, room in (
            (rect.left(), rect.width(), 400),
            (rect.top(), rect.height(), 300),
        ):
            if length <= room:
                assert start == pytest.approx((room - length) / 2)
            else:
                assert start <= 1e-6
                assert start + length >= room - 1e-6


def test_zooming_stops_at_its_ends():
    middle = QPointF(200, 150)
    assert zoomed(FITTED, 1e-6, middle, LARGE, VIEW, 1.0) == FITTED
    assert zoomed(FITTED, 1e-6, middle, SMALL, VIEW, 1.0).factor == pytest.approx(0.1)
    assert zoomed(FITTED, 1e9, middle, LARGE, VIEW, 1.0).factor == pytest.approx(160)


def test_a_zoom_means_the_same_part_of_any_picture():
    zoom = Zoom(4.0, 0.3, 0.6)
    for picture in (LARGE, LARGE * 0.1):
        rect = placed(zoom, picture, VIEW)
        assert (200 - rect.left()) / rect.width() == pytest.approx(0.3)


def test_an_empty_picture_does_no_harm():
    assert panned(FITTED, QPointF(3, 3), QSizeF(0, 0), VIEW) == FITTED
    assert zoomed(Zoom(2.0), 1.3, QPointF(), QSizeF(0, 0), VIEW, 1.0) == Zoom(2.0)
