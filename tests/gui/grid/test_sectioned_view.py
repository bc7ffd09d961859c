"""The grid of photos below headings: where they lie, how they are painted, what changes."""

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle

from ahash_desktop.gui.base.theme import DARK, LIGHT
from ahash_desktop.gui.grid import sectioned_view
from ahash_desktop.gui.grid.photo_delegate import PhotoDelegate
from tests import patience
from tests.gui.grid.driven import (
    BEGINS,
    KEY,
    N_PHOTOS,
    SHIFT,
    SIZES,
    click,
    drag,
    heading_of,
    move,
    painted_states,
    press,
    rect_of,
    rows,
    scroll_range_fits,
    taken_in_months,
)


def test_months_begin_in_a_line_of_their_own_below_a_heading(grid):
    tops = [rect_of(grid, row).top() for row in range(N_PHOTOS)]
    lefts = [rect_of(grid, row).left() for row in range(N_PHOTOS)]
    assert [lefts[row] for row in BEGINS] == [0] * len(BEGINS)
    cell_px = grid.cell.height()
    heading_px = tops[0]
    assert heading_px > grid.fontMetrics().height()
    assert tops[4] - tops[0] == cell_px
    assert tops[7] - tops[6] == cell_px + heading_px
    assert rect_of(grid, 3).right() < grid.viewport().width()
    assert grid.model().sections.titles[:2] == ("December 2026", "November 2026")


def test_headings_are_painted_and_follow_the_theme(grid):
    text = QRect(heading_of(grid, 0) - QPoint(14, 10), heading_of(grid, 0) + QPoint(80, 6))

    def colours() -> set[str]:
        image = grid.viewport().grab(text).toImage()
        return {
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
        }

    assert LIGHT.text in colours()
    grid.set_colours(DARK)
    assert DARK.text in colours()


def test_without_an_order_by_date_photos_stand_close(grid, model):
    ids, _times = taken_in_months(*SIZES)
    model.show_photos(ids)
    assert rect_of(grid, 0).top() == 0
    assert rect_of(grid, 7).topLeft() == QPoint(3 * grid.cell.width(), grid.cell.height())


def test_a_larger_font_makes_larger_headings(qtbot, grid):
    before = rect_of(grid, 0).top()
    font = grid.font()
    font.setPointSize(font.pointSize() * 2)
    grid.setFont(font)
    qtbot.waitUntil(lambda: rect_of(grid, 0).top() > before)


def test_headings_stay_as_high_while_photos_grow(grid):
    before = rect_of(grid, 0).top()
    grid.set_cell_px(300)
    assert grid.cell.width() > 300
    assert rect_of(grid, 0).top() == before


def test_what_is_below_the_pointer_is_found(grid):
    grid.verticalScrollBar().setValue(97)
    for row in grid.rows_in_view():
        assert grid.indexAt(rect_of(grid, row).center()).row() == row
    assert not grid.indexAt(heading_of(grid, 7)).isValid()
    beside = rect_of(grid, 8).center() + QPoint(grid.cell.width(), 0)
    assert not grid.indexAt(beside).isValid()


def test_a_photo_is_brought_into_view_with_its_heading(grid):
    grid.scrollToBottom()
    grid.scrollTo(grid.model().index(22, 0))
    assert 0 < rect_of(grid, 22).top() < 60
    grid.scrollToBottom()
    grid.scrollTo(grid.model().index(27, 0), grid.ScrollHint.PositionAtTop)
    assert rect_of(grid, 27).top() == 0
    grid.scrollTo(grid.model().index(9, 0), grid.ScrollHint.PositionAtBottom)
    assert rect_of(grid, 9).bottom() == grid.viewport().height() - 1
    grid.scrollTo(grid.model().index(40, 0), grid.ScrollHint.PositionAtCenter)
    assert abs(rect_of(grid, 40).center().y() - grid.viewport().rect().center().y()) <= 1


