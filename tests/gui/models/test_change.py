"""Changing the model from the window."""

import threading
from dataclasses import replace

import pytest

from ahash_desktop.core.settings import Settings, load_settings, save_settings
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.gui.models.change import ModelChanges
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.search.bit_rules import BitRule, BitRules
from ahash_desktop.gui.search.controller import Scope
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import texts
from tests.pictures import save_picture
from tests.services.test_switching import make_bundle


@pytest.fixture
def changes(full_window, session):
    """The window's changes, and two models on the shelf beside the one that answers."""
    make_bundle(session.paths.models / "older", 8)
    make_bundle(session.paths.models / "new", 8)
    save_settings(session.paths.settings, replace(Settings(), model="older"))
    return full_window.models.changes


def test_a_model_is_used_and_gone_back_from(qtbot, changes, full_window) -> None:
    with qtbot.waitSignal(changes.changed) as done:
        changes.use("new")
    assert done.args[0].n_encoded == N_PHOTOS
    bar = full_window.library.job_bar
    qtbot.waitUntil(lambda: bar._phase.text() == "Model changed")
    assert not bar._progress.isVisible()
    assert "new is in use" in bar._detail.text()
    assert f"{N_PHOTOS} photos read" in bar._detail.text()
    with qtbot.waitSignal(changes.changed) as done:
        changes.go_back()
    assert (done.args[0].name, done.args[0].previous) == ("older", "new")


def test_the_window_searches_with_the_new_model_at_once(
    qtbot, changes, full_window, session
) -> None:
    window, search, old = full_window, full_window.search, session.encoder
    photo_id = int(window.catalogue.contents.photo_ids[0])
    with qtbot.waitSignal(search.search_succeeded):
        search.search_by([QueryExample(photo_id=photo_id, key=1)])
    with qtbot.waitSignal(search.search_succeeded):
        search.steer(BitRules().toggled(63, BitRule.IGNORED))
    with qtbot.waitSignal(search.search_succeeded):
        search.narrow(Scope(max_distance=60))
    qtbot.waitUntil(lambda: "of 64 bits agree" in window.inspector._count.text())
    window.inspector.bits.choose_bit(63)
    qtbot.waitUntil(lambda: window.inspector.has_evidence)
    gallery = window.pages.gallery

    found = []
    search.search_succeeded.connect(lambda result: found.append(result.response))
    with qtbot.waitSignals([changes.changed, search.search_succeeded]):
        changes.use("new")

    assert (found[-1].n_bits, found[-1].model_id) == (8, session.model.model_id)
    assert old.is_closed
    assert not session.encoder.is_closed
    assert (search.rules, search.state.scope) == (BitRules(), Scope())
    assert "new" in window.library.status._model.text()
    assert window.browse.filters.farthest.maximum() == 8
    assert window.inspector.bits.chosen_bit is None
    qtbot.waitUntil(lambda: "of 8 bits agree" in window.inspector._count.text())
    assert window.pages.gallery is not gallery
    window.inspector.bits.choose_bit(7)
    qtbot.waitUntil(lambda: window.inspector.has_evidence)


def test_steps_back_ask_nothing_of_bits_that_are_no_more(qtbot, changes, full_window) -> None:
    search = full_window.search
    first, second = full_window.catalogue.contents.photo_ids[:2].tolist()
    with qtbot.waitSignal(search.search_succeeded):
        search.search_by([QueryExample(photo_id=first, key=1)])
    with qtbot.waitSignal(search.search_succeeded):
        search.steer(BitRules().toggled(63, BitRule.REQUIRED))
    with qtbot.waitSignal(search.search_succeeded):
        search.search_by([QueryExample(photo_id=second, key=2)])
    with qtbot.waitSignals([changes.changed, search.search_succeeded]):
        changes.use("new")
    with qtbot.waitSignal(search.search_succeeded) as found:
        full_window.commands.history_back.trigger()
    assert found.args[0].rules == BitRules()
    assert found.args[0].response.n_bits == 8


@pytest.fixture
def held(session):
    """Holds a change of the model at its first photo until it is set."""
    gate = threading.Event()
    make = session.make_encoder

    def make_held(*arguments):
        encoder = make(*arguments)
        encoder.gate = gate
        return encoder

    session.make_encoder = make_held
    yield gate
    gate.set()


def test_an_update_asked_for_during_a_change_is_made_with_the_new_model(
    qtbot, full_window, photos, session, held
) -> None:
    make_bundle(session.paths.models / "new", 8)
    window = full_window
    changes = ModelChanges(window, session, window.models.changes._runner)
    changes.changed.connect(window.models._on_changed)
    changes.started.connect(window.library.job_bar.follow)
    changes.use("new")
    qtbot.waitUntil(lambda: "photos found" in texts(window.library.job_bar))
    save_picture(photos / "new.jpg", 99)
    update = window.catalogue.update()
    outcome = []
    update.succeeded.connect(outcome.append)
    update.failed.connect(outcome.append)
    with qtbot.waitSignal(changes.changed):
        held.set()
    qtbot.waitUntil(lambda: bool(outcome))
    assert isinstance(outcome[0], IndexSummary), outcome
    assert outcome[0].model_id == session.model.model_id
    qtbot.waitUntil(lambda: window.catalogue.contents.counts.indexed == N_PHOTOS + 1)
    assert (
        session._stores[0].call(
            lambda library: library.codes.count_lacking(session.model.model_key)
        )
        == 0
    )


def test_the_photo_looked_at_is_looked_at_with_the_new_model(qtbot, changes, full_window) -> None:
    full_window.browse.library_grid.choose_row(3)
    qtbot.waitUntil(lambda: "of 64 bits are on" in full_window.inspector._count.text())
    with qtbot.waitSignal(changes.changed):
        changes.use("new")
    qtbot.waitUntil(lambda: "of 8 bits are on" in full_window.inspector._count.text())


def test_an_interrupted_change_is_taken_up_at_the_next_start(qtbot, changes, session) -> None:
    path = session.paths.settings
    save_settings(path, replace(load_settings(path), next_model="new"))
    with qtbot.waitSignal(changes.changed):
        changes.resume()
    assert load_settings(path).model == "new"


def test_a_model_is_added_and_removed(qtbot, changes, session, tmp_path) -> None:
    session.shelf.export("new", tmp_path / "new.ahash")
    with qtbot.waitSignal(changes.models_changed):
        changes.remove("new")
    assert [info.manifest.name for info in session.shelf.all()] == ["older"]
    with qtbot.waitSignal(changes.models_changed):
        changes.bring(tmp_path / "new.ahash")
    assert len(session.shelf.all()) == 2
