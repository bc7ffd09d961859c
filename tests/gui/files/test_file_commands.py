"""Files leave the grid as copies: dragged out, opened elsewhere."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices, QDrag
from PySide6.QtTest import QTest

from tests import patience
from tests.gui.window.test_window import search_by_first


@pytest.fixture
def drags(monkeypatch) -> list:
    """What is dragged, as paths and the actions that are offered."""
    started = []

    def exec_(drag: QDrag, actions: Qt.DropAction) -> Qt.DropAction:
        started.append(([url.toLocalFile() for url in drag.mimeData().urls()], actions))
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", exec_)
    return started


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """What other programs are asked to open."""
    asked = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: asked.append(url.toLocalFile()) or True
    )
    return asked


def path_in_row(window, row: int) -> str:
    photo_id = int(window.browse.grid.model().photo_ids[row])
    return str(window._session.browser.photos([photo_id])[0].path)


def drag_row(grid, row: int, until: Callable[[], None] = lambda: None) -> None:
    """Presses on a photo, moves the mouse well away from it, and waits before it lets go."""
    start = grid.visualRect(grid.model().index(row, 0)).center()
    QTest.mousePress(grid.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 30, 60, 90):
        QTest.mouseMove(grid.viewport(), start + QPoint(step, step))
    until()
    QTest.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(90, 90))


def test_a_photo_dragged_out_of_the_library_is_offered_as_a_copy_of_its_file(
    qtbot, full_window, drags
):
    drag_row(full_window.browse.library_grid, 2, lambda: qtbot.waitUntil(lambda: bool(drags)))
    assert drags == [([path_in_row(full_window, 2)], Qt.DropAction.CopyAction)]


def test_all_chosen_matches_are_dragged_out_together(qtbot, full_window, drags):
    search_by_first(qtbot, full_window)
    grid = full_window.browse.result_grid
    grid.selectAll()
    drag_row(grid, 1, lambda: qtbot.waitUntil(lambda: bool(drags)))
    (paths, _actions), *others = drags
    assert not others
    assert len(paths) == grid.model().rowCount()
    assert paths[1] == path_in_row(full_window, 1)


def test_chosen_photos_open_in_another_program(qtbot, full_window, opened):
    grid = full_window.browse.library_grid
    grid.choose_row(4)
    full_window.commands.open_file.trigger()
    qtbot.waitUntil(lambda: opened == [path_in_row(full_window, 4)])


def test_no_more_than_ten_programs_open_at_once(qtbot, full_window, opened):
    full_window.browse.library_grid.selectAll()
    full_window.commands.open_file.trigger()
    qtbot.waitUntil(lambda: len(opened) == 10)
    qtbot.wait(patience.TURN_MS)
    assert len(opened) == 10


def test_a_drag_whose_button_was_let_go_does_not_begin(qtbot, full_window, drags):
    drag_row(full_window.browse.library_grid, 2)
    job = full_window.files.commands._runner
    qtbot.waitUntil(lambda: job.n_live == 0)
    assert drags == []
