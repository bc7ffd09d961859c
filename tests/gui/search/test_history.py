"""Weights, parts of pictures, back and forward, and the searches of late."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget

from ahash_desktop.core.records import Region
from ahash_desktop.gui.base.theme import LIGHT
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.search.recent import RecentSearches
from ahash_desktop.gui.search.region_dialog import RegionBoard, RegionDialog
from tests.gui.window.test_window import search_by_first, wait_for_results


def test_back_and_forward_step_through_searches(qtbot, full_window):
    commands, search = full_window.commands, full_window.search
    assert not commands.history_back.isEnabled()
    first = search_by_first(qtbot, full_window)
    with qtbot.waitSignal(search.search_succeeded):
        search.change(search.examples[0].key, weight=3)
    second = search.state
    commands.history_back.trigger()
    assert search.examples[0].weight == 1
    assert search.examples[0].photo_id == first
    commands.history_back.trigger()
    assert not search.examples
    assert full_window.browse.library_grid.isVisible()
    assert not commands.history_back.isEnabled()
    commands.history_forward.trigger()
    commands.history_forward.trigger()
    assert search.state == second
    assert not commands.history_forward.isEnabled()
    wait_for_results(qtbot, full_window)


def test_a_new_search_ends_the_way_forward(qtbot, full_window):
    search_by_first(qtbot, full_window)
    full_window.commands.history_back.trigger()
    search_by_first(qtbot, full_window)
    assert not full_window.commands.history_forward.isEnabled()


def press(widget: QWidget, button: Qt.MouseButton) -> None:
    QTest.mouseClick(widget, button, pos=widget.rect().center())


def test_the_mouses_buttons_go_back_and_forward(qtbot, full_window):
    search, browse = full_window.search, full_window.browse
    first = search_by_first(qtbot, full_window)
    chosen = browse.result_grid.current_id()
    press(browse.result_grid.viewport(), Qt.MouseButton.BackButton)
    assert not search.examples
    assert browse.library_grid.isVisible()
    press(full_window.top_bar, Qt.MouseButton.ForwardButton)
    assert search.examples[0].photo_id == first
    wait_for_results(qtbot, full_window)
    assert browse.result_grid.current_id() == chosen


def test_the_mouses_back_button_closes_the_viewer_first(qtbot, full_window):
    search_by_first(qtbot, full_window)
    full_window.commands.view_large.trigger()
    assert full_window.viewing.is_open
    press(full_window.viewing.page, Qt.MouseButton.BackButton)
    assert not full_window.viewing.is_open
    assert full_window.search.examples
    full_window.commands.bits.trigger()
    press(full_window.pages.gallery, Qt.MouseButton.BackButton)
    assert full_window.browse.isVisible()
    assert full_window.search.examples


def test_a_weight_is_chosen_from_the_menu_of_an_example(qtbot, full_window):
    search_by_first(qtbot, full_window)
    (menu,) = full_window.browse.strip.findChildren(QMenu)
    with qtbot.waitSignal(full_window.search.search_succeeded):
        menu.actions()[3].trigger()
    assert full_window.search.examples[0].weight == 4


def test_a_part_of_a_picture_is_searched_by(qtbot, full_window):
    search_by_first(qtbot, full_window)
    strip, search = full_window.browse.strip, full_window.search
    strip._on_region_clicked(search.examples[0].key)
    qtbot.waitUntil(lambda: full_window.findChild(RegionDialog) is not None)
    dialog = full_window.findChild(RegionDialog)
    qtbot.keyClick(dialog.board, Qt.Key.Key_Right)
    wanted = dialog.board.region
    with qtbot.waitSignal(search.search_succeeded):
        qtbot.keyClick(dialog.board, Qt.Key.Key_Return)
    assert search.examples[0].region == wanted
    assert search.examples[0].needs_engine


@pytest.fixture
def board(qtbot) -> RegionBoard:
    made = RegionBoard(QImage(200, 100, QImage.Format.Format_RGB32), None, LIGHT)
    qtbot.addWidget(made)
    made.resize(200, 100)
    made.show()
    return made


def test_a_box_is_drawn_with_the_mouse(qtbot, board):
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(board, left, pos=QPoint(20, 10))
    qtbot.mouseMove(board, QPoint(120, 60))
    qtbot.mouseRelease(board, left, pos=QPoint(120, 60))
    region = board.region
    assert (region.x, region.y) == pytest.approx((0.1, 0.1), abs=0.02)
    assert (region.width, region.height) == pytest.approx((0.5, 0.5), abs=0.02)


def test_keys_keep_the_box_inside_the_picture(qtbot, board):
    for _ in range(60):
        qtbot.keyClick(board, Qt.Key.Key_Left)
        qtbot.keyClick(board, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert board.region.x == 0
    assert board.region.height == 1
    for _ in range(60):
        qtbot.keyClick(board, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert Region(0, 0, 0.5, 0.04).height == pytest.approx(board.region.height)


def test_searches_of_late_are_kept_over_a_restart(qtbot, full_window, tmp_path):
    search, path = full_window.search, tmp_path / "recent.json"
    menu = QMenu(full_window)
    needs = full_window._session, full_window._runner
    recent = RecentSearches(search, *needs, menu, path, full_window)
    assert not menu.menuAction().isEnabled()
    photo_id = search_by_first(qtbot, full_window)
    qtbot.waitUntil(lambda: recent.all[0].picture is not None and recent.all[0].name != "")
    assert recent.all[0].text == "photo 00.jpg"
    recent.save()
    again = QMenu(full_window)
    RecentSearches(search, *needs, again, path, full_window)
    again.aboutToShow.emit()
    assert again.actions()[0].text() == "photo 00.jpg"
    assert not again.actions()[0].icon().isNull()
    with qtbot.waitSignal(search.search_succeeded):
        again.actions()[0].trigger()
    assert [example.photo_id for example in search.examples] == [photo_id]


@pytest.mark.parametrize(
    "kept",
    [b"", b"[[{}]]", b"5", b'[[{"photo": null, "path": null}]]', b'[{"examples": []}]', b'["x"]'],
)
def test_a_broken_list_of_searches_is_an_empty_one(full_window, tmp_path, kept):
    path = tmp_path / "recent.json"
    path.write_bytes(kept)
    menu = QMenu(full_window)
    needs = full_window._session, full_window._runner
    RecentSearches(full_window.search, *needs, menu, path, full_window)
    assert not menu.menuAction().isEnabled()


def test_a_part_needs_the_engine_even_of_a_library_photo():
    assert QueryExample(photo_id=1, region=Region(0, 0, 1, 1)).needs_engine
