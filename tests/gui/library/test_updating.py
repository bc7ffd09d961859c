"""The library kept up to date, seen from the window: progress, pause, problems, lost photos."""

import time

from filelock import FileLock
from PySide6.QtWidgets import (
    QAbstractButton,
    QMessageBox,
)

from ahash_desktop.core.settings import load_settings
from ahash_desktop.core.updates import Hold, HoldKind, IndexProgress
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.grid.photo_list import PhotoRole
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import texts
from tests.pictures import save_picture


def begin_and_pause(qtbot, window, photos, session):
    """An update that waits for its first code, and is paused; the buttons of its bar by name."""
    session.encoder.gate.clear()
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(window.library.job_bar.isVisible)
    buttons = {b.accessibleName(): b for b in window.library.job_bar.findChildren(QAbstractButton)}
    buttons["Pause"].click()
    return buttons


def test_progress_can_be_paused_and_cancelled(qtbot, window, photos, session):
    buttons = begin_and_pause(qtbot, window, photos, session)
    assert "Paused" in texts(window.library.job_bar)
    assert buttons["Pause"].accessibleName() == "Resume"
    buttons["Pause"].click()
    session.encoder.gate.set()
    with qtbot.waitSignal(window.catalogue.indexing_ended):
        buttons["Cancel the update"].click()
    assert texts(window.library.job_bar).startswith(("Cancelled", "Library up to date"))


def test_a_pause_is_kept_for_the_next_start(qtbot, window, photos, session):
    buttons = begin_and_pause(qtbot, window, photos, session)
    qtbot.waitUntil(lambda: load_settings(session.paths.settings).paused)
    session.encoder.gate.set()
    with qtbot.waitSignal(window.catalogue.indexing_ended):
        buttons["Cancel the update"].click()
    save_picture(photos / "new.jpg", 99)
    window.start()
    qtbot.waitUntil(lambda: "Paused" in texts(window.library.job_bar))
    assert window.commands.pause_updates.isChecked()
    with qtbot.waitSignal(window.catalogue.indexing_ended):
        buttons["Pause"].click()
    assert not load_settings(session.paths.settings).paused
    assert not window.commands.pause_updates.isChecked()
    assert "Library up to date" in texts(window.library.job_bar)


def test_what_updates_wait_for_can_be_chosen_in_the_menu(qtbot, window, session):
    window.commands.only_when_idle.trigger()
    qtbot.waitUntil(lambda: load_settings(session.paths.settings).only_when_idle)
    window.commands.only_when_idle.trigger()
    qtbot.waitUntil(lambda: not load_settings(session.paths.settings).only_when_idle)


def test_a_shortage_is_told_in_the_bar(qtbot, window, session, photos):
    session.encoder.gate.clear()
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(window.library.job_bar.isVisible)
    hold = Hold(HoldKind.SHORTAGE, "the disk of the library is full. Free some space.")
    record = IndexProgress("encoding", 9, 3, 9, 0.0, None, "", hold)
    window.library.job_bar._on_progressed(window.library.job_bar._current, record)
    assert "Waiting" in texts(window.library.job_bar)
    assert "Free some space" in texts(window.library.job_bar)
    session.encoder.gate.set()
    qtbot.waitSignal(window.catalogue.indexing_ended).wait()


def test_a_start_with_nothing_new_says_nothing(qtbot, full_window):
    full_window.library.job_bar.hide()
    with qtbot.waitSignal(full_window.catalogue.indexing_ended):
        full_window.catalogue.update(quietly=True)
    assert not full_window.library.job_bar.isVisible()


def test_a_start_with_new_photos_shows_them(qtbot, full_window, photos):
    full_window.library.job_bar.hide()
    save_picture(photos / "new.jpg", 99)
    full_window.start()
    qtbot.waitUntil(lambda: full_window.browse.photo_model.rowCount() == N_PHOTOS + 1)
    qtbot.waitUntil(lambda: "1 read, 24 unchanged" in texts(full_window.library.job_bar))


def test_an_update_by_another_program_is_explained(qtbot, full_window, session):
    with (
        FileLock(session.paths.writer_lock),
        qtbot.waitSignal(full_window.catalogue.indexing_ended),
    ):
        full_window.commands.update_now.trigger()
    assert "The update stopped" in texts(full_window.library.job_bar)
    assert full_window.findChild(FailureDialog) is None