@pytest.mark.parametrize(
    "change", [lambda grid: grid.set_cell_px(120), lambda grid: grid.set_names(True)]
)
def test_the_place_stays_in_view_when_photos_change_in_size(grid, change):
    grid.scrollTo(grid.model().index(35, 0), grid.ScrollHint.PositionAtTop)
    first = grid.rows_in_view().start
    change(grid)
    assert 0 <= rect_of(grid, first).top() < 60


def test_only_what_is_in_view_is_painted_as_it_is(monkeypatch, grid):
    state = QStyle.StateFlag
    grid.choose_row(5)
    QTest.mouseMove(grid.viewport(), rect_of(grid, 6).center())
    move(grid, rect_of(grid, 6).center())
    painted = painted_states(monkeypatch, grid)
    assert sorted(painted) == list(grid.rows_in_view())
    marks = state.State_Selected | state.State_HasFocus | state.State_MouseOver
    marked = {row: flags & marks for row, flags in painted.items() if flags & marks}
    expected = {5: state.State_Selected | state.State_HasFocus}
    if grid.viewport().underMouse():
        expected[6] = state.State_MouseOver
    assert marked == expected


def test_thumbnails_are_wanted_of_what_is_in_view_first(qtbot, grid, thumbnails):
    grid.scrollTo(grid.model().index(30, 0), grid.ScrollHint.PositionAtTop)
    seen = list(grid.rows_in_view())
    qtbot.waitUntil(lambda: thumbnails.wanted[: len(seen)] == seen)
    assert set(seen) < set(thumbnails.wanted) < set(range(N_PHOTOS))


def test_an_arrived_thumbnail_repaints_its_photo_alone(qtbot, monkeypatch, grid, thumbnails):
    qtbot.waitUntil(lambda: 8 in thumbnails.wanted)
    QApplication.processEvents()
    painted = []
    monkeypatch.setattr(
        PhotoDelegate, "paint", lambda _self, _painter, _option, index: painted.append(index.row())
    )
    thumbnails.arrived.emit(5)
    qtbot.waitUntil(lambda: bool(painted))
    assert painted == [5]


def test_rows_come_and_go_while_scrolled_and_selected(qtbot, grid, model):
    ids, times = taken_in_months(*SIZES)
    grid.scrollTo(model.index(40, 0))
    grid.choose_row(40)
    for kept in (
        np.delete(ids, np.s_[10:20]),
        ids,
        ids[ids % 2 == 0],
        ids[20:],
        ids,
        ids[::-1].copy(),
        ids[:0],
        ids[:1],
        ids,
    ):
        model.show_photos(kept, times)
        assert not grid.viewport().grab().isNull()
        for row in grid.rows_in_view():
            assert grid.indexAt(rect_of(grid, row).center()).row() == row
        qtbot.waitUntil(lambda: scroll_range_fits(grid))
        press(grid, KEY.Key_Down)
        press(grid, KEY.Key_PageUp, SHIFT)


def test_what_is_selected_stays_so_while_others_go(grid, model):
    ids, times = taken_in_months(*SIZES)
    click(grid, heading_of(grid, 7))
    model.show_photos(np.delete(ids, np.s_[1:4]), times)
    assert grid.chosen_ids() == [7, 8]
    assert rows(grid) == [4, 5]


def test_another_time_moves_a_photo_below_another_heading(qtbot, grid, model):
    ids, (_ids, seconds) = taken_in_months(*SIZES)
    later = seconds.copy()
    later[7:9] = seconds[0]
    model.show_photos(ids, (ids, later))
    assert model.sections.starts == (0, 9, 21, 22)
    qtbot.waitUntil(lambda: scroll_range_fits(grid))


