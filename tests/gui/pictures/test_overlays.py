import numpy as np
import pytest
from PySide6.QtGui import QColor

from ahash_desktop.gui.pictures.overlays import (
    AGAINST_RGB,
    FOR_RGB,
    enlarged,
    evidence_scales,
    extremes,
    overlay_image,
)


def test_a_map_is_enlarged_without_leaving_its_range():
    values = np.random.default_rng(0).standard_normal((7, 9)).astype(np.float32)
    fine = enlarged(values, 140)
    assert fine.shape == (140, 180)
    assert fine.min() >= values.min()
    assert fine.max() <= values.max()


def test_an_even_map_stays_even():
    fine = enlarged(np.full((4, 4), -2.5, dtype=np.float32), 64)
    assert np.allclose(fine, -2.5, atol=1e-5)


def test_a_peak_stays_where_it_was():
    values = np.zeros((8, 8), dtype=np.float32)
    values[2, 5] = 1.0
    fine = enlarged(values, 80)
    row, column = np.unravel_index(fine.argmax(), fine.shape)
    assert (row, column) == pytest.approx((25, 55), abs=1)


def test_a_map_finer_than_wanted_keeps_its_grid():
    assert enlarged(np.zeros((300, 400), dtype=np.float32), 224).shape == (300, 400)


def test_evidence_for_is_orange_and_against_is_blue():
    values = np.asarray([[4.0, 4.0, -4.0, -4.0]] * 4, dtype=np.float32)
    image = overlay_image(values, 4.0)
    left = QColor(image.pixelColor(4, 112))
    right = QColor(image.pixelColor(image.width() - 5, 112))
    assert left.getRgb()[:3] == pytest.approx(FOR_RGB, abs=3)
    assert right.getRgb()[:3] == pytest.approx(AGAINST_RGB, abs=3)
    middle = image.pixelColor(image.width() // 2, 112)
    assert middle.alpha() < min(left.alpha(), right.alpha()) / 2


def test_nothing_to_tell_paints_nothing():
    values = np.zeros((4, 4), dtype=np.float32)
    (scale,) = evidence_scales([values])
    assert overlay_image(values, scale).pixelColor(100, 100).alpha() == 0


def test_a_weaker_map_keeps_its_own_scale_but_a_faint_one_stays_faint():
    strong = np.full((4, 4), 9.0, dtype=np.float32)
    weaker, faint = strong * 0.5, strong * 0.01
    assert evidence_scales([strong, weaker]) == pytest.approx([9.0, 4.5])
    assert evidence_scales([strong, faint]) == pytest.approx([9.0, 3.0])


def test_the_extremes_are_fractions_of_the_picture():
    values = np.zeros((4, 8), dtype=np.float32)
    values[0, 0], values[3, 6] = 2.0, -3.0
    assert extremes(values) == ((0.0625, 0.125), (0.8125, 0.875))
