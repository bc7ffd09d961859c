"""Two models on one set of photos, and models under other names."""

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.core.settings import change_settings, load_settings
from ahash_desktop.services.switching import ModelSwitch
from ahash_desktop.services.teaching.planning import Planner
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.lesson import Comparison, Verdict
from tests.services.teaching.conftest import HereWorker
from tests.training.conftest import _save_tiny


def test_a_model_is_no_better_than_itself(library, shelf, kind_folders):
    shelf.add_copy(shelf.get("tiny").folder, "mine")
    planner = Planner(library, shelf, HereWorker())
    labelled = load_labelled(kind_folders)
    *progress, found = planner.compare("tiny", "mine", labelled, "cpu", FinishToken())
    assert isinstance(found, Comparison)
    assert progress[-1].n_done == progress[-1].n_to_do == 48
    assert (found.first, found.second) == ("tiny", "mine")
    assert found.verdict == Verdict.NO_CLEAR_DIFFERENCE
    assert found.before == found.after
    assert found.difference_95 == (0.0, 0.0)
    assert found.before.n_queries == 6


def test_a_copy_has_the_same_codes_and_another_name(shelf):
    info = shelf.add_copy(shelf.get("tiny").folder, "mine")
    assert info.manifest.model_id == shelf.get("tiny").manifest.model_id
    assert info.folder.name == info.manifest.name == "mine"
    for taken in ("Mine", "TINY", ".hidden", "a/b"):
        with pytest.raises(UserFacingError):
            shelf.add_copy(info.folder, taken)


def test_a_renamed_model_stays_in_use(library, shelf, tmp_path):
    _save_tiny(library.models / "base", n_local=2)
    change_settings(library.settings, model="base", previous_model="tiny")
    switch = ModelSwitch(library, shelf)
    info = switch.rename("base", "ducks")
    assert load_settings(library.settings).model == "ducks"
    assert load_settings(library.settings).previous_model == "tiny"
    assert [each.manifest.name for each in shelf.all()] == ["tiny", "ducks"]
    assert shelf.get("ducks").manifest.model_id == info.manifest.model_id
    with pytest.raises(UserFacingError):
        switch.rename("tiny", "other")
