"""What is said of a lesson before it is begun."""

from dataclasses import replace

from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.services.teaching.planning import Planner, words_for_bits
from ahash_desktop.training.ask.dataset import load_labelled
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
    assert thorough.disk_bytes > 0
    assert thorough.seconds > quick.seconds
    assert thorough.reencode_seconds > 0
    assert thorough.sample >= 30
    assert thorough.notices


def test_bits_are_told_in_words():
    assert "stays true" in words_for_bits(128, 128)
    assert len({words_for_bits(n, 128) for n in (32, 64, 128, 256)}) == 4
