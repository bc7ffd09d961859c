"""How long a run will take: from a trial before it, and from its own pace on the way."""

from collections.abc import Callable

from ahash_desktop.core.jobs import RateMeter
from ahash_desktop.training.ask.recipes import Recipe
from ahash_desktop.training.ask.schedule import PlannedStage, plan_stages, relative_cost

_KEPT_BACK = 0.1
_MOST_EPOCHS = 1000


class Clock:
    """Time left of a run whose stages cost differently.

    Args:
        plan: The stages.
        n_photos: Photos of an epoch.
        clock: Seconds from any start; pauses do not count.
    """

    def __init__(
        self, plan: tuple[PlannedStage, ...], n_photos: int, clock: Callable[[], float]
    ) -> None:
        self._costs = [relative_cost(planned.stage) for planned in plan]
        self._plan = plan
        self._n_photos = n_photos
        self._meter = RateMeter(60.0, clock)
        self._done = 0
        self._photos = 0
        self._photos_meter = RateMeter(30.0, clock)

    def count(self, stage: int, n_photos: int) -> None:
        """Notes photos that a stage has learned from."""
        self._done += round(n_photos * self._costs[stage])
        self._photos += n_photos
        self._meter.update(self._done)
        self._photos_meter.update(self._photos)

    @property
    def photos_per_second(self) -> float:
        """The pace of the last half minute."""
        return self._photos_meter.per_second

    def seconds_left(self, stage: int, epoch: int, share: float) -> float | None:
        """Expected seconds to the end of the run.

        Args:
            stage: The current one.
            epoch: The current one, counted over the run.
            share: Share of that epoch which is over.
        """
        left = 0.0
        for index, planned in enumerate(self._plan):
            n_left = planned.n_epochs if index > stage else 0.0
            if index == stage:
                n_left = planned.first_epoch + planned.n_epochs - epoch - share
            left += n_left * self._n_photos * self._costs[index]
        return self._meter.seconds_left(round(left))


def epochs_in(recipe: Recipe, minutes: float, n_photos: int, seconds_per_cost: float) -> int:
    """How many epochs fit into a time, a tenth of it kept back for decoding and the end.

    Args:
        recipe: Its stages cost differently.
        minutes: The time.
        n_photos: Photos of an epoch.
        seconds_per_cost: Seconds of a photo for each unit of `schedule.relative_cost`.
    """
    seconds = minutes * 60 * (1 - _KEPT_BACK)
    fitting = 1
    for n_epochs in range(1, _MOST_EPOCHS + 1):
        cost = sum(
            planned.n_epochs * relative_cost(planned.stage)
            for planned in plan_stages(recipe, n_epochs)
        )
        if cost * n_photos * seconds_per_cost > seconds:
            break
        fitting = n_epochs
    return fitting
