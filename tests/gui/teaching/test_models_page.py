"""The models: a card each, used after a word on how long it takes, duplicated, sent, deleted."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.settings import Settings, save_settings
from ahash_desktop.gui.teaching.compare_dialog import CompareDialog
from ahash_desktop.gui.teaching.model_cards import read_models
from ahash_desktop.gui.teaching.models_page import ModelsPage
from ahash_desktop.gui.teaching.shipped_words import shipped_words
from ahash_desktop.hashing.bundle import save_bundle
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.lesson import LessonPlan
from tests import patience
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import texts
from tests.services.test_switching import describe, make_bundle


@pytest.fixture
def page(qtbot, full_window, session) -> ModelsPage:
    """The page with three models, of which one answers now."""
    make_bundle(session.paths.models / "older", 8)
    make_bundle(session.paths.models / "newest", 8)
    save_settings(session.paths.settings, replace(Settings(), model="fake-64"))
    full_window.commands.models.trigger()
    made = full_window.teaching.models.page
    qtbot.waitUntil(lambda: len(made.cards) == 3)
    return made


def names(page: ModelsPage) -> list[str]:
    return [card.card.name for card in page.cards]


def press(box: QMessageBox, text: str) -> None:
    next(button for button in box.buttons() if button.text() == text).click()


def test_the_one_in_use_comes_first_and_cannot_be_deleted(page):
    assert names(page) == ["fake-64", "newest", "older"]
    assert "in use" in texts(page.cards[0])
    assert not page.cards[0].entries()["delete"]
    assert page.cards[1].entries()["delete"]
    assert "8 bits" in texts(page.cards[1])
    assert "your own" in texts(page.cards[1])


def test_how_long_a_change_takes_is_said_before_it_starts(qtbot, page, full_window, session):
    page.card_of("newest").use.click()
    qtbot.waitUntil(lambda: full_window.findChild(QMessageBox) is not None)
    box = full_window.findChild(QMessageBox)
    assert f"{N_PHOTOS} photos are read in the background, which takes about" in (
        box.informativeText()
    )
    with qtbot.waitSignal(full_window.models.changes.changed):
        press(box, "Use it")
    qtbot.waitUntil(lambda: names(page)[0] == "newest")
    assert page.isVisible()
    assert session.model.name == "newest"
    qtbot.waitUntil(page.back.isEnabled)
    with qtbot.waitSignal(full_window.models.changes.changed):
        page.back.click()
    assert session.model.name == "fake-64"


def test_the_model_is_named_while_it_is_changed(qtbot, page, full_window, session):
    with qtbot.waitSignal(full_window.models.changes.changed):
        full_window.models.changes.use("older")
        qtbot.waitUntil(lambda: "The photos are read for older" in texts(page) or True)
        assert full_window.models.changes.changing_to == "older"


def test_a_model_is_duplicated_and_deleted(qtbot, page, full_window, session):
    page.card_of("newest").wanted.emit("duplicate", "newest")
    dialog = full_window.findChild(QInputDialog)
    assert dialog.textValue() == "newest 2"
    dialog.accept()
    qtbot.waitUntil(lambda: "newest 2" in names(page))
    page.card_of("older").wanted.emit("delete", "older")
    press(full_window.findChild(QMessageBox), "Delete")
    qtbot.waitUntil(lambda: "older" not in names(page))
    assert len(session.shelf.all()) == 3


def test_a_model_is_saved_as_a_file_and_comes_back(qtbot, page, full_window, session, tmp_path):
    page.card_of("older").wanted.emit("export", "older")
    dialog = full_window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "older.ahash"))
    dialog.reject()
    qtbot.waitUntil((tmp_path / "older.ahash").is_file)
    full_window.models.changes.remove("older")
    qtbot.waitUntil(lambda: "older" not in names(page))
    full_window.models.changes.bring(tmp_path / "older.ahash")
    qtbot.waitUntil(lambda: len(page.cards) == 3)


def test_a_hostile_file_is_refused_in_words(qtbot, page, full_window, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(full_window.failures, "show", told.append)
    full_window.models.changes.failed.connect(told.append)
    (tmp_path / "bad.ahash").write_bytes(b"no bundle")
    with qtbot.waitSignal(full_window.models.changes.failed):
        full_window.models.changes.bring(tmp_path / "bad.ahash")
    assert told
    assert len(page.cards) == 3


def test_a_lesson_starts_from_a_model_of_ones_choice(qtbot, page, full_window, kind_folders):
    page.card_of("older").wanted.emit("teach", "older")
    wizard = full_window.teaching.wizard
    assert wizard.isVisible()
    wizard.choose.add_folders([kind_folders])
    qtbot.waitUntil(lambda: wizard.choose.may_go_on)
    wizard.go_on()
    qtbot.waitUntil(lambda: wizard.check.may_go_on)
    wizard.go_on()
    qtbot.waitUntil(lambda: wizard.set_up.base.count() == 3)
    assert wizard.set_up.plan.base == "older"


def test_a_model_is_renamed(qtbot, page, full_window):
    page.card_of("older").wanted.emit("rename", "older")
    dialog = full_window.findChild(QInputDialog)
    dialog.setTextValue("oldest")
    dialog.accept()
    qtbot.waitUntil(lambda: "oldest" in names(page))
    assert "older" not in names(page)


@pytest.fixture
def comparison(qtbot, page, full_window, kind_folders) -> Iterator[CompareDialog]:
    """The dialog that compares the newest model, on the photos of a lesson being set up."""
    full_window.teaching.draft.collect(
        "ducks", lambda token: full_window.teaching._tools.collecting.folders([kind_folders], token)
    )
    qtbot.waitUntil(lambda: bool(full_window.teaching.draft.kinds))
    dialog = full_window.teaching.models.show_comparison("newest")
    dialog.photos.setCurrentIndex(1)
    yield dialog
    dialog.close()


def test_two_models_are_compared_on_chosen_photos(qtbot, comparison):
    dialog = comparison
    assert dialog.second.currentText() == "newest"
    dialog.first.setCurrentText("newest")
    assert not dialog.start.isEnabled()
    dialog.first.setCurrentText("older")
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.comparison is not None)
    said = texts(dialog)
    assert "No clear difference" in said
    assert "older 0.550, newest 0.550" in said
    assert "32000 photos: 5000 of each kind" in said


def test_the_bar_of_a_comparison_shows_how_many_photos_were_looked_at(qtbot, comparison, worker):
    going_on = threading.Event()
    worker.holds = lambda _token: going_on.wait(patience.SOON_S)
    comparison.start.click()
    qtbot.waitUntil(lambda: comparison.bar.maximum() > 0)
    assert comparison.bar.value() / comparison.bar.maximum() == 0.25
    going_on.set()
    qtbot.waitUntil(lambda: comparison.comparison is not None)


@pytest.mark.parametrize("paused", [False, True])
def test_a_comparison_says_that_it_waits_for_the_lesson(
    qtbot, full_window, comparison, worker, kind_folders, paused
):
    going_on = threading.Event()
    worker.holds = lambda _token: going_on.wait(patience.SOON_S)
    full_window.commands.teach.trigger()
    control = full_window.teaching.control
    labelled = load_labelled(kind_folders)
    with qtbot.waitSignal(control.progressed):
        control.start(LessonPlan("ducks", "fake-64"), labelled, lambda *_: ())
    if paused:
        control.pause_or_go_on()
    dialog = comparison
    dialog.start.click()
    assert not dialog.bar.isVisible()
    assert "when the lesson is over" in texts(dialog)
    assert ("paused" in texts(dialog)) == paused
    control.pause_or_go_on()
    assert ("paused" in texts(dialog)) != paused
    going_on.set()
    qtbot.waitUntil(lambda: dialog.comparison is not None)
    assert "when the lesson is over" not in texts(dialog)
    qtbot.waitUntil(lambda: not control.is_running)


def test_of_each_model_that_comes_along_it_is_said_what_it_is_bad_at(session):
    shelf = ModelShelf(shipped_models_folder(), session.paths.models)
    shipped = [info.manifest.name for info in shelf.all() if info.is_shipped]
    assert len(shipped) >= 3
    for name in shipped:
        words = shipped_words(name)
        assert len(words) == 3
        assert [word.split()[0] for word in words] == ["Knows", "Says", "Is"]
    assert not shipped_words("older")


@pytest.mark.parametrize(
    ("locale", "told"),
    [("en", ("red crown", "bill", "long tail")), ("zh_CN", ("红色头顶", "bill", "long tail"))],
)
def test_the_bits_of_a_card_are_named_in_the_language_of_the_window(session, locale, told):
    manifest = replace(
        describe("named", 8),
        bit_names=("red crown", None, "bill", *[None] * 4, "long tail"),
        bit_names_zh=("红色头顶", None, None, *[None] * 5),
    )
    weights = {"projection.weight": np.zeros((8, 8), np.float32)}
    save_bundle(session.paths.models / "named", manifest, weights, "# A model\n")
    before = QLocale()
    QLocale.setDefault(QLocale(locale))
    try:
        seen = read_models(session, Lessons(session.paths, session.shelf))
    finally:
        QLocale.setDefault(before)
    (card,) = [card for card in seen.cards if card.name == "named"]
    assert card.named_bits == told
    assert card.n_named_bits == 3
