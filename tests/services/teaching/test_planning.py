"""What is said of a lesson before it is begun."""

from dataclasses import replace
from pathlib import Path

import pytest

from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.services.teaching.checking import Checker
from ahash_desktop.services.teaching.planning import Planner
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.kinds import MOST_TAUGHT, labelled_set, sample_size
from ahash_desktop.training.ask.labels import LabelledPhoto
from ahash_desktop.training.ask.lesson import Depth, LessonCost, LessonPlan
from tests.services.teaching.conftest import HereWorker

PLAN = LessonPlan(name="ducks", base="tiny", device="cpu")


def test_a_trial_says_what_a_lesson_takes(library, shelf, kind_folders):
    planner = Planner(library, shelf, HereWorker())
    labelled = load_labelled(kind_folders)

    def cost(**changes) -> LessonCost:
        plan = replace(PLAN, **changes)
        return list(planner.estimate(plan, labelled, (), 1000, FinishToken()))[-1]

    quick = cost()
    assert quick.seconds > 0
    assert quick.memory_bytes > 0
    thorough = cost(depth=Depth.THOROUGH, n_epochs=1_000_000)
    assert thorough.disk_bytes > quick.disk_bytes
    assert thorough.seconds > quick.seconds
    assert thorough.reencode_seconds > 0
    assert not thorough.sample, "so few photos have no sample"


def test_where_all_photos_take_too_long_the_cost_is_that_of_a_sample(
    library, shelf, kind_folders, monkeypatch
):
    monkeypatch.setattr("ahash_desktop.training.running.lesson_trial._FEWEST_SAMPLE", 2)
    labelled = load_labelled(kind_folders)
    plan = replace(PLAN, depth=Depth.THOROUGH, n_epochs=1_000_000)
    planner = Planner(library, shelf, HereWorker())
    *_, cost = planner.estimate(plan, labelled, (), 1000, FinishToken())
    *_, whole = planner.estimate(replace(plan, most_photos=8), labelled, (), 0, FinishToken())
    assert cost.sample == 2
    assert "hours" in cost.notices[0]
    assert cost.disk_bytes < whole.disk_bytes or whole.sample == 2


def test_of_very_many_photos_an_even_part_teaches_unless_asked_otherwise(
    library, shelf, lessons, monkeypatch
):
    """4 kinds of 8,000 and 200 of 1,000, which are named and never opened."""

    class Nothing:
        def records(self, work, arguments, token):
            asked.append(arguments)
            yield LessonCost(1.0, 2, 3, 4.0, 0)

    asked: list[tuple] = []
    for n_kinds, n_photos, n_each in ((4, 8000, 5000), (200, 1000, 100)):
        labelled = labelled_set(
            LabelledPhoto(Path(f"/photos/{kind}/{photo}.jpg"), f"{kind}", None)
            for kind in range(n_kinds)
            for photo in range(n_photos)
        )
        planner = Planner(library, shelf, Nothing())
        *_, cost = planner.estimate(PLAN, labelled, (), 0, FinishToken())
        assert cost.sample == n_each
        assert cost.notices
        assert len(asked[-1][1]) == n_each * n_kinds == MOST_TAUGHT
        lesson = lessons.begin(PLAN, labelled)
        assert len(lesson.labelled.photos) == MOST_TAUGHT
        *_, cost = planner.estimate(replace(PLAN, most_photos=900), labelled, (), 0, FinishToken())
        assert not cost.sample
        assert len(asked[-1][1]) == 900 * n_kinds
        list(Checker(library, shelf, Nothing()).check(labelled, PLAN, FinishToken()))
        assert len(asked[-1][0].photos) == MOST_TAUGHT
        assert f"{n_each}" in asked[-1][0].notices[-1]


@pytest.mark.parametrize(
    ("counts", "most", "expected"),
    [((5, 5), 10, 0), ((5, 5), 8, 4), ((2000, 5), 100, 95), ((1, 9, 9), 11, 5), ((3, 3, 3), 2, 2)],
)
def test_the_sample_is_as_large_as_it_may_be(counts, most, expected):
    photos = [
        LabelledPhoto(Path(f"/{kind}/{photo}"), f"{kind}", None)
        for kind, n_photos in enumerate(counts)
        for photo in range(n_photos)
    ]
    assert sample_size(labelled_set(photos), most) == expected
