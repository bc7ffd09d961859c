"""Two models on one set of photos, and models under other names."""

from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.core.settings import change_settings, load_settings
from ahash_desktop.services.switching import ModelSwitch
from ahash_desktop.services.teaching.planning import Planner
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.kinds import MOST_TAUGHT, labelled_set
from ahash_desktop.training.ask.labels import TRAIN, VALIDATION, LabelledPhoto
from ahash_desktop.training.ask.lesson import Comparison, LessonPlan, Verdict
from ahash_desktop.training.running.lesson_compare import sides_to_compare
from tests.pictures import save_picture
from tests.services.teaching.conftest import KINDS, HereWorker
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


@pytest.fixture
def learned(lessons, kind_folders) -> frozenset[Path]:
    """The photos that the model "taught" learned from: three quarters of all there are."""
    plan = LessonPlan(
        name="taught", base="tiny", validation_share=0.25, views=1, device="cpu", n_threads=1
    )
    lesson = lessons.begin(plan, load_labelled(kind_folders))
    list(lessons.run(lesson.lesson_id, FinishToken()))
    info = lessons.shelve(lesson.lesson_id, "taught")
    found = lessons.learned_from(info.manifest.model_id)
    assert len(found) == 18
    return found


@pytest.mark.parametrize("names", [("tiny", "taught"), ("taught", "tiny")])
def test_photos_that_a_model_learned_from_do_not_say_how_good_it_is(
    library, shelf, kind_folders, learned, names
):
    planner = Planner(library, shelf, HereWorker())
    labelled = load_labelled(kind_folders)
    *_, found = planner.compare(*names, labelled, "cpu", FinishToken())
    assert found.verdict == Verdict.UNKNOWN
    assert found.before is found.after is found.difference_95 is None
    assert "learned from 18 of these 24 photos" in found.why[1]
    assert "6 other photos" in found.why[0]
    assert found.before_queries
    assert not learned & {each.query for each in found.before_queries}


def test_of_photos_that_were_not_learned_from_enough_ask(library, shelf, kind_folders, learned):
    for number, kind in enumerate(KINDS):
        for photo in range(5):
            save_picture(kind_folders / kind / f"new {photo}.png", 100 * number + 50 + photo)
    labelled = load_labelled(kind_folders)
    planner = Planner(library, shelf, HereWorker())
    *_, found = planner.compare("tiny", "taught", labelled, "cpu", FinishToken())
    assert found.verdict != Verdict.UNKNOWN
    assert found.before.n_queries == found.after.n_queries == 12, "three tenths of each kind"
    assert found.before.n_database == 39 - 12
    assert not learned & {each.query for each in found.before_queries}
    assert "learned from 18 of these 39 photos" in found.why[-1]


def test_a_copy_of_what_was_learned_does_not_ask(library, shelf, kind_folders, learned):
    for path in learned:
        path.with_name(f"copy of {path.name}").write_bytes(path.read_bytes())
    labelled = load_labelled(kind_folders)
    planner = Planner(library, shelf, HereWorker())
    *_, found = planner.compare("tiny", "taught", labelled, "cpu", FinishToken())
    assert found.verdict == Verdict.UNKNOWN
    assert all("copy" not in each.query.name for each in found.before_queries)


def test_all_photos_learned_from_leave_nothing_to_say(library, shelf, kind_folders, learned):
    labelled = load_labelled(kind_folders)
    only = labelled_set(photo for photo in labelled.photos if photo.path in learned)
    planner = Planner(library, shelf, HereWorker())
    *_, found = planner.compare("tiny", "taught", only, "cpu", FinishToken())
    assert found.verdict == Verdict.UNKNOWN
    assert not found.before_queries


def photos_of(n_photos: int, *, splits: tuple[str | None, ...] = (None,)) -> list[LabelledPhoto]:
    return [
        LabelledPhoto(Path(f"/photos/{kind}/{n}.jpg"), kind, splits[n % len(splits)])
        for kind in ("a", "b")
        for n in range(n_photos)
    ]


def asking(labelled, learned) -> set[Path]:
    sided = sides_to_compare(labelled, frozenset(learned))
    assert len(sided.photos) == len(labelled.photos)
    return {photo.path for photo in sided.photos if photo.split == VALIDATION}


def test_as_many_ask_as_without_lessons_where_enough_are_left():
    labelled = labelled_set(photos_of(40))
    before = asking(labelled, ())
    assert len(before) == 24
    learned = {photo.path for photo in labelled.photos[::2]}
    after = asking(labelled, learned)
    assert len(after) == 24
    assert not after & learned
    assert before - learned <= after


def test_sides_that_the_photos_have_stay_but_for_what_was_learned():
    labelled = labelled_set(photos_of(40, splits=(TRAIN, TRAIN, VALIDATION, TRAIN)))
    back = {photo.path for photo in labelled.photos if photo.split == VALIDATION}
    learned = {photo.path for photo in labelled.photos[:10]}
    assert asking(labelled, learned) == back - learned


def test_of_very_many_photos_a_sample_is_compared_and_it_says_so(library, shelf, tmp_path):
    """4 kinds of 8,000, which are named and never opened."""

    class Nothing:
        def records(self, work, arguments, token):
            asked.append(arguments)
            yield Comparison("a", "b", Verdict.UNKNOWN, (), None, None, None, (), (), ())

    asked: list[tuple] = []
    shelf.add_copy(shelf.get("tiny").folder, "mine")
    labelled = labelled_set(
        LabelledPhoto(tmp_path / f"{kind}/{photo}.jpg", f"{kind}", None)
        for kind in range(4)
        for photo in range(8000)
    )
    planner = Planner(library, shelf, Nothing())
    *_, found = planner.compare("tiny", "mine", labelled, "cpu", FinishToken())
    assert len(asked[0][0].photos) == MOST_TAUGHT
    assert "There are 32000 photos: 5000 of each kind are compared on" in found.notices


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
