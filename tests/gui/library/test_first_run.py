"""The first page asks one question; an empty folder is told with what was looked for."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QAbstractButton, QFileDialog

from ahash_desktop.core.paths import folder_to_begin_at, pictures_folder
from ahash_desktop.gui.browse.first_sample import N_SHOWN
from ahash_desktop.services.models import ModelShelf
from tests import patience
from tests.gui.window.test_window import texts


def answer(window, text: str) -> None:
    page = window.library.first_run
    next(each for each in page.findChildren(QAbstractButton) if each.text() == text).click()


@pytest.fixture
def names(monkeypatch) -> list[str]:
    """Names of the models there are."""
    made: list[str] = []
    monkeypatch.setattr(
        ModelShelf,
        "all",
        lambda _shelf: [SimpleNamespace(manifest=SimpleNamespace(name=name)) for name in made],
    )
    return made


@pytest.fixture
def used(window, monkeypatch) -> list[str]:
    """Names of the models that were put into use."""
    made: list[str] = []
    monkeypatch.setattr(window.models.changes, "use", made.append)
    return made


@pytest.mark.parametrize("subject", ["Birds", "Cars", "A bit of everything"])
def test_no_answer_changes_the_model_unasked(qtbot, window, names, used, subject):
    names += ["birds-and-cars-128", "birds-of-the-world", "starter-64"]
    answer(window, subject)
    qtbot.wait(patience.TURN_MS)
    assert used == []


def test_birds_are_offered_the_model_of_the_world_where_it_is(qtbot, window, names, used):
    names += ["birds-and-cars-128", "birds-of-the-world"]
    answer(window, "Birds")
    qtbot.waitUntil(lambda: "birds-of-the-world" in texts(window.library.first_run))
    assert used == []
    answer(window, "A bit of everything")
    qtbot.waitUntil(lambda: "birds-of-the-world" not in texts(window.library.first_run))


def test_nothing_is_offered_that_is_not_there(qtbot, window, names, used):
    answer(window, "Birds")
    qtbot.wait(patience.TURN_MS)
    assert "birds-of-the-world" not in texts(window.library.first_run)
    assert used == names == []


def test_an_empty_folder_is_told_with_what_was_looked_for(qtbot, window, tmp_path):
    empty = tmp_path / "nothing in here"
    empty.mkdir()
    window.catalogue.add_folders([empty])
    qtbot.waitUntil(lambda: "No photos here yet" in texts(window.browse))
    said = texts(window.browse)
    assert str(empty) in said
    assert "HEIC" in said
    assert "RAW" in said


def test_dialogs_begin_at_pictures(window):
    window.commands.add_folder.trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog.directory().absolutePath() == str(folder_to_begin_at())
    dialog.reject()


def test_some_of_the_photos_are_shown_while_the_first_are_read(qtbot, session, window, photos):
    session.encoder.gate.clear()
    row = window.browsing.sample.row
    window.catalogue.add_folders([photos])
    qtbot.waitUntil(row.isVisible)
    assert "from the first one on you can search" in texts(window.browse)
    qtbot.waitUntil(lambda: len(row.photos) == N_SHOWN)
    qtbot.waitUntil(lambda: all(photo.path.name != "damaged.jpg" for photo in row.photos))
    pictures = window.browsing.sample._pictures
    qtbot.waitUntil(lambda: all(pictures.pixmap(photo.path) for photo in row.photos))
    session.encoder.gate.set()
    qtbot.waitUntil(lambda: window.browse.photo_model.rowCount() > 0)
    qtbot.waitUntil(lambda: not row.isVisible() and not row.photos)


def test_an_empty_folder_has_no_row_of_photos(qtbot, window, tmp_path):
    (tmp_path / "nothing").mkdir()
    window.catalogue.add_folders([tmp_path / "nothing"])
    qtbot.waitUntil(lambda: "No photos here yet" in texts(window.browse))
    assert not window.browsing.sample.row.isVisible()


@pytest.mark.parametrize("is_there", [True, False])
def test_the_pictures_folder_is_offered_if_it_is_there(qtbot, request, monkeypatch, is_there):
    asked = []

    def look(path):
        if path == pictures_folder():
            asked.append(threading.current_thread() is threading.main_thread())
            return is_there
        return is_dir(path)

    is_dir = Path.is_dir
    monkeypatch.setattr(Path, "is_dir", look)
    window = request.getfixturevalue("window")
    qtbot.waitUntil(lambda: bool(asked))
    qtbot.waitUntil(lambda: window.library.first_run._offer.isHidden() != is_there)
    assert not any(asked)  # a server that is away would hold up the window
