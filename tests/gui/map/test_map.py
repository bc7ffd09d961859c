"""The map in the window, on a library with a fake encoder."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from ahash_desktop.gui.map.lookup import group_folders
from ahash_desktop.gui.map.raster import CROSS, FULL, draw_dots
from ahash_desktop.gui.map.view import _THUMB_PX as THUMB_PX
from ahash_desktop.services.mapping import MapLayout
from tests.gui.conftest import N_PHOTOS


@pytest.fixture
def page(qtbot, full_window, session):
    """The page of a map whose photos lie in a row from left to right."""
    ids = full_window.catalogue.contents.photo_ids
    across = (np.arange(len(ids)) + 0.5) / len(ids)
    places = np.stack([across, np.full(len(ids), 0.5)], axis=1).astype(np.float32)
    session.library_map._save(MapLayout(ids, places))
    full_window.commands.map.trigger()
    page = full_window.pages.map
    qtbot.waitUntil(lambda: len(page.view.photo_ids) == N_PHOTOS)
    return page


def point_of(page, row) -> QPoint:
    x, y = page.view._points()[row].tolist()
    return QPoint(round(x), round(y))


def texts(widget) -> list[str]:
    return [part.text() for part in widget.findChildren(QLabel)]


def test_without_a_map_the_page_offers_to_make_one_and_makes_it(qtbot, full_window):
    full_window.commands.map.trigger()
    page = full_window.pages.map
    qtbot.waitUntil(lambda: "No map yet" in texts(page))
    page._make.click()
    assert page._cancel.isVisible()
    qtbot.waitUntil(lambda: len(page.view.photo_ids) == N_PHOTOS)
    qtbot.waitUntil(page._make.isVisible)
    assert page.view.isVisible()


def test_making_can_be_cancelled(qtbot, page):
    page._make.click()
    page._cancel.click()
    qtbot.waitUntil(page._make.isVisible)
    qtbot.waitUntil(lambda: not page._lookup.is_making)
    assert len(page.view.photo_ids) == N_PHOTOS


def test_zooming_keeps_what_lies_under_the_pointer(page):
    before = point_of(page, 5)
    page.view.zoom_by(3.0, QPointF(before))
    assert (point_of(page, 5) - before).manhattanLength() <= 3
    assert page.view.zoom == 3.0
    QTest.keyClick(page.view, Qt.Key.Key_0)
    assert page.view.zoom == 1.0
    page.view.zoom_by(0.01)
    assert page.view.zoom == 1.0


def test_a_click_selects_a_photo_and_a_click_beside_it_none(page):
    QTest.mouseClick(page.view, Qt.MouseButton.LeftButton, pos=point_of(page, 7))
    assert page.view.selected_ids().tolist() == [page.view.photo_ids[7]]
    QTest.mouseClick(page.view, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not len(page.view.selected_ids())
    assert not page._show_selected.isEnabled()


def test_dragging_moves_the_map_and_with_shift_selects(page):
    view = page.view
    start, end = point_of(page, 3) - QPoint(4, 20), point_of(page, 6) + QPoint(4, 20)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, start)
    move(view, end, Qt.KeyboardModifier.ShiftModifier)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, end)
    assert view.selected_ids().tolist() == view.photo_ids[3:7].tolist()
    view.zoom_by(4.0)
    before = point_of(page, 10)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    move(view, QPoint(260, 200))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(260, 200))
    assert point_of(page, 10).x() == pytest.approx(before.x() - 40, abs=2)


def move(view, place, modifiers=Qt.KeyboardModifier.NoModifier):
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(view.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        modifiers,
    )
    QApplication.sendEvent(view, event)


def test_everything_works_by_keys(qtbot, page, full_window):
    view = page.view
    QTest.keyClick(view, Qt.Key.Key_Right)
    first = view.current_id
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current_id == view.photo_ids[list(view.photo_ids).index(first) + 1]
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.current_id == first
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.selected_ids().tolist() == [first]
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom > 1
    before = view._sight.centre.copy()
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view._sight.centre[0] > before[0]
    with qtbot.waitSignal(full_window.search.search_succeeded):
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert full_window.browse.isVisible()


def test_what_is_selected_fills_the_grid(qtbot, page, full_window):
    page.view.select_in(QRectF(page.view.rect()))
    page.view.select_in(QRectF(page.view.rect()).adjusted(0, 0, -page.view.width() / 2, 0))
    chosen = page.view.selected_ids()
    assert 0 < len(chosen) < N_PHOTOS
    page._show_selected.click()
    assert full_window.browse.photo_model.rowCount() == len(chosen)


def test_colours_follow_folders_and_bits_with_a_legend(qtbot, page, session):
    page._colour_by.setCurrentIndex(1)
    qtbot.waitUntil(lambda: {"0 (8)", "1 (8)", "2 (8)"} <= set(texts(page)))
    page.colour_by_bit(3)
    n_on = len(session.bits.photos_with(3, on=True))
    qtbot.waitUntil(lambda: f"on ({n_on})" in texts(page))
    assert page._colour_by.currentText() == "bit 3: red crown"


def test_thumbnails_come_where_there_is_room_and_go_when_not_wanted(qtbot, page):
    loader, ids = page.view._thumbnails, page.view.photo_ids.tolist()
    edge_px = round(THUMB_PX * page.view.devicePixelRatio())
    qtbot.waitUntil(lambda: any(loader._has(photo_id, edge_px) for photo_id in ids))
    qtbot.waitUntil(lambda: loader.is_idle)
    with_thumbnails = page.view.grab().toImage()
    page._thumbnails.click()
    assert page.view.grab().toImage() != with_thumbnails
    page._thumbnails.click()
    assert page.view.grab().toImage() == with_thumbnails


def test_dots_have_the_colour_and_shape_of_their_kind():
    points = np.array([[10, 10], [30, 10], [500, 500]], dtype=np.float32)
    kinds = np.array([0, 1, 1], dtype=np.uint8)
    image = draw_dots((40, 20), points, kinds, ["#ff0000", "#0000ff"], [CROSS, FULL])
    red, blue = QColor("#ff0000"), QColor("#0000ff")
    assert image.pixelColor(10, 10) == red
    assert image.pixelColor(11, 11).alpha() == 0
    assert image.pixelColor(31, 11) == blue
    assert image.pixelColor(20, 10).alpha() == 0


def test_folders_beyond_the_largest_are_told_together():
    folders = [
        name
        for name, count in zip("abcdefghij", range(10, 0, -1), strict=True)
        for _ in range(count)
    ]
    known = np.arange(len(folders))
    grouping = group_folders(np.append(known, 999), known, folders, "other")
    assert grouping.names == ("other", *"abcdefgh")
    assert np.bincount(grouping.groups).tolist() == [2 + 1 + 1, 10, 9, 8, 7, 6, 5, 4, 3]
