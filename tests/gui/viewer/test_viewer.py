"""Photos looked at large: zoomed, moved, compared side by side and in turn."""

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolButton

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.pictures.facts import PhotoFacts, taken_text
from ahash_desktop.gui.pictures.pyramid import Pyramid
from ahash_desktop.gui.pictures.zoom import FITTED
from tests.gui.window.test_window import search_by_first, texts


def wait_for_pictures(qtbot, window) -> None:
    stage = window.viewing.page.stage
    shown = stage.views if stage.is_paired else stage.views[:1]
    qtbot.waitUntil(lambda: all(view.picture_rect().width() > 0 for view in shown))
    qtbot.waitUntil(lambda: "× 180 pixels" in texts(stage))


@pytest.fixture
def viewed(qtbot, full_window):
    """The window with a photo of the library shown large."""
    full_window.browse.library_grid.choose_row(3)
    full_window.commands.view_large.trigger()
    wait_for_pictures(qtbot, full_window)
    return full_window


@pytest.fixture
def compared(qtbot, full_window):
    """The window with a query and its nearest match shown large."""
    search_by_first(qtbot, full_window)
    full_window.commands.view_large.trigger()
    wait_for_pictures(qtbot, full_window)
    return full_window


def wheel(view, place: QPointF, delta: int) -> None:
    event = QWheelEvent(
        place,
        view.mapToGlobal(place),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_a_photo_is_shown_with_what_is_known_of_it(viewed):
    said = texts(viewed.viewing.page)
    assert "photo 09.jpg" in said
    assert "240 × 180 pixels" in said
    assert "JPEG, " in said
    assert "4 of 24" in said
    viewed.viewing.page.facts.trigger()
    assert "240 × 180 pixels" not in texts(viewed.viewing.page)


def test_the_inspector_stays_without_its_small_pictures(viewed):
    assert viewed.inspector.isVisible()
    assert not viewed.inspector._pair.isVisible()
    viewed.commands.back.trigger()
    assert viewed.inspector._pair.isVisible()


def test_space_opens_and_escape_leaves(qtbot, full_window):
    grid = full_window.browse.library_grid
    grid.choose_row(2)
    grid.setFocus()
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    assert full_window.viewing.is_open
    qtbot.keyClick(full_window.viewing.page.stage.active, Qt.Key.Key_Escape)
    assert grid.isVisible()
    assert grid.hasFocus()


def test_what_is_opened_anew_is_seen_whole(qtbot, viewed):
    view = viewed.viewing.page.stage.active
    fitted = view.percent
    wheel(view, QPointF(view.rect().center()), 480)
    assert view.percent > fitted
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    viewed.commands.view_large.trigger()
    wait_for_pictures(qtbot, viewed)
    assert viewed.viewing.page.stage.active.percent == fitted


def test_arrows_and_page_keys_step_through_the_photos(qtbot, viewed):
    grid, view = viewed.browse.library_grid, viewed.viewing.page.stage.active
    view.setFocus()
    for key, row in (
        (Qt.Key.Key_Right, 4),
        (Qt.Key.Key_PageDown, 5),
        (Qt.Key.Key_Left, 4),
        (Qt.Key.Key_PageUp, 3),
    ):
        qtbot.keyClick(view, key)
        assert grid.currentIndex().row() == row
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: "photo 12.jpg" in texts(viewed.viewing.page))


def test_stepping_stops_at_the_ends(viewed):
    viewed.browse.library_grid.choose_row(0)
    viewed.viewing.page.previous.trigger()
    assert viewed.browse.library_grid.currentIndex().row() == 0


def test_the_wheel_zooms_at_the_pointer(viewed):
    view = viewed.viewing.page.stage.active
    place = view.picture_rect().center() + QPointF(30, 20)
    before = view.picture_rect()
    wheel(view, place, 480)
    after = view.picture_rect()
    assert after.width() > 1.9 * before.width()
    assert (place.x() - after.left()) / after.width() == pytest.approx(
        (place.x() - before.left()) / before.width(), abs=0.01
    )
    wheel(view, place, -4800)
    assert view.zoom.factor <= 1


def test_a_drag_and_the_arrows_move_an_enlarged_photo(qtbot, viewed):
    view = viewed.viewing.page.stage.active
    wheel(view, QPointF(view.rect().center()), 960)
    before = view.picture_rect().topLeft()
    middle = view.rect().center()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(view, middle + QPoint(15, 10))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=middle + QPoint(15, 10))
    moved = view.picture_rect().topLeft() - before
    assert (moved.x(), moved.y()) == pytest.approx((15, 10))
    row = viewed.browse.library_grid.currentIndex().row()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.picture_rect().left() < before.x() + 15
    assert viewed.browse.library_grid.currentIndex().row() == row


def test_actual_size_and_fit_by_key_and_double_click(qtbot, viewed):
    view = viewed.viewing.page.stage.active
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_1)
    assert view.percent == pytest.approx(100)
    assert view.picture_rect().width() * view.devicePixelRatio() == pytest.approx(240)
    assert "100 %" in texts(viewed.viewing.page)
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.zoom == FITTED
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=view.rect().center())
    assert not view.zoom.is_fitted
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=view.rect().center())
    assert view.zoom == FITTED


