"""The window goes on, and says so, when things are taken from under it."""

import shutil
import threading

from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.library.lost_dialog import LibraryLostDialog
from ahash_desktop.services.watching import watcher
from ahash_desktop.store.library import Library
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import texts
from tests.pictures import save_picture


def remove_library(session) -> None:
    """Deletes it at once, whatever is being written there."""
    aside = session.paths.folder.with_name("deleted")
    session.paths.folder.rename(aside)
    shutil.rmtree(aside)


def lost_dialog(window) -> LibraryLostDialog | None:
    shown = [dialog for dialog in window.findChildren(LibraryLostDialog) if dialog.isVisible()]
    return shown[0] if shown else None


def hold_after(session, n_files: int) -> threading.Event:
    """Holds the encoder back after some files, and tells that it has."""
    encoder, held = session.encoder, threading.Event()
    encode_file = encoder._encode_file

    def encode_and_count(item):
        if encode_and_count.n_files == n_files:
            encoder.gate.clear()
            held.set()
        encode_and_count.n_files += 1
        return encode_file(item)

    encode_and_count.n_files = 0
    encoder._encode_file = encode_and_count
    return held


def test_a_library_deleted_under_the_window_is_told_and_none_takes_its_place(
    qtbot, full_window, session, photos
):
    remove_library(session)
    save_picture(photos / "new.jpg", 99)
    full_window.commands.update_now.trigger()
    qtbot.waitUntil(lambda: "The library is gone" in texts(full_window.library.job_bar))
    assert not session.paths.folder.exists()
    assert full_window.browse.photo_model.rowCount() == N_PHOTOS
    full_window.browse.library_grid.choose_row(0)
    with qtbot.waitSignal(full_window.search.search_failed):
        full_window.commands.find_similar.trigger()
    assert "The search did not work" in texts(full_window.browse)
    dialog = lost_dialog(full_window)
    assert "The library is gone" in texts(dialog)
    assert "put its folder back" in texts(dialog)
    dialog.close()


def test_a_deleted_library_is_put_back_as_it_was(qtbot, full_window, session, photos, tmp_path):
    session.bits.name(3, "crest")
    ids = full_window.browse.photo_model.photo_ids.tolist()
    remove_library(session)
    full_window.commands.update_now.trigger()
    qtbot.waitUntil(lambda: lost_dialog(full_window) is not None)
    n_encoded = len(session.encoder.submitted)

    lost_dialog(full_window).put_back.click()

    qtbot.waitUntil(session.paths.database.is_file)
    qtbot.waitUntil(lambda: not full_window.catalogue.is_indexing)
    save_picture(photos / "new.jpg", 99, (240, 180))
    full_window.commands.update_now.trigger()
    photo_model = full_window.browse.photo_model
    qtbot.waitUntil(lambda: photo_model.rowCount() == N_PHOTOS + 1)
    assert set(ids) < set(photo_model.photo_ids.tolist())
    assert len(session.encoder.submitted) == n_encoded + 1
    assert session.bits.names()[3] == "crest"
    full_window.browse.library_grid.choose_row(0)
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.commands.find_similar.trigger()
    with Library.open(session.paths, create=False) as library:
        assert library.integrity_problems() == []
        assert library.photos.counts().indexed == N_PHOTOS + 1


def test_a_library_deleted_during_an_update_loses_nothing(qtbot, window, session, photos, runner):
    held = hold_after(session, 8)
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(held.is_set)
    remove_library(session)
    session.encoder.gate.set()
    qtbot.waitUntil(lambda: lost_dialog(window) is not None)

    lost_dialog(window).put_back.click()

    qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == N_PHOTOS)
    with Library.open(session.paths, create=False) as library:
        assert library.photos.counts().indexed == N_PHOTOS
        assert library.integrity_problems() == []


def test_a_library_that_another_takes_the_place_of_is_not_written_to(
    qtbot, full_window, session, photos, tmp_path
):
    """The user may have put a copy of another day back."""
    aside = tmp_path / "aside"
    session.paths.folder.rename(aside)
    with Library.open(session.paths) as library:
        library.roots.add(tmp_path, 0.0)
    before = session.paths.database.read_bytes()
    save_picture(photos / "new.jpg", 99)
    full_window.commands.update_now.trigger()
    qtbot.waitUntil(lambda: lost_dialog(full_window) is not None)
    dialog = lost_dialog(full_window)
    assert "Another library has taken the place" in texts(dialog)
    assert not dialog.put_back.isVisible()

    dialog.leave.click()

    assert not full_window.isVisible()
    assert session.paths.database.read_bytes() == before


def test_a_library_moved_back_in_time_goes_on(qtbot, full_window, session, photos, tmp_path):
    aside = tmp_path / "aside"
    session.paths.folder.rename(aside)
    full_window.commands.update_now.trigger()
    qtbot.waitUntil(lambda: lost_dialog(full_window) is not None)
    lost_dialog(full_window).close()
    aside.rename(session.paths.folder)
    save_picture(photos / "new.jpg", 99, (240, 180))

    full_window.commands.update_now.trigger()

    qtbot.waitUntil(lambda: full_window.browse.photo_model.rowCount() == N_PHOTOS + 1)


def test_a_deleted_library_is_noticed_while_nothing_is_done(
    qtbot, full_window, session, photos, follow, monkeypatch
):
    monkeypatch.setattr(watcher, "_HEARTBEAT_S", 0.2)
    follow()
    qtbot.waitUntil(lambda: "Following" in full_window.library.status._watch.text())
    qtbot.waitUntil(lambda: not full_window.catalogue.is_indexing)
    remove_library(session)
    qtbot.waitUntil(lambda: lost_dialog(full_window) is not None)

    lost_dialog(full_window).put_back.click()

    qtbot.waitUntil(session.paths.database.is_file)
    qtbot.waitUntil(lambda: "Following" in full_window.library.status._watch.text())
    save_picture(photos / "new.jpg", 99, (240, 180))
    qtbot.waitUntil(lambda: full_window.browse.photo_model.rowCount() == N_PHOTOS + 1)


def test_photos_that_cannot_be_reached_are_still_found(
    qtbot, full_window, photos, tmp_path_factory
):
    """The drive goes while the window searches; what is known of the photos answers."""
    grid = full_window.browse.library_grid
    grid.choose_row(0)
    photos.rename(tmp_path_factory.mktemp("drive") / "away")
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.commands.find_similar.trigger()
    qtbot.waitUntil(lambda: full_window.browse.hit_model.rowCount() > 0)
    full_window.browse.result_grid.choose_row(1)
    full_window.commands.view_large.trigger()
    qtbot.waitUntil(
        lambda: "no longer there" in texts(full_window) or "cannot" in texts(full_window)
    )
    assert full_window.findChild(FailureDialog) is None


def test_language_and_theme_change_while_an_update_runs(qtbot, window, photos, session):
    session.encoder.gate.clear()
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(lambda: window.catalogue.is_indexing)
    for theme in ("dark", "light"):
        window.commands.themes[theme].trigger()
    window.choices.change(language="zh_CN")
    session.encoder.gate.set()
    qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == N_PHOTOS)
    assert f"{N_PHOTOS} photos" in texts(window.library.status)
