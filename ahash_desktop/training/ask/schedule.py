"""How many epochs each stage of a recipe has, and the learning rate at every step."""

import math
from dataclasses import dataclass

from ahash_desktop.training.ask.recipes import NOTHING, Recipe, Stage

_DROP_FROM = 0.92
_DROP = 0.1
_LOWEST = 0.05


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage and the epochs it has; `first_epoch` counts over the whole run."""

    stage: Stage
    first_epoch: int
    n_epochs: int


def plan_stages(recipe: Recipe, n_epochs: int) -> tuple[PlannedStage, ...]:
    """Divides epochs among the stages by their shares; the longest stage gets what is left over.

    Stages that would have none are left out; there is always one.
    """
    whole = sum(stage.share for stage in recipe.stages)
    counts = [round(n_epochs * stage.share / whole) for stage in recipe.stages]
    longest = max(range(len(counts)), key=lambda index: recipe.stages[index].share)
    counts[longest] += n_epochs - sum(counts)
    planned = []
    first = 0
    for stage, count in zip(recipe.stages, counts, strict=True):
        if count > 0:
            planned.append(PlannedStage(stage, first, count))
            first += count
    return tuple(planned)


def photos_an_epoch(recipe: Recipe, n_learning: int, n_unlabelled: int = 0) -> int:
    """How many photos an epoch learns from: all, or those that a round has sampled.

    Where there are photos without labels, as many of them join in.
    """
    labelled = min(n_learning, recipe.round_queries) if recipe.discrete_codes else n_learning
    return 2 * labelled if n_unlabelled else labelled


def rate_factor(progress: float, along_stage: float, warm_up: float) -> float:
    """The learning rate at a point of a run, as a share of its highest.

    It falls as a cosine over the run to 5 % and is divided by ten for the last 8 %; at the start of
    each stage, whose optimiser knows no moments yet, it rises linearly.

    Args:
        progress: 0 … 1 within the run.
        along_stage: 0 … 1 within the stage.
        warm_up: Share of the stage over which it rises.
    """
    rise = min((along_stage + 1e-3) / (warm_up + 1e-3), 1.0)
    cosine = _LOWEST + (1 - _LOWEST) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return rise * cosine * (_DROP if progress >= _DROP_FROM else 1.0)


def relative_cost(stage: Stage) -> float:
    """Roughly how long a photo takes in a stage: its area, half where the trunk's front rests.

    With kept features of a resting trunk it is three tenths.
    """
    return stage.size_px**2 * (
        1.0 if stage.frozen == NOTHING else 0.5 if not stage.n_views else 0.3
    )
