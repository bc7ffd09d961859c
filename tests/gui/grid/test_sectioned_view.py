"""The grid of photos below headings, driven as people do: by mouse and keys."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QAccessible, QHelpEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle, QToolTip

from ahash_desktop.gui.base.theme import DARK, LIGHT
from ahash_desktop.gui.grid import sectioned_view
from ahash_desktop.gui.grid.photo_delegate import PhotoDelegate
from ahash_desktop.gui.grid.photo_grid import PhotoGrid
from ahash_desktop.gui.grid.photo_list import PhotoListModel
from tests import patience

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
KEY = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
SIZES = (7, 2, 12, 1, 40)
"""Photos of each month, the newest first; four stand in a line."""
BEGINS = (0, 7, 9, 21, 22)
N_PHOTOS = sum(SIZES)


class NoThumbnails(QObject):
    """Thumbnails that never come; `wanted` is what was asked for last."""

    arrived = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[int] = []

    def pixmap(self, _photo_id: int) -> None:
        return None

    def is_absent(self, _photo_id: int) -> bool:
        return False

    def set_wanted(self, _view_name: str, photo_ids: list[int], _edge_px: int) -> None:
        self.wanted = photo_ids


def taken_in_months(*sizes: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Photos from the newest on, so many in each month, and when they were taken."""
    moments = []
    for number, size in enumerate(sizes):
        years, month = divmod(number, 12)
        moment = datetime(2026 - years, 12 - month, 15, tzinfo=UTC).timestamp()
        moments += [int(moment)] * size
    ids = np.arange(len(moments), dtype=np.int64)
    return ids, (ids, np.array(moments, dtype=np.int64))


@pytest.fixture
def model(qapp) -> PhotoListModel:
    made = PhotoListModel(lambda photo_id: f"photo {photo_id}.jpg")
    made.show_photos(*taken_in_months(*SIZES))
    return made


@pytest.fixture
def thumbnails(qapp) -> NoThumbnails:
    return NoThumbnails()


@pytest.fixture
def grid(qtbot, model, thumbnails) -> PhotoGrid:
    """Four photos a line, and few lines in view."""
    made = PhotoGrid("grid", model, thumbnails, LIGHT)
    qtbot.addWidget(made)
    made.resize(4 * 184 + made.verticalScrollBar().sizeHint().width() + 8, 420)
    made.show()
    qtbot.waitUntil(made.isVisible)
    made.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    QApplication.processEvents()
    return made


def rect_of(grid: PhotoGrid, row: int) -> QRect:
    return grid.visualRect(grid.model().index(row, 0))


def rows(grid: PhotoGrid) -> list[int]:
    return sorted(index.row() for index in grid.selectedIndexes())


def press(grid: PhotoGrid, key: KEY, modifier=NONE) -> int:
    QTest.keyClick(grid, key, modifier)
    return grid.currentIndex().row()


def click(grid: PhotoGrid, place: QPoint, modifier=NONE, button=LEFT) -> None:
    QTest.mouseClick(grid.viewport(), button, modifier, place)


def heading_of(grid: PhotoGrid, row: int) -> QPoint:
    """In the text of the heading above a row that begins a section."""
    return rect_of(grid, row).topLeft() + QPoint(20, -10)


def move(grid: PhotoGrid, place: QPoint, buttons=Qt.MouseButton.NoButton) -> None:
    where = QPointF(place), QPointF(grid.viewport().mapToGlobal(place))
    event = QMouseEvent(QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, buttons, NONE)
    QApplication.sendEvent(grid.viewport(), event)


def drag(grid: PhotoGrid, start: QPoint, end: QPoint, held: Callable[[], None]) -> None:
    """Draws a band, and does something before the button is let go."""
    QTest.mousePress(grid.viewport(), LEFT, NONE, start)
    for share in (0.3, 0.7, 1.0):
        move(grid, start + (end - start) * share, LEFT)
    held()
    QTest.mouseRelease(grid.viewport(), LEFT, NONE, end)


def painted_states(monkeypatch, grid: PhotoGrid) -> dict[int, QStyle.StateFlag]:
    """The rows that are painted when all of the view is, and how."""
    painted = {}

    def paint(_delegate, _painter, option, index) -> None:
        painted[index.row()] = QStyle.StateFlag(option.state)

    with monkeypatch.context() as patch:
        patch.setattr(PhotoDelegate, "paint", paint)
        grid.viewport().repaint()
    return painted


