"""Changing the model from the window."""

from dataclasses import replace

import pytest

from ahash_desktop.core.settings import Settings, load_settings, save_settings
from ahash_desktop.gui.model_change import ModelChanges
from tests.fake_encoder import FakeEncoder
from tests.gui.conftest import N_PHOTOS
from tests.services.test_switching import make_bundle


@pytest.fixture
def changes(full_window, session, runner):
    """The window's changes with a fake encoder, and two models on the shelf."""
    make_bundle(session.paths.models / "older", 8)
    make_bundle(session.paths.models / "new", 8)
    save_settings(session.paths.settings, replace(Settings(), model="older"))

    def make_encoder(_paths, _settings, info):
        return FakeEncoder(info.manifest.n_bits, info.manifest.model_id)

    made = ModelChanges(full_window, session, runner, full_window.catalogue, make_encoder)
    made.started.connect(full_window.job_bar.follow)
    return made


def shown(dialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_a_model_is_chosen_used_and_gone_back_from(qtbot, changes, session) -> None:
    dialog = changes.show_dialog()
    qtbot.waitUntil(lambda: shown(dialog) == ["new, 8 bits", "older, 8 bits  (in use)"])
    dialog.list.setCurrentRow(0)
    assert not dialog.back.isEnabled()
    with qtbot.waitSignal(changes.changed, timeout=20_000) as done:
        dialog.use.click()
    assert done.args[0].n_encoded == N_PHOTOS
    qtbot.waitUntil(lambda: shown(dialog)[0] == "new, 8 bits  (in use)")
    qtbot.waitUntil(dialog.back.isEnabled)
    assert "next start" in dialog.note.text()
    with qtbot.waitSignal(changes.changed, timeout=20_000) as done:
        dialog.back.click()
    assert (done.args[0].name, done.args[0].previous) == ("older", "new")
    dialog.close()


def test_an_interrupted_change_is_taken_up_at_the_next_start(qtbot, changes, session) -> None:
    path = session.paths.settings
    save_settings(path, replace(load_settings(path), next_model="new"))
    with qtbot.waitSignal(changes.changed, timeout=20_000):
        changes.resume()
    assert load_settings(path).model == "new"


def test_a_model_is_added_and_removed(qtbot, changes, session, tmp_path) -> None:
    session.shelf.export("new", tmp_path / "new.ahash")
    dialog = changes.show_dialog()
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    dialog.list.setCurrentRow(0)
    dialog.remove.click()
    qtbot.waitUntil(lambda: shown(dialog) == ["older, 8 bits  (in use)"])
    assert not dialog.remove.isEnabled()
    changes.bring(tmp_path / "new.ahash")
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    dialog.close()
