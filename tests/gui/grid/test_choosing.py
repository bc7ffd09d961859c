"""Photos below headings are chosen as people do it: by keys, clicks, bands and headings."""

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from tests.gui.grid.driven import (
    CTRL,
    KEY,
    LEFT,
    N_PHOTOS,
    NONE,
    RIGHT,
    SHIFT,
    click,
    drag,
    heading_of,
    move,
    press,
    rect_of,
    rows,
)


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
