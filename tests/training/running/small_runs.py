"""Runs that a test has time for."""

from dataclasses import replace

from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.progress import TrainReport
from ahash_desktop.training.ask.recipes import FRONT, NOTHING, TRUNK, Recipe, Stage
from ahash_desktop.training.running.trainer import train

STAGES = (
    Stage(share=0.4, frozen=TRUNK, size_px=32, n_views=2),
    Stage(share=0.4, frozen=NOTHING, size_px=32),
    Stage(share=0.2, frozen=FRONT, size_px=64),
)


def make_small(recipe: Recipe) -> Recipe:
    """A recipe at sizes a test has time for."""
    return replace(
        recipe,
        stages=STAGES,
        batch_size=8,
        input_size=64,
        round_epochs=2,
        round_queries=10 if recipe.discrete_codes else 0,
    )


def run_to_end(job: TrainingJob, **options: object) -> TrainReport:
    *_, report = train(job, **options)
    assert isinstance(report, TrainReport)
    return report
