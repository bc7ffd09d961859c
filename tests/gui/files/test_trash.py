"""Photos go to the trash after a question that shows them, count as nothing, and come back."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.files.trash import move_to_trash, put_back
from ahash_desktop.gui.files.trash_dialog import Doomed, TrashDialog
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.pictures.picture_view import PictureView
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import search_by_first, texts
from tests.pictures import save_picture


@pytest.fixture(autouse=True)
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trash of the test's own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "Trash" / "files"


def path_of(window, photo_id: int) -> Path:
    return window._session.browser.photos([photo_id])[0].path


def ask(qtbot, window) -> TrashDialog:
    window.commands.trash.trigger()
    qtbot.waitUntil(lambda: window.findChild(TrashDialog) is not None)
    return window.findChild(TrashDialog)


def move(qtbot, window, *rows: int) -> list[int]:
    """Moves the photos in these rows of the library to the trash; their ids."""
    grid = window.browse.library_grid
    grid.choose_row(rows[0])
    for row in rows[1:]:
        flag = grid.selectionModel().SelectionFlag.Select
        grid.selectionModel().select(grid.model().index(row, 0), flag)
    photo_ids = grid.chosen_ids()
    with qtbot.waitSignal(window.trash.files_moved):
        ask(qtbot, window).confirm.click()
    return photo_ids


def shown(window) -> set[int]:
    return set(window.browse.photo_model.photo_ids.tolist())


def test_the_question_shows_the_photo_and_enter_keeps_it(qtbot, full_window, photos):
    full_window.browse.library_grid.choose_row(0)
    dialog = ask(qtbot, full_window)
    assert "1 photo" in texts(dialog)
    assert "photo 00.jpg" in texts(dialog)
    assert dialog.findChild(PictureView).has_picture
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: full_window.findChild(TrashDialog) is None)
    assert (photos / "0" / "photo 00.jpg").is_file()


def test_many_photos_are_named_and_counted(qtbot, full_window):
    full_window.browse.library_grid.selectAll()
    dialog = ask(qtbot, full_window)
    assert f"{N_PHOTOS} photos" in texts(dialog)
    assert f"and {N_PHOTOS - 8} more" in texts(dialog)
    assert len(dialog.findChildren(PictureView)) == 4
    dialog.reject()


def test_a_photo_in_the_trash_is_gone_not_missing_and_comes_back_by_the_notice(
    qtbot, full_window, session
):
    (photo_id,) = move(qtbot, full_window, 2)
    qtbot.waitUntil(lambda: photo_id not in shown(full_window))
    qtbot.waitUntil(lambda: not full_window.catalogue.is_indexing)
    assert "1 photo moved to the trash" in full_window.notice.text
    assert full_window.catalogue.contents.missing == ()
    assert session.browser.counts().missing == 0
    code = session.searcher.stored_code(photo_id)

    undo = {b.text(): b for b in full_window.notice.findChildren(QAbstractButton)}["Undo"]
    with qtbot.waitSignal(full_window.trash.files_moved):
        undo.click()

    qtbot.waitUntil(lambda: photo_id in shown(full_window))
    assert path_of(full_window, photo_id).is_file()
    assert "1 photo put back" in full_window.notice.text
    assert code is None or session.searcher.stored_code(photo_id) is not None
    assert not full_window.commands.undo_trash.isEnabled()
    qtbot.waitUntil(lambda: not full_window.catalogue.is_indexing)


def test_one_that_cannot_be_put_back_keeps_none_of_the_others(qtbot, full_window):
    photo_ids = move(qtbot, full_window, 0, 1, 2)
    paths = [full_window.trash._trashed[n].path for n in range(3)]
    save_picture(paths[0], 99)
    with qtbot.waitSignal(full_window.trash.files_moved):
        full_window.commands.undo_trash.trigger()
    qtbot.waitUntil(lambda: full_window.findChild(FailureDialog) is not None)
    assert str(paths[0]) in texts(full_window.findChild(FailureDialog))
    full_window.findChild(FailureDialog).close()
    assert paths[1].is_file()
    assert paths[2].is_file()
    qtbot.waitUntil(lambda: set(photo_ids[1:]) <= shown(full_window))

    assert full_window.commands.undo_trash.isEnabled()
    paths[0].unlink()
    with qtbot.waitSignal(full_window.trash.files_moved):
        full_window.commands.undo_trash.trigger()
    assert paths[0].is_file()
    qtbot.waitUntil(lambda: not full_window.catalogue.is_indexing)


def test_after_a_search_the_query_is_what_goes_until_a_match_is_chosen(qtbot, full_window):
    query_id = search_by_first(qtbot, full_window)
    dialog = ask(qtbot, full_window)
    assert path_of(full_window, query_id).name in texts(dialog)
    dialog.reject()
    qtbot.waitUntil(lambda: full_window.findChild(TrashDialog) is None)
    full_window.browse.result_grid.choose_row(3)
    match_id = full_window.browse.result_grid.current_id()
    assert match_id != query_id
    dialog = ask(qtbot, full_window)
    assert path_of(full_window, match_id).name in texts(dialog)
    dialog.reject()


def test_a_search_by_a_file_from_elsewhere_puts_no_match_at_risk(qtbot, full_window, tmp_path):
    file = save_picture(tmp_path / "elsewhere.jpg", 3, (240, 180))
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.search.search_by([QueryExample(path=file)])
    qtbot.waitUntil(lambda: full_window.browse.shows_results)
    assert full_window.browse.result_grid.chosen_ids() == []
    assert not full_window.commands.trash.isEnabled()
    qtbot.waitUntil(lambda: "of 64 bits agree" in texts(full_window.inspector))
    QTest.keyClick(full_window.browse.result_grid, Qt.Key.Key_Right)
    assert full_window.browse.result_grid.currentIndex().row() == 0
    assert len(full_window.browse.result_grid.chosen_ids()) == 1
    assert full_window.commands.trash.isEnabled()


def test_a_file_moved_to_the_trash_comes_back(qapp, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"pixels")
    moved, left = move_to_trash([Doomed(1, path)], CancelToken())
    assert not path.exists()
    assert left == []
    assert put_back(moved) == (moved, [])
    assert path.read_bytes() == b"pixels"


def test_what_cannot_go_to_the_trash_is_told(qapp, tmp_path):
    missing = tmp_path / "missing.jpg"
    assert move_to_trash([Doomed(1, missing)], CancelToken()) == ([], [missing])
