"""What a birder does most takes three clicks at most from start-up, and goes by keys as well."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from ahash_desktop.gui.base.dates import month_text
from ahash_desktop.gui.grid.photo_grid import PhotoGrid
from ahash_desktop.gui.grid.tile_button import TileButton
from tests.gui.files.test_trash import move, trash  # noqa: F401 - a fixture
from tests.gui.window.test_window import hover, texts

MOST_CLICKS = 3
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
KEYS = Qt.Key


class Hand:
    """Clicks and counts; the pointer may move and words may be typed for nothing."""

    def __init__(self) -> None:
        self.n_clicks = 0

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        self.n_clicks += 1
        QTest.mouseClick(widget, LEFT, NONE, widget.rect().center() if place is None else place)

    def click_row(self, grid: PhotoGrid, row: int) -> None:
        self.click(grid.viewport(), grid.visualRect(grid.model().index(row, 0)).center())

    def find_similar(self, grid: PhotoGrid, row: int) -> None:
        hover(grid.viewport(), grid.visualRect(grid.model().index(row, 0)).center())
        self.click(grid.findChild(TileButton))


@pytest.fixture
def hand():
    made = Hand()
    yield made
    assert made.n_clicks <= MOST_CLICKS


@pytest.fixture
def started(qtbot, full_window):
    """The window as it is after the start: the newest photos in view, the keyboard on them."""
    full_window.commands.newest_first.setChecked(True)
    months = full_window.browse.photo_model
    qtbot.waitUntil(lambda: bool(months.sections.titles))
    full_window.activateWindow()
    qtbot.waitUntil(full_window.isActiveWindow)
    full_window.browse.library_grid.setFocus()
    return full_window


def press(key, modifier=NONE) -> None:
    QTest.keyClick(QApplication.focusWidget(), key, modifier)


def wait_for_matches(qtbot, window) -> None:
    qtbot.waitUntil(lambda: window.browse.shows_results and window.browse.hit_model.rowCount() > 0)


def test_more_of_this_bird_is_one_click(qtbot, started, hand):
    hand.find_similar(started.browse.library_grid, 2)
    wait_for_matches(qtbot, started)
    assert hand.n_clicks == 1


def test_more_of_this_bird_by_keys(qtbot, started):
    press(KEYS.Key_Right)
    press(KEYS.Key_Return)
    wait_for_matches(qtbot, started)


def red_crowned(window) -> list[int]:
    return window._session.bits.photos_with(3, on=True).tolist()


def shown(window) -> list[int]:
    return window.browse.photo_model.photo_ids.tolist()


def test_all_with_a_red_crown_are_one_click_and_two_words(qtbot, started, hand):
    bar = started.top_bar.words
    hand.click(bar)
    qtbot.waitUntil(lambda: bool(started.searching.words._words))
    QTest.keyClicks(bar, "red crown")
    QTest.keyClick(bar, KEYS.Key_Return)
    qtbot.waitUntil(lambda: shown(started) == red_crowned(started))
    assert hand.n_clicks == 1


def test_all_with_a_red_crown_by_keys(qtbot, started):
    press(KEYS.Key_F, Qt.KeyboardModifier.ControlModifier)
    bar = started.top_bar.words
    qtbot.waitUntil(lambda: bar.hasFocus() and bool(started.searching.words._words))
    QTest.keyClicks(bar, "red crown")
    press(KEYS.Key_Return)
    qtbot.waitUntil(lambda: shown(started) == red_crowned(started))


def says_why(window) -> bool:
    subject = window.inspecting.inspection.subject
    return bool(subject and subject.match and "agree" in texts(window.inspector))


def test_why_two_match_is_two_clicks(qtbot, started, hand):
    hand.find_similar(started.browse.library_grid, 2)
    wait_for_matches(qtbot, started)
    hand.click_row(started.browse.result_grid, 1)
    qtbot.waitUntil(lambda: says_why(started))
    assert hand.n_clicks == 2


def test_why_two_match_by_keys(qtbot, started):
    press(KEYS.Key_Right)
    press(KEYS.Key_Return)
    wait_for_matches(qtbot, started)
    press(KEYS.Key_Right)
    qtbot.waitUntil(lambda: says_why(started))


def test_what_is_new_this_month_is_in_view_at_the_start(started, hand):
    now = datetime.now(tz=UTC)
    titles = started.browse.photo_model.sections.titles
    assert titles[0] == month_text(now.year, now.month)
    assert str(now.year) in started.browse._month.text()
    assert hand.n_clicks == 0


def test_only_this_month_is_two_clicks(qtbot, started, hand):
    rail, now = started.browsing.rail, datetime.now(tz=UTC)
    qtbot.waitUntil(lambda: rail.rail_model.index_of(("year", now.year)).isValid())
    year = rail.rail_model.index_of(("year", now.year))
    if not rail.isExpanded(year):
        arrow = rail.visualRect(year)
        beside = arrow.left() - rail.indentation() // 2
        hand.click(rail.viewport(), QPoint(beside, arrow.center().y()))
    month = rail.rail_model.index_of(("month", now.year, now.month))
    hand.click(rail.viewport(), rail.visualRect(month).center())
    qtbot.waitUntil(lambda: started.search.state.scope.photos.since_s is not None)
    assert hand.n_clicks <= 2


def test_a_deletion_is_undone_by_one_click(qtbot, started, hand):
    (photo_id,) = move(qtbot, started, 2)
    qtbot.waitUntil(lambda: photo_id not in shown(started))
    buttons = started.notice.findChildren(QAbstractButton)
    with qtbot.waitSignal(started.trash.files_moved):
        hand.click(next(each for each in buttons if each.text() == "Undo"))
    qtbot.waitUntil(lambda: photo_id in shown(started))
    assert hand.n_clicks == 1


def test_a_deletion_is_undone_by_keys(qtbot, started):
    (photo_id,) = move(qtbot, started, 2)
    qtbot.waitUntil(lambda: photo_id not in shown(started))
    started.activateWindow()  # the question had the keyboard
    qtbot.waitUntil(started.isActiveWindow)
    started.browse.library_grid.setFocus()
    with qtbot.waitSignal(started.trash.files_moved):
        press(KEYS.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: photo_id in shown(started))
    assert Path(started._session.browser.photos([photo_id])[0].path).is_file()
