"""Favourites by a key, and copies of the chosen photos."""

from PySide6.QtWidgets import QFileDialog

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.gui.grid.photo_list import PhotoRole
from ahash_desktop.gui.search.controller import Scope
from tests.gui.conftest import N_PHOTOS


def test_a_favourite_is_marked_counted_and_found(qtbot, full_window):
    window, grid = full_window, full_window.browse.library_grid
    grid.choose_row(3)
    chosen = grid.current_id()
    window.commands.favourite.trigger()
    qtbot.waitUntil(lambda: grid.model().index(3, 0).data(PhotoRole.IS_FAVOURITE))
    model = window.browsing.rail.rail_model
    qtbot.waitUntil(lambda: model.index_of(("favourites",)).siblingAtColumn(1).data() == "1")
    window.search.narrow(Scope(PhotoFilter(is_favourite=True)))
    qtbot.waitUntil(lambda: window.browse.photo_model.photo_ids.tolist() == [chosen])
    grid.choose_row(0)
    window.commands.favourite.trigger()
    qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() == 0)
    window.search.narrow(Scope())
    qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() == N_PHOTOS)


def test_chosen_photos_are_copied_to_a_folder(qtbot, full_window, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    full_window.browse.library_grid.selectAll()
    full_window.commands.export.trigger()
    dialog = full_window.findChild(QFileDialog)
    assert "24 photos" in dialog.windowTitle()
    dialog.fileSelected.emit(str(out))
    dialog.reject()
    qtbot.waitUntil(lambda: full_window.notice.text == f"24 photos copied to {out}")
    assert len(list(out.iterdir())) == N_PHOTOS
    assert {path.suffix for path in out.iterdir()} == {".jpg"}


def test_names_stand_below_the_photos_on_request(qtbot, full_window):
    grid = full_window.browse.library_grid
    before = grid.cell.height()
    full_window.commands.captions.trigger()
    assert grid.cell.height() > before
    qtbot.waitUntil(lambda: grid.model().index(0, 0).data(PhotoRole.CAPTION) == "photo 00.jpg")
    full_window.commands.captions.trigger()
    assert grid.cell.height() == before


def test_months_have_headings_while_the_newest_come_first(qtbot, full_window):
    model = full_window.browse.photo_model
    assert model.sections.titles == ()
    full_window.commands.newest_first.trigger()
    qtbot.waitUntil(lambda: bool(model.sections.titles))
    (title,) = model.sections.titles
    assert model.sections.rows_of(0) == range(N_PHOTOS)
    qtbot.waitUntil(full_window.browse._month.isVisible)
    assert full_window.browse._month.text().endswith(title)