def scroll_range_fits(grid: PhotoGrid) -> bool:
    bar, page_px = grid.verticalScrollBar(), grid.viewport().height()
    n_rows = grid.model().rowCount()
    height = rect_of(grid, n_rows - 1).bottom() + 1 + bar.value() if n_rows else 0
    return bar.maximum() == max(0, height - page_px)


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


def test_left_and_right_go_across_the_ends_of_lines_and_months(grid):
    grid.choose_row(5)
    assert [press(grid, KEY.Key_Right) for _ in range(4)] == [6, 7, 8, 9]
    assert [press(grid, KEY.Key_Left) for _ in range(3)] == [8, 7, 6]
    assert rows(grid) == [6]
    grid.choose_row(0)
    assert press(grid, KEY.Key_Left) == 0
    grid.choose_row(N_PHOTOS - 1)
    assert press(grid, KEY.Key_Right) == N_PHOTOS - 1


def test_up_and_down_keep_the_column_across_short_lines(grid):
    grid.choose_row(3)
    assert [press(grid, KEY.Key_Down) for _ in range(3)] == [6, 8, 12]
    assert [press(grid, KEY.Key_Down) for _ in range(4)] == [16, 20, 21, 25]
    assert [press(grid, KEY.Key_Up) for _ in range(2)] == [21, 20]
    press(grid, KEY.Key_Left)
    assert [press(grid, KEY.Key_Down) for _ in range(2)] == [21, 24]
    grid.choose_row(1)
    assert press(grid, KEY.Key_Up) == 1
    grid.choose_row(N_PHOTOS - 2)
    assert press(grid, KEY.Key_Down) == N_PHOTOS - 2


def test_pages_and_ends_are_reached_by_keys(grid):
    grid.choose_row(1)
    seen = [1]
    while press(grid, KEY.Key_PageDown) != seen[-1]:
        seen.append(grid.currentIndex().row())
        assert grid.viewport().rect().contains(rect_of(grid, seen[-1]).center())
    assert seen == sorted(seen)
    assert N_PHOTOS - seen[-1] <= 4
    back = [press(grid, KEY.Key_PageUp) for _ in seen]
    assert back == sorted(back, reverse=True)
    assert back[-1] == 1
    assert press(grid, KEY.Key_End) == N_PHOTOS - 1
    assert press(grid, KEY.Key_Home) == 0
    assert grid.verticalScrollBar().value() == 0


def test_one_page_is_no_more_than_what_was_in_view(grid):
    grid.choose_row(26)
    grid.scrollTo(grid.currentIndex(), grid.ScrollHint.PositionAtTop)
    last_in_view = grid.rows_in_view().stop - 1
    assert 26 < press(grid, KEY.Key_PageDown) <= last_in_view


def test_shift_and_keys_select_as_one_reads(grid):
    grid.choose_row(5)
    press(grid, KEY.Key_Down, SHIFT)
    assert rows(grid) == [5, 6, 7, 8]
    press(grid, KEY.Key_Right, SHIFT)
    assert rows(grid) == [5, 6, 7, 8, 9]
    for _ in range(5):
        press(grid, KEY.Key_Left, SHIFT)
    assert rows(grid) == [4, 5]
    press(grid, KEY.Key_End, SHIFT)
    assert rows(grid) == list(range(5, N_PHOTOS))


def test_ranges_begin_at_what_was_chosen_last_however_it_was(grid):
    click(grid, rect_of(grid, 1).center())
    grid.choose_row(30)
    press(grid, KEY.Key_Right, SHIFT)
    assert rows(grid) == [30, 31]
    grid.attend_to_row(20)
    grid.choose_row(20)
    press(grid, KEY.Key_Left, SHIFT)
    assert rows(grid) == [19, 20]


def test_shift_and_a_click_select_all_between(grid):
    click(grid, rect_of(grid, 2).center())
    grid.scrollTo(grid.model().index(10, 0))
    click(grid, rect_of(grid, 10).center(), SHIFT)
    assert rows(grid) == list(range(2, 11))
    click(grid, rect_of(grid, 8).center(), CTRL)
    assert rows(grid) == [2, 3, 4, 5, 6, 7, 9, 10]


def test_all_photos_are_selected_by_a_key(grid):
    press(grid, KEY.Key_A, CTRL)
    assert rows(grid) == list(range(N_PHOTOS))


