"""The folders of the library in the window: one that was found elsewhere says so, and goes back."""

from PySide6.QtWidgets import QAbstractButton, QListView

from ahash_desktop.core.records import RootState


def test_a_folder_that_was_found_elsewhere_can_be_put_back(qtbot, full_window, photos, session):
    place = photos.with_name("renamed")
    photos.rename(place)
    with qtbot.waitSignal(full_window.catalogue.indexing_ended):
        full_window.catalogue.update()
    qtbot.waitUntil(lambda: [r.path for r in full_window.catalogue.contents.roots] == [place])
    dialog = full_window.library.dialogs.show_folders()
    rows = dialog.findChild(QListView)
    assert f"was {photos}" in rows.model().index(0, 0).data()
    undo = next(b for b in dialog.findChildren(QAbstractButton) if b.text() == "Not this folder")
    assert not undo.isVisible()
    rows.setCurrentIndex(rows.model().index(0, 0))
    assert undo.isVisible()
    with qtbot.waitSignal(full_window.catalogue.indexing_ended):
        undo.click()
    qtbot.waitUntil(lambda: full_window.catalogue.contents.roots[0].path == photos)
    qtbot.waitUntil(lambda: full_window.catalogue.contents.roots[0].state is RootState.OFFLINE)
    assert not undo.isVisible()
    dialog.close()
