"""The box of the subject: drawn, searched by alone, and corrected."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from ahash_desktop.core.records import Region, Subject
from ahash_desktop.core.statements import BitMeaning
from ahash_desktop.gui.pictures.grips import Grip, grip_at
from ahash_desktop.gui.pictures.picture_view import part_of_rect
from ahash_desktop.gui.search.query_strip import ExampleChip
from ahash_desktop.gui.search.region_dialog import RegionDialog
from ahash_desktop.gui.window.main_window import MainWindow
from tests.gui.window.test_window import search_by_first, texts

LEFT = Qt.MouseButton.LeftButton
BOX = Region(0.25, 0.25, 0.5, 0.5)


@pytest.fixture
def telling(session, monkeypatch, request) -> MainWindow:
    """The window with a model that finds a bird in the middle of every picture."""
    encode = session.encoder._encode_pixels
    monkeypatch.setattr(
        session.encoder,
        "_encode_pixels",
        lambda pixels: replace(encode(pixels), subject=Subject("bird", 0.9, BOX)),
    )
    session.bits.meanings = (BitMeaning(0, "a", "", "a::b", "bird", 0.1, -0.1, 0.9, 0.9),)
    made: MainWindow = request.getfixturevalue("full_window")
    return made


def test_the_query_is_searched_by_its_subject_alone_and_whole_again(qtbot, telling):
    search_by_first(qtbot, telling)
    strip = telling.browse.strip
    assert strip.findChild(ExampleChip)._picture.box == BOX
    assert strip._just.text() == "Search just the bird"
    with qtbot.waitSignal(telling.search.search_succeeded):
        qtbot.mouseClick(strip._just, LEFT)
    assert telling.search.examples[0].region == BOX
    assert strip._just.text() == "Search the whole picture"
    with qtbot.waitSignal(telling.search.search_succeeded):
        qtbot.keyClick(strip._just, Qt.Key.Key_Space)
    assert telling.search.examples[0].region is None


def look_at(qtbot, window: MainWindow, row: int) -> int:
    """Opens a photo of the library large; its id."""
    window.browse.library_grid.choose_row(row)
    photo_id = window.browse.library_grid.current_id()
    window.commands.view_large.trigger()
    view = window.viewing.page.stage.views[0]
    qtbot.waitUntil(lambda: view.box is not None and view.has_picture)
    return photo_id


def test_dragging_the_box_corrects_it_and_undo_takes_that_back(qtbot, telling, session):
    photo_id = look_at(qtbot, telling, 3)
    view = telling.viewing.page.stage.views[0]
    drawn = part_of_rect(view.picture_rect(), BOX)
    corner = drawn.bottomRight().toPoint()
    with qtbot.waitSignal(telling.viewing.boxes.corrected):
        QTest.mousePress(view, LEFT, pos=corner)
        QTest.mouseMove(view, corner + QPoint(40, 30))
        QTest.mouseRelease(view, LEFT, pos=corner + QPoint(40, 30))
    kept = session.searcher.stored_code(photo_id)
    assert kept.part.x == pytest.approx(0.25, abs=0.01)
    assert kept.part.width > 0.52
    assert view.box == kept.subject.box
    assert "read where you say" in telling.notice.text
    with qtbot.waitSignal(telling.viewing.boxes.corrected):
        qtbot.mouseClick(telling.notice._button, LEFT)
    assert session.searcher.stored_code(photo_id).part is None
    assert "finds the subject of this photo itself" in telling.notice.text
    with qtbot.waitSignal(telling.viewing.boxes.corrected):
        qtbot.mouseClick(telling.notice._button, LEFT)
    assert session.searcher.stored_code(photo_id).part == kept.part
    assert "read where you say" in telling.notice.text


def test_the_box_is_corrected_by_keys(qtbot, telling, session):
    photo_id = look_at(qtbot, telling, 3)
    telling.viewing.page.box.trigger()
    qtbot.waitUntil(lambda: telling.findChild(RegionDialog) is not None)
    board = telling.findChild(RegionDialog).board
    assert board.region == BOX
    qtbot.keyClick(board, Qt.Key.Key_Left)
    with qtbot.waitSignal(telling.viewing.boxes.corrected):
        qtbot.keyClick(board, Qt.Key.Key_Return)
    assert session.searcher.stored_code(photo_id).part.x == pytest.approx(0.23, abs=0.01)


def test_the_large_view_finds_the_like_of_what_it_shows(qtbot, telling):
    photo_id = look_at(qtbot, telling, 3)
    assert "Find similar" in texts(telling.viewing.page)
    with qtbot.waitSignal(telling.search.search_succeeded):
        telling.viewing.page.find_similar.trigger()
    assert [each.photo_id for each in telling.search.examples] == [photo_id]
    assert not telling.viewing.is_open


@pytest.mark.parametrize(
    ("place", "grip"),
    [
        ((100, 150), (-1, 0)),
        ((300, 105), (1, -1)),
        ((200, 200), (0, 1)),
        ((200, 150), None),
        ((320, 150), None),
    ],
)
def test_sides_and_corners_can_be_taken_hold_of(place, grip):
    found = grip_at(QRectF(100, 100, 200, 100), QPointF(*place))
    assert found == (None if grip is None else Grip(*grip))


@pytest.mark.parametrize("across", [-1, 0, 1])
@pytest.mark.parametrize("down", [-1, 0, 1])
@pytest.mark.parametrize("place", [(-3.0, 4.0), (0.5, 0.5), (0.26, 0.74), (9.0, -9.0)])
def test_a_dragged_box_stays_inside_the_picture(across, down, place):
    moved = Grip(across, down).moved(BOX, QPointF(*place))
    assert moved.x >= 0
    assert moved.y >= 0
    assert moved.x + moved.width <= 1 + 1e-9
    assert min(moved.width, moved.height) > 0.02


def test_the_box_of_a_photo_that_was_read_does_not_wait_for_the_engine(qtbot, telling, session):
    session.encoder.loaded.clear()
    telling.browse.library_grid.choose_row(3)
    telling.commands.view_large.trigger()
    view = telling.viewing.page.stage.views[0]
    qtbot.waitUntil(lambda: view.box == BOX)
    session.encoder.loaded.set()