def test_a_band_selects_what_it_touches(grid):
    grid.scrollToTop()
    start = rect_of(grid, 8).center() + QPoint(grid.cell.width(), 0)
    grid.verticalScrollBar().setValue(rect_of(grid, 4).top())
    start = rect_of(grid, 8).center() + QPoint(grid.cell.width(), 0)
    end = rect_of(grid, 5).center()
    bands = []

    def look() -> None:
        assert rows(grid) == [5, 6, 8]
        bands.append(grid._band)
        assert not grid.viewport().grab().isNull()

    drag(grid, start, end, look)
    offset = QPoint(0, grid.verticalScrollBar().value())
    assert bands == [QRect(end + offset, start + offset).normalized()]
    assert grid._band is None
    assert rows(grid) == [5, 6, 8]
    click(grid, start)
    assert rows(grid) == []


def test_a_band_may_begin_beside_the_text_of_a_heading(grid):
    heading = rect_of(grid, 0).center()
    heading.setY(4)
    heading.setX(grid.viewport().width() - 20)
    drag(grid, heading, rect_of(grid, 2).center(), lambda: None)
    assert rows(grid) == [2, 3]


def test_photos_are_dragged_from_where_they_stand(qtbot, grid):
    click(grid, rect_of(grid, 8).center())
    start = rect_of(grid, 8).center()
    with qtbot.waitSignal(grid.drag_wanted):
        drag(grid, start, start + QPoint(60, 20), lambda: None)


def test_a_click_on_a_heading_selects_its_photos(grid):
    told = []
    grid.chosen_changed.connect(lambda: told.append(rows(grid)))
    click(grid, heading_of(grid, 7))
    assert rows(grid) == [7, 8]
    assert told == [[7, 8]]
    assert grid.current_id() == 7
    click(grid, heading_of(grid, 0), CTRL)
    assert rows(grid) == list(range(9))
    click(grid, heading_of(grid, 7), CTRL)
    assert rows(grid) == list(range(7))
    click(grid, heading_of(grid, 7), SHIFT)
    assert rows(grid) == list(range(9))
    click(grid, heading_of(grid, 7))
    assert rows(grid) == [7, 8]
    press(grid, KEY.Key_Right, SHIFT)
    assert rows(grid) == [7, 8]


def test_a_click_on_a_heading_leaves_the_view_where_it_is(grid):
    grid.verticalScrollBar().setValue(rect_of(grid, 21).top() - grid.viewport().height() + 3)
    before = grid.verticalScrollBar().value()
    click(grid, heading_of(grid, 21))
    assert rows(grid) == [21]
    assert grid.verticalScrollBar().value() == before


def test_a_double_click_on_a_heading_opens_nothing(qtbot, grid):
    with qtbot.assertNotEmitted(grid.photo_double_clicked):
        click(grid, heading_of(grid, 7))
        QTest.mouseDClick(grid.viewport(), LEFT, NONE, heading_of(grid, 7))
    assert rows(grid) == [7, 8]


def test_a_heading_that_is_held_draws_no_band(grid):
    drag(grid, heading_of(grid, 0), rect_of(grid, 5).center(), lambda: None)
    assert rows(grid) == list(range(7))


def test_a_right_click_on_a_heading_has_no_menu_and_selects_nothing(qtbot, grid):
    with qtbot.assertNotEmitted(grid.menu_wanted):
        click(grid, heading_of(grid, 7), button=RIGHT)
    assert rows(grid) == []


def test_the_text_of_a_heading_has_a_hand_and_says_what_it_does(grid, language):
    hand = Qt.CursorShape.PointingHandCursor
    move(grid, heading_of(grid, 7))
    assert grid.viewport().cursor().shape() == hand
    place = heading_of(grid, 7)
    asked = QHelpEvent(QEvent.Type.ToolTip, place, grid.viewport().mapToGlobal(place))
    QApplication.sendEvent(grid.viewport(), asked)
    assert (
        QToolTip.text() == {"en": "Choose all of these", "zh_CN": "选择这一组的所有照片"}[language]
    )
    move(grid, heading_of(grid, 7) + QPoint(500, 0))
    assert grid.viewport().cursor().shape() != hand
    move(grid, heading_of(grid, 7))
    move(grid, rect_of(grid, 7).center())
    assert grid.viewport().cursor().shape() != hand
    QToolTip.hideText()


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