def test_problems_can_be_ignored(qtbot, full_window):
    dialog = full_window.library.dialogs.show_problems()
    assert "1 problem" in texts(dialog)
    buttons = {b.text(): b for b in dialog.findChildren(QAbstractButton)}
    buttons["Ignore all"].click()
    qtbot.waitUntil(lambda: "No problems" in texts(dialog))
    assert full_window.catalogue.contents.counts.ignored == 1
    dialog.close()


def test_missing_photos_are_asked_about_and_forgotten(qtbot, full_window, photos, session):
    for name in sorted(photos.rglob("photo *.jpg"))[:2]:
        name.unlink()
    full_window.commands.update_now.trigger()
    catalogue, status = full_window.catalogue, full_window.library.status
    qtbot.waitUntil(lambda: len(catalogue.contents.missing) == 2)
    assert "2 photos missing" in texts(status)
    entries = [entry.photo_id for entry in catalogue.contents.missing]
    long_ago = time.time() - 31 * 86_400
    session._stores[0].call(lambda library: library.work.keep_missing(entries[:1], long_ago))
    catalogue.refresh()
    qtbot.waitUntil(lambda: catalogue.contents.n_overdue == 1)
    assert "1 photo missing for long: keep or forget?" in texts(status)
    full_window.commands.missing.trigger()
    dialog = full_window.library.dialogs.show_missing()
    buttons = {b.text(): b for b in dialog.findChildren(QAbstractButton)}
    buttons["Keep all for 30 days"].click()
    qtbot.waitUntil(lambda: catalogue.contents.n_overdue == 0)
    buttons["Forget all…"].click()
    question = dialog.findChild(QMessageBox)
    next(b for b in question.buttons() if b.text() == "Forget").click()
    qtbot.waitUntil(lambda: "No photo is missing" in texts(dialog))
    assert catalogue.contents.counts.total == N_PHOTOS - 1
    dialog.close()


def test_photos_of_an_unplugged_drive_stay_and_are_marked(
    qtbot, full_window, photos, tmp_path_factory
):
    grid = full_window.browse.photo_model
    before = grid.photo_ids.tolist()
    away = tmp_path_factory.mktemp("drive") / "drawer" / "away"
    away.parent.mkdir()
    photos.rename(away)
    full_window.commands.update_now.trigger()
    catalogue = full_window.catalogue
    qtbot.waitUntil(lambda: len(catalogue.contents.away) == N_PHOTOS)
    assert grid.photo_ids.tolist() == before
    assert catalogue.contents.missing == ()
    assert grid.index(0, 0).data(PhotoRole.IS_AWAY)
    away.rename(photos)
    full_window.commands.update_now.trigger()
    qtbot.waitUntil(lambda: not catalogue.contents.away)
    assert not grid.index(0, 0).data(PhotoRole.IS_AWAY)


def test_a_lost_thumbnail_is_made_again_when_it_is_looked_at(qtbot, full_window, session):
    loader = full_window.thumbnails
    photo_id = full_window.browse.photo_model.index(0, 0).data(PhotoRole.PHOTO_ID)
    qtbot.waitUntil(lambda: loader.is_idle)
    for jpeg in session.paths.thumbnails.rglob("*.jpg"):
        jpeg.unlink()
    loader._cache.forget(photo_id)
    assert loader.pixmap(photo_id) is None
    loader.retry_absent()
    loader.set_wanted("test", [photo_id], 93)
    qtbot.waitUntil(lambda: loader.pixmap(photo_id) is not None)
    assert photo_id in session.browser.thumbnails([photo_id])
    assert not loader.is_absent(photo_id)


def test_a_repaired_file_can_be_tried_again(qtbot, full_window, photos):
    save_picture(photos / "damaged.jpg", 77)
    dialog = full_window.library.dialogs.show_problems()
    buttons = {b.text(): b for b in dialog.findChildren(QAbstractButton)}
    buttons["Try all again"].click()
    catalogue = full_window.catalogue
    qtbot.waitUntil(lambda: catalogue.contents.counts.indexed == N_PHOTOS + 1)
    assert "No problems" in texts(dialog)
    dialog.close()


def test_forgetting_the_folder_leads_back_to_the_first_page(qtbot, full_window):
    full_window.catalogue.remove_folder(full_window.catalogue.contents.roots[0].root_id)
    qtbot.waitUntil(full_window.library.first_run.isVisible)
