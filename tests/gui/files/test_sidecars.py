"""Sidecars from the window: a preview first, then the writing, and what was left alone."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from ahash_desktop.core.settings import load_settings
from ahash_desktop.gui.files.sidecar_dialog import SidecarDialog
from ahash_desktop.gui.files.sidecar_table import SidecarColumn, sidecar_rows
from ahash_desktop.imaging.embedded import Embedded
from ahash_desktop.imaging.xmp import XmpNote, read_xmp
from ahash_desktop.services.sidecars import SidecarName, SidecarPlan
from tests.gui.window.test_window import search_by_first


def column(dialog: SidecarDialog, wanted: SidecarColumn) -> list[str]:
    model = dialog._plan_model
    return [model.index(row, wanted).data() for row in range(model.rowCount())]


@pytest.fixture
def dialog(qtbot, full_window) -> SidecarDialog:
    full_window.browse.library_grid.choose_row(0)
    made = full_window.files.sidecars.open_dialog()
    qtbot.waitUntil(lambda: made._plan_model.rowCount() == 1)
    return made


def chosen_photo(window) -> Path:
    (photo,) = window._session.browser.photos(window.browse.grid.chosen_ids())
    return photo.path


def test_a_preview_comes_before_the_writing(qtbot, full_window, dialog):
    photo = chosen_photo(full_window)
    before = photo.read_bytes()
    assert column(dialog, SidecarColumn.FATE) == ["nothing new"]
    assert not dialog._write.isEnabled()
    dialog._rating.setCurrentIndex(dialog._rating.findData(4))
    dialog._words.setText("heron，lake at dusk, heron")
    qtbot.waitUntil(lambda: column(dialog, SidecarColumn.KEYWORDS) == ["heron, lake at dusk"])
    assert column(dialog, SidecarColumn.RATING) == ["★★★★"]
    assert column(dialog, SidecarColumn.FATE) == ["new"]
    sidecar = Path(f"{photo}.xmp")
    assert not sidecar.exists()
    qtbot.mouseClick(dialog._write, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog._note.text() == "1 sidecar written.")
    assert read_xmp(sidecar.read_bytes()) == XmpNote(4, ("heron", "lake at dusk"))
    assert column(dialog, SidecarColumn.FATE) == ["nothing new"]
    assert photo.read_bytes() == before
    dialog.close()


def test_matches_get_the_names_of_their_bits_and_folders(qtbot, full_window):
    search_by_first(qtbot, full_window)
    full_window.browse.result_grid.selectAll()
    dialog = full_window.files.sidecars.open_dialog()
    dialog._bit_names.setChecked(True)
    dialog._label.setChecked(True)
    n_rows = full_window.browse.hit_model.rowCount()
    qtbot.waitUntil(lambda: len(column(dialog, SidecarColumn.KEYWORDS)) == n_rows)
    words = [set(text.split(", ")) for text in column(dialog, SidecarColumn.KEYWORDS)]
    assert all(each & {"0", "1", "2"} for each in words)
    with_crown = sum("Ahash|red crown" in each for each in words)
    assert 0 < with_crown <= n_rows
    dialog.close()


def test_a_sidecar_that_is_not_understood_is_told_in_the_preview(qtbot, full_window, dialog):
    sidecar = Path(f"{chosen_photo(full_window)}.xmp")
    sidecar.write_bytes(b"mine, and no XML")
    dialog._rating.setCurrentIndex(dialog._rating.findData(1))
    qtbot.waitUntil(lambda: "left alone" in column(dialog, SidecarColumn.FATE)[0])
    assert not dialog._write.isEnabled()
    assert sidecar.read_bytes() == b"mine, and no XML"
    dialog.close()


def test_how_sidecars_are_called_is_kept(qtbot, full_window, session, dialog):
    dialog._naming.setCurrentIndex(dialog._naming.findData("stem"))
    dialog._label.setChecked(True)
    photo = chosen_photo(full_window)
    qtbot.waitUntil(
        lambda: (
            column(dialog, SidecarColumn.FILE) == [photo.with_suffix(".xmp").name]
            and dialog._write.isEnabled()
        )
    )
    dialog._write.click()
    qtbot.waitUntil(photo.with_suffix(".xmp").exists)
    qtbot.waitUntil(lambda: load_settings(session.paths.settings).sidecar_naming == "stem")
    dialog.close()
    again = full_window.files.sidecars.open_dialog()
    assert again.wish().naming is SidecarName.STEM
    again.close()


def test_without_chosen_photos_there_is_no_dialog(full_window):
    full_window.browse.library_grid.clearSelection()
    assert full_window.files.sidecars.open_dialog() is None
    assert not full_window.commands.sidecars.isEnabled()


def test_the_preview_is_a_sound_model(qtmodeltester):
    model = sidecar_rows()
    plan = SidecarPlan(Path("a.jpg"), Path("a.jpg.xmp"), XmpNote(3, ("x",)), exists=True)
    model.show_entries([plan, plan])
    qtmodeltester.check(model)
    assert model.index(0, SidecarColumn.FATE).data() == "added to the one that is there"


def test_what_is_taken_along_and_joined_is_told_before_the_writing():
    said = Embedded(b"", rating=4, keywords=("heron",), has_caption=True, n_faces=2)
    note, lists = XmpNote(3, ("x",)), ("digiKam:TagsList",)
    plan = SidecarPlan(
        Path("a.jpg"), Path("a.jpg.xmp"), note, exists=False, lists=lists, embedded=said
    )
    model = sidecar_rows()
    model.show_entries([plan])
    told = model.index(0, SidecarColumn.FATE).data()
    assert told == (
        "new; keywords also in digiKam:TagsList; "
        "takes along from the photo: its caption, ★★★★, heron, faces: 2"
    )
