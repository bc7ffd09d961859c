"""Stages, learning rates and the time they take."""

from dataclasses import replace

import pytest

from ahash_desktop.training.ask.recipes import BALANCED, FRONT, NOTHING, PAPER, RECIPES, Stage
from ahash_desktop.training.ask.schedule import photos_an_epoch, plan_stages, rate_factor
from ahash_desktop.training.running.timing import epochs_in


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("n_epochs", [1, 2, 3, 7, 30])
def test_stages_follow_one_another_and_have_all_epochs(recipe, n_epochs):
    plan = plan_stages(recipe, n_epochs)
    assert sum(planned.n_epochs for planned in plan) == n_epochs
    assert all(planned.n_epochs > 0 for planned in plan)
    ends = [planned.first_epoch + planned.n_epochs for planned in plan]
    assert [planned.first_epoch for planned in plan] == [0, *ends[:-1]]


def test_the_rate_rises_at_the_start_of_a_stage_and_falls_over_the_run():
    assert rate_factor(0.0, 0.0, 0.05) < 0.05
    assert rate_factor(0.5, 0.0, 0.05) < 0.05 < rate_factor(0.5, 0.05, 0.05)
    settled = [rate_factor(step / 100, 1.0, 0.05) for step in range(101)]
    assert settled == sorted(settled, reverse=True)
    assert settled[0] == pytest.approx(1.0)
    assert settled[100] == pytest.approx(0.005)


def test_minutes_buy_as_many_epochs_as_fit():
    recipe = replace(BALANCED, stages=(Stage(1.0, NOTHING, 100),))
    assert epochs_in(recipe, minutes=10, n_photos=54, seconds_per_cost=1e-3) == 1
    assert epochs_in(recipe, minutes=10, n_photos=54, seconds_per_cost=1e-4) == 10


def test_an_epoch_of_sampled_photos_has_no_more_than_there_are():
    assert photos_an_epoch(BALANCED, 5000) == 5000
    assert photos_an_epoch(PAPER, 5000) == PAPER.round_queries
    assert photos_an_epoch(PAPER, 50) == 50


def test_pictures_grow_and_the_front_rests():
    sizes = [stage.size_px for stage in BALANCED.stages]
    assert sizes == sorted(sizes)
    assert BALANCED.stages[-1].frozen == FRONT