def test_the_menu_zooms_here_and_leaves_the_grid_alone(viewed):
    cell_px = viewed.browse.library_grid.cell_px
    view = viewed.viewing.page.stage.active
    viewed.commands.larger.trigger()
    assert view.zoom.factor > 1
    viewed.commands.smaller.trigger()
    assert view.zoom == FITTED
    assert viewed.browse.library_grid.cell_px == cell_px


def test_query_and_match_are_zoomed_and_moved_together(qtbot, compared):
    page = compared.viewing.page
    query, match = page.stage.views
    assert query.isVisible()
    assert match.isVisible()
    assert "Query" in texts(page)
    assert "Match" in texts(page)
    wheel(query, QPointF(20, 200), 720)
    assert match.zoom == query.zoom
    page.locked.trigger()
    wheel(match, QPointF(20, 200), 720)
    assert match.zoom != query.zoom
    match.setFocus()
    page.locked.trigger()
    assert match.zoom == query.zoom
    page.fit.trigger()
    assert query.zoom == match.zoom == FITTED


def test_two_photos_are_flipped_at_the_same_place(qtbot, compared):
    page = compared.viewing.page
    query, match = page.stage.views
    wheel(query, QPointF(20, 200), 720)
    query.setFocus()
    qtbot.keyClick(query, Qt.Key.Key_F)
    assert match.isVisible()
    assert not query.isVisible()
    assert page.in_turn.isChecked()
    assert match.hasFocus()
    qtbot.keyClick(match, Qt.Key.Key_Space)
    assert query.isVisible()
    assert not match.isVisible()
    assert query.picture_rect().left() == pytest.approx(match.picture_rect().left(), abs=2)
    qtbot.keyClick(query, Qt.Key.Key_S)
    assert query.isVisible()
    assert match.isVisible()


def test_two_chosen_photos_of_the_library_are_compared(qtbot, full_window):
    grid = full_window.browse.library_grid
    grid.choose_row(1)
    grid.selectionModel().select(grid.model().index(4, 0), QItemSelectionModel.SelectionFlag.Select)
    full_window.commands.view_large.trigger()
    wait_for_pictures(qtbot, full_window)
    said = texts(full_window.viewing.page)
    assert "First" in said
    assert "Second" in said
    qtbot.waitUntil(lambda: "of 64 bits agree" in texts(full_window.inspector))


def test_evidence_lies_over_the_large_photos(qtbot, compared):
    with qtbot.waitSignal(compared.inspecting.inspection.evidence_arrived):
        compared.inspector.bits.choose_bit(3)
    views = compared.viewing.page.stage.views
    assert all(view.has_overlay for view in views)
    compared.viewing.page.next.trigger()
    with qtbot.waitSignal(compared.inspecting.inspection.evidence_arrived):
        pass
    assert all(view.has_overlay for view in views)


def test_a_photo_that_cannot_be_read_is_explained(qtbot, full_window, session, monkeypatch):
    def refuse(_source, _target_px):
        raise UserFacingError("the photo is gone")

    monkeypatch.setattr(session.encoder, "show", refuse)
    full_window.browse.library_grid.choose_row(0)
    full_window.commands.view_large.trigger()
    qtbot.waitUntil(lambda: "The photo is gone" in texts(full_window.viewing.page))
    qtbot.waitUntil(lambda: full_window.viewing.page.stage.active.has_picture)


def test_the_photo_that_has_the_keyboard_is_marked(compared, theme):
    query, match = compared.viewing.page.stage.views
    match.setFocus()
    marked = [view.grab().toImage().pixelColor(1, view.height() // 2) for view in (query, match)]
    assert marked[1] == QColor(theme.colours.accent)
    assert marked[0] != marked[1]


def test_every_control_has_a_name_and_a_tool_tip(compared):
    buttons = compared.viewing.page.findChildren(QToolButton)
    assert len(buttons) == 13
    assert all(button.accessibleName() and button.toolTip() for button in buttons)


def test_a_new_search_leaves_the_large_view(qtbot, viewed):
    with qtbot.waitSignal(viewed.search.search_succeeded):
        viewed.commands.find_similar.trigger()
    assert viewed.browse.isVisible()


def test_a_pyramid_halves_until_it_is_small(qapp):
    picture = QImage(3000, 2000, QImage.Format.Format_RGB32)
    picture.fill(QColor("teal"))
    widths = [level.width() for level in Pyramid.of(picture).levels]
    assert widths == [3000, 1500, 750]


def test_unknown_facts_are_left_out(qapp):
    assert [what for what, _ in PhotoFacts("a.jpg", size_px=(4, 3)).rows()] == ["Name", "Size"]


def test_a_capture_time_that_cannot_be_read_is_given_as_it_is():
    assert "7:30" in taken_text("2024-05-01T07:30:00")
    assert "T" not in taken_text("2024-05-01T07:30:00")
    assert taken_text("some day") == "some day"
