"""The window goes on, and says so, when things are taken from under it."""

import shutil

from tests.gui.conftest import N_PHOTOS
from tests.gui.test_window import texts
from tests.pictures import save_picture


def remove_library(session) -> None:
    shutil.rmtree(session.paths.folder)


def test_a_library_deleted_under_the_window_is_told_and_none_takes_its_place(
    qtbot, full_window, session, photos
):
    remove_library(session)
    save_picture(photos / "new.jpg", 99)
    full_window.commands.update_now.trigger()
    qtbot.waitUntil(lambda: "The library is gone" in texts(full_window.job_bar), timeout=10_000)
    assert not session.paths.folder.exists()
    assert full_window.browse.photo_model.rowCount() == N_PHOTOS
    full_window.browse.library_grid.choose_row(0)
    with qtbot.waitSignal(full_window.search.search_failed):
        full_window.commands.find_similar.trigger()
    assert "The search did not work" in texts(full_window.browse)


def test_language_and_theme_change_while_an_update_runs(qtbot, window, photos, session):
    session.encoder.gate.clear()
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(lambda: window.catalogue.is_indexing)
    for theme in ("dark", "light"):
        window.commands.themes[theme].trigger()
    window.catalogue.change_settings(language="zh_CN")
    session.encoder.gate.set()
    qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == N_PHOTOS, timeout=20_000)
    assert f"{N_PHOTOS} photos" in texts(window.status)
