"""Names for the rest: suggested, accepted, refused, undone, listed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.gui.files.sidecar_dialog import SidecarDialog
from ahash_desktop.gui.teaching.review_page import ReviewPage
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.kinds import joined
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import texts

GADWALL, TEAL = "Gadwall", "Teal & co"


@pytest.fixture
def page(qtbot, full_window, session) -> ReviewPage:
    """The page, with four photos named by two names."""
    ids = [int(photo_id) for photo_id in session.browser.photo_ids()]
    session.labels.give(ids[:2], GADWALL)
    session.labels.give(ids[2:4], TEAL)
    full_window.commands.name_rest.trigger()
    made = full_window.teaching.review.page
    qtbot.waitUntil(lambda: n_left(made) == N_PHOTOS - 4)
    return made


def n_left(page: ReviewPage) -> int:
    model = page.group_model
    return sum(len(model.group_at(row)[1]) for row in range(model.rowCount()))


def choose_first(page: ReviewPage) -> tuple[str, int]:
    page.grid.choose_row(0)
    return page._name(), page.photo_model.photo_ids[0]


def test_without_a_name_there_is_nothing_to_suggest_but_a_lesson(qtbot, full_window):
    full_window.commands.name_rest.trigger()
    page = full_window.teaching.review.page
    qtbot.waitUntil(lambda: "No photo has a name yet" in texts(page))
    page._empty.button_clicked.emit()
    assert full_window.teaching.wizard.isVisible()


def test_photos_stand_below_the_name_that_is_suggested_with_why(qtbot, page):
    names = [page.group_model.group_at(row)[0] for row in range(page.group_model.rowCount())]
    assert set(names) <= {GADWALL, TEAL}
    name, _ = choose_first(page)
    assert f"nearest are {name}" in page._why.whole
    assert "not sure" in page._why.whole


def test_a_key_accepts_and_undoing_brings_the_photo_back(qtbot, page, session):
    name, photo_id = choose_first(page)
    with qtbot.waitSignal(page._naming.labelled):
        QTest.keyClick(page.grid, Qt.Key.Key_A)
    assert session.labels.of([photo_id]) == {photo_id: name}
    assert n_left(page) == N_PHOTOS - 5
    assert f"1 photo named {name}" in page._done.text()
    with qtbot.waitSignal(page._naming.labelled):
        QTest.keyClick(page.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.labels.of([photo_id]) == {}
    qtbot.waitUntil(lambda: n_left(page) == N_PHOTOS - 4)


def test_a_key_refuses_and_the_photo_is_not_suggested_so_again(qtbot, page, session):
    name, photo_id = choose_first(page)
    with qtbot.waitSignal(page._naming.labelled):
        QTest.keyClick(page.grid, Qt.Key.Key_R)
    assert name in session.labels.refused()[photo_id]
    with qtbot.waitSignal(page._naming.suggested):
        page.refresh()
    for row in range(page.group_model.rowCount()):
        other, group = page.group_model.group_at(row)
        if other == name:
            assert photo_id not in [each.photo_id for each in group]


def test_photos_get_another_name_that_is_typed(qtbot, page, session):
    _, photo_id = choose_first(page)
    QTest.keyClick(page.grid, Qt.Key.Key_N)
    dialog = page.findChild(QInputDialog)
    dialog.setTextValue("Pintail")
    with qtbot.waitSignal(page._naming.labelled):
        dialog.accept()
    assert session.labels.of([photo_id]) == {photo_id: "Pintail"}


def test_those_it_is_not_sure_of_can_be_left_out(page):
    page._unsure.setChecked(False)
    assert n_left(page) == 0, "four labelled photos are too few to be sure"


def test_the_kinds_are_listed_shown_renamed_and_saved(qtbot, page, full_window, session, tmp_path):
    dialog = full_window.teaching.review.show_species()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 2)
    dialog._table.selectRow(0)
    with qtbot.waitSignal(page._naming.labelled):
        dialog._on_rename()
        field = dialog.findChild(QInputDialog)
        field.setTextValue("Mallard")
        field.accept()
    qtbot.waitUntil(lambda: dialog.model.entry_at(0).name == "Mallard")
    with qtbot.waitSignal(page._naming.species_read):
        page._naming.list_species()
    page._naming.write_csv(tmp_path / "kinds.csv")
    qtbot.waitUntil((tmp_path / "kinds.csv").is_file)
    dialog._table.selectRow(0)
    dialog._on_show()
    assert full_window.search.state.scope.photos == PhotoFilter(label="Mallard")
    qtbot.waitUntil(lambda: full_window.browse.photo_model.rowCount() == 2)


def test_what_a_lesson_was_taught_becomes_names(qtbot, full_window, session, photos):
    (photos / "damaged.jpg").unlink()
    labelled = joined([load_labelled(photos)])
    full_window.teaching.review.name_taught(labelled)
    qtbot.waitUntil(lambda: len(session.labels.all()) == N_PHOTOS)
    assert {each.name for each in session.labels.species()} == {"0", "1", "2"}
    page = full_window.teaching.review.page
    qtbot.waitUntil(lambda: "Nothing is left to name" in texts(page))


def test_a_kind_becomes_a_keyword_in_sidecars_when_someone_asks(qtbot, page, full_window, session):
    dialog = full_window.teaching.review.show_species()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 2)
    row = next(row for row in range(2) if dialog.model.entry_at(row).name == TEAL)
    dialog._table.selectRow(row)
    with qtbot.waitSignal(full_window.teaching.review.keyword_wanted):
        dialog._keyword.click()
    sidecars = full_window.findChild(SidecarDialog)
    assert sidecars.wish().words == (TEAL,)
    qtbot.waitUntil(lambda: sidecars._plan_model.rowCount() == 2)
    named = {photo.path for photo in session.browser.photos(list(session.labels.all()))}
    assert {sidecars._plan_model.entry_at(row).photo for row in range(2)} <= named
    assert not list(next(iter(named)).parent.glob("*.xmp")), "nothing is written before Write"
    sidecars.close()
