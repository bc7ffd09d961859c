"""When which folder is looked through: soon after it falls quiet, and never all the time."""

from collections.abc import Collection
from dataclasses import dataclass

QUIET_S = 2.0
LATEST_S = 15.0
_REST_FACTOR = 10.0
_LONGEST_REST_S = 600.0
_TOGETHER_S = 0.5


@dataclass(slots=True)
class _Plan:
    """What is planned for one folder; times in seconds of one clock."""

    asked_at: float | None
    looked_at: float
    first_touch: float | None = None
    last_touch: float = 0.0
    rests_until: float = 0.0
    every_s: float | None = None

    def wanted_at(self) -> float | None:
        """When it is due, if ever."""
        times = []
        if self.asked_at is not None:
            times.append(self.asked_at)
        if self.first_touch is not None:
            times.append(min(self.last_touch + QUIET_S, self.first_touch + LATEST_S))
        if self.every_s is not None:
            times.append(self.looked_at + self.every_s)
        return max(min(times), self.rests_until) if times else None


class Agenda:
    """Plans looks through folders.

    A folder is due two seconds after its last change, or fifteen after the first one while changes
    go on. Then it rests ten times as long as looking through it took, so that a large folder that
    changes all the time costs a tenth of one processor at most. All times are in seconds of the
    caller's clock.
    """

    def __init__(self) -> None:
        self._plans: dict[int, _Plan] = {}
        self._under_way: frozenset[int] = frozenset()

    @property
    def is_busy(self) -> bool:
        """Whether a look was taken whose end has not been told."""
        return bool(self._under_way)

    def follow(self, root_ids: Collection[int], now: float) -> None:
        """Plans for exactly these folders; new ones are due at once."""
        for root_id in self._plans.keys() - set(root_ids):
            del self._plans[root_id]
        for root_id in root_ids:
            self._plans.setdefault(root_id, _Plan(asked_at=now, looked_at=now))

    def touch(self, root_id: int, now: float) -> None:
        """Something has changed in a folder."""
        plan = self._plans.get(root_id)
        if plan is not None:
            plan.last_touch = now
            if plan.first_touch is None:
                plan.first_touch = now

    def ask(self, root_id: int, at: float) -> None:
        """A folder is to be looked through at this time, whatever is told of it."""
        plan = self._plans.get(root_id)
        if plan is not None:
            plan.asked_at = at if plan.asked_at is None else min(at, plan.asked_at)

    def repeat(self, root_id: int, every_s: float | None) -> None:
        """A folder is to be looked through as often as this without any reason."""
        plan = self._plans.get(root_id)
        if plan is not None:
            plan.every_s = every_s

    def take_due(self, now: float) -> frozenset[int]:
        """The folders to look through now; none until the end of the last look is told.

        Folders that would be due a moment later come along, so that what moves from one to the
        other is recognised.
        """
        if self.is_busy:
            return frozenset()
        wanted = {root_id: plan.wanted_at() for root_id, plan in self._plans.items()}
        times = {root_id: at for root_id, at in wanted.items() if at is not None}
        if not times or min(times.values()) > now:
            return frozenset()
        due = frozenset(root_id for root_id, at in times.items() if at <= now + _TOGETHER_S)
        for root_id in due:
            self._plans[root_id].asked_at = None
            self._plans[root_id].first_touch = None
        self._under_way = due
        return due

    def finish(self, now: float, took_s: float, again_in_s: float | None = None) -> None:
        """The look under way has ended.

        Args:
            now: The time.
            took_s: Seconds it took, without what was done about what it found.
            again_in_s: Seconds until the next look, if one is needed in any case.
        """
        for root_id in self._under_way:
            plan = self._plans.get(root_id)
            if plan is None:
                continue
            plan.looked_at = now
            plan.rests_until = now + min(_REST_FACTOR * took_s, _LONGEST_REST_S)
            if again_in_s is not None:
                self.ask(root_id, now + again_in_s)
        self._under_way = frozenset()
