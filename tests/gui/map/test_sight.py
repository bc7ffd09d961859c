import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize

from ahash_desktop.gui.map.sight import Sight

ROOM = QSize(400, 300)
PLACES = np.array([[0.5, 0.5], [0.0, 1.0], [0.25, 0.75]], dtype=np.float32)


def test_everything_fits_with_a_margin():
    points = Sight().points(PLACES, ROOM)
    assert points[0].tolist() == [200, 150]
    assert points[1].tolist() == pytest.approx([200 - 135, 150 + 135])


def test_what_lies_at_the_pin_stays_there():
    sight, pin = Sight(), QPointF(120, 90)
    before = sight.place_at(pin, ROOM)
    sight.zoom_by(3.0, pin, ROOM)
    assert sight.zoom == 3.0
    assert sight.place_at(pin, ROOM) == pytest.approx(before)


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_there_is_a_nearest_and_a_farthest_view(factor):
    sight = Sight()
    sight.zoom_by(factor, QPointF(0, 0), ROOM)
    assert 1.0 <= sight.zoom <= 2000.0


def test_points_and_places_belong_together():
    sight = Sight()
    sight.zoom_by(2.5, QPointF(30, 40), ROOM)
    sight.pan(1, -1, ROOM)
    sight.drag_by(QPointF(-12, 7), ROOM)
    for place, point in zip(PLACES, sight.points(PLACES, ROOM).tolist(), strict=True):
        assert sight.place_at(QPointF(*point), ROOM) == pytest.approx(place, abs=1e-5)


def test_the_middle_never_leaves_the_map():
    sight = Sight()
    for _ in range(50):
        sight.pan(1, -1, ROOM)
    assert sight.centre.tolist() == [1.0, 0.0]
    sight.centre_on(PLACES[2])
    assert sight.points(PLACES, ROOM)[2].tolist() == [200, 150]
    sight.fit()
    assert sight.zoom == 1.0
    assert sight.centre.tolist() == [0.5, 0.5]