@pytest.mark.parametrize("n_photos", [0, 1])
def test_none_or_one_photo_is_no_trouble(qtbot, grid, model, n_photos):
    model.show_photos(*taken_in_months(*[1] * n_photos))
    qtbot.waitUntil(lambda: grid.verticalScrollBar().maximum() == 0)
    for key in (KEY.Key_Down, KEY.Key_Right, KEY.Key_PageDown, KEY.Key_End, KEY.Key_Home):
        press(grid, key)
        press(grid, key, SHIFT)
    drag(grid, QPoint(700, 300), QPoint(5, 5), lambda: None)
    assert len(rows(grid)) == n_photos
    grid.set_cell_px(300)
    grid.scrollToBottom()
    assert not grid.grab().isNull()
    assert grid.place_text()


@pytest.mark.parametrize("width", [24, 60, 150])
def test_a_view_narrower_than_a_photo_has_one_column(grid, width):
    grid.resize(width, 300)
    assert all(rect_of(grid, row).left() == 0 for row in range(N_PHOTOS))
    assert not grid.grab().isNull()
    grid.choose_row(0)
    assert [press(grid, KEY.Key_Down) for _ in range(3)] == [1, 2, 3]


def test_the_columns_follow_the_width_at_once(grid):
    grid.resize(2 * 184 + 40, 400)
    assert rect_of(grid, 2).left() == 0
    assert rect_of(grid, 2).top() == rect_of(grid, 0).top() + grid.cell.height()


def test_a_screen_reader_hears_the_heading_first_and_finds_photos_where_they_are(grid):
    found = QAccessible.queryAccessibleInterface(grid)
    assert found.role() == QAccessible.Role.List
    assert found.childCount() == N_PHOTOS
    names = [found.child(row).text(QAccessible.Text.Name) for row in (6, 7, 8)]
    assert names == [
        "photo 6.jpg",
        "November 2026, 2 photos: photo 7.jpg",
        "photo 8.jpg",
    ]
    corner = grid.viewport().mapToGlobal(QPoint(0, 0))
    assert found.child(7).rect() == rect_of(grid, 7).translated(corner)
    place = rect_of(grid, 8).center() + corner
    assert found.childAt(place.x(), place.y()).text(QAccessible.Text.Name) == "photo 8.jpg"


def test_a_screen_reader_follows_the_keyboard(monkeypatch, grid):
    told = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(
        QAccessible,
        "updateAccessibility",
        lambda event: told.append((event.type(), event.child())),
    )
    grid.choose_row(6)
    press(grid, KEY.Key_Right)
    assert told[-3:] == [
        (QAccessible.Event.SelectionAdd, 7),
        (QAccessible.Event.SelectionRemove, 6),
        (QAccessible.Event.Focus, 7),
    ]


def test_a_hundred_thousand_photos_are_laid_out_and_painted_at_once(monkeypatch, grid, model):
    ids, times = taken_in_months(*[333] * 300)
    model.show_photos(ids, times)
    grid.executeDelayedItemsLayout()
    asked = []
    monkeypatch.setattr(
        PhotoDelegate, "paint", lambda _self, _painter, _option, index: asked.append(index.row())
    )
    with patience.Budget() as budget:
        began = time.thread_time()
        model._sections = None
        grid.doItemsLayout()
        laid_out_s = time.thread_time() - began
        began = time.thread_time()
        grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
        grid.viewport().repaint()
        painted_s = time.thread_time() - began
    assert 0 < len(asked) <= len(grid.rows_in_view())
    assert budget.allows(laid_out_s, 0.02)
    assert budget.allows(painted_s, 0.016)


def test_a_band_over_everything_is_one_range(grid, model):
    model.show_photos(*taken_in_months(*[333] * 300))
    grid.executeDelayedItemsLayout()
    press(grid, KEY.Key_Home)
    grid.scrollToBottom()
    places = grid._places()
    runs = places.runs_within(QRect(0, 0, places.width, places.height))
    assert runs == [range(99_900)]
    assert sectioned_view._spanned(QPoint(9, 2), QPoint(3, 8)) == QRect(3, 2, 7, 7)
