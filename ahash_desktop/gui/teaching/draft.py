"""The photos of a lesson while they are chosen: collected, renamed, merged, left out, divided."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob, Work
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import (
    KindSummary,
    divided,
    joined,
    merge_kinds,
    summaries,
    with_sides,
    without_kinds,
)

Change = Callable[[LabelledSet], LabelledSet]

EMPTY = LabelledSet((), ())
_MOST_STEPS_BACK = 50


@dataclass(frozen=True, slots=True)
class _Arranged:
    """A set with its kinds, counted off the window's thread."""

    labelled: LabelledSet
    kinds: tuple[KindSummary, ...]


class Draft(QObject):
    """Keeps the photos and their kinds; every change is made in a worker, one after the other.

    `changed` follows every change, `collecting` carries how far reading is, `busy_changed` whether
    something is being read, and `divided` a set of which every photo has its side.
    """

    changed = Signal()
    collecting = Signal(object)
    busy_changed = Signal(bool)
    divided = Signal(object)
    failed = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._now = _Arranged(EMPTY, ())
        self._before: deque[_Arranged] = deque(maxlen=_MOST_STEPS_BACK)
        self._waiting: deque[Change] = deque()
        self._is_changing = False
        self._n_collecting = 0
        self._collecting_jobs: list[object] = []
        self._sources: dict[str, None] = {}
        self._dividing = LatestJob(runner, Lane.LOOKUP)

    @property
    def labelled(self) -> LabelledSet:
        """The photos and their kinds."""
        return self._now.labelled

    @property
    def kinds(self) -> tuple[KindSummary, ...]:
        """The kinds with their counts."""
        return self._now.kinds

    @property
    def sources(self) -> tuple[str, ...]:
        """Where photos came from, in words."""
        return tuple(self._sources)

    @property
    def is_busy(self) -> bool:
        """Whether photos are being collected or a change is on its way."""
        return self._n_collecting > 0 or self._is_changing

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._before)

    def collect(self, source: str, work: Work) -> None:
        """Adds the photos that a source gives as its last record.

        Args:
            source: What it is called.
            work: A generator of progress records and, last, a `LabelledSet`.
        """
        job = self._runner.start(work, Lane.LOOKUP)
        self._n_collecting += 1
        job.progressed.connect(self.collecting)
        job.succeeded.connect(lambda found: self._on_collected(source, found))
        job.failed.connect(self.failed)
        job.finished.connect(self._on_collecting_finished)
        self._collecting_jobs.append(job)
        self.busy_changed.emit(True)

    def clear(self) -> None:
        """Begins anew with nothing."""
        self._sources.clear()
        self.change(lambda _labelled: EMPTY)

    def rename(self, old: str, new: str) -> None:
        """Calls a kind something else; one of that name takes its photos in."""
        if new.strip() and new != old:
            self.merge((old,), new)

    def merge(self, names: Sequence[str], into: str) -> None:
        """Makes several kinds one."""
        self.change(lambda labelled: merge_kinds(labelled, names, into))

    def leave_out(self, names: Sequence[str]) -> None:
        """Takes kinds out of the lesson; nothing on disk changes."""
        self.change(lambda labelled: without_kinds(labelled, names))

    def change(self, change: Change) -> None:
        """Makes a change after those that wait."""
        self._waiting.append(change)
        self._go_on()

    def undo(self) -> None:
        """Takes the last change back."""
        if self._before and not self._is_changing:
            self._now = self._before.pop()
            self.changed.emit()

    def divide(
        self,
        share: float,
        seed: int,
        together: Mapping[Path, str] | None = None,
        sides: Mapping[Path, str] | None = None,
        *,
        anew: bool = False,
    ) -> None:
        """Gives every photo its side, told by `divided`; what is kept here stays as it is.

        Args:
            share: Of each kind that is kept back.
            seed: Of the choice.
            together: What each photo shows, the same for those that stay on one side.
            sides: Where a person wants single photos.
            anew: Whether to divide what its source divides already.
        """
        labelled = self._now.labelled

        def work(_token: object) -> _Arranged:
            sided = divided(labelled, share, seed, together=together, anew=anew)
            if sides:
                sided = with_sides(sided, sides)
            return _Arranged(sided, summaries(sided))

        job = self._dividing.start(work)
        job.succeeded.connect(lambda made: self.divided.emit((made.labelled, made.kinds)))
        job.failed.connect(self.failed)

    def _on_collected(self, source: str, found: object) -> None:
        if isinstance(found, LabelledSet):
            self._sources[source] = None
            self.change(lambda labelled: joined([labelled, found]))

    def _on_collecting_finished(self) -> None:
        self._n_collecting -= 1
        self.busy_changed.emit(self.is_busy)

    def _go_on(self) -> None:
        if self._is_changing or not self._waiting:
            return
        self._is_changing = True
        change, labelled = self._waiting.popleft(), self._now.labelled

        def work(_token: object) -> _Arranged:
            changed = change(labelled)
            return _Arranged(changed, summaries(changed))

        job = self._runner.start(work, Lane.LOOKUP)
        job.succeeded.connect(self._on_changed)
        job.failed.connect(self.failed)
        job.finished.connect(self._on_change_finished)

    def _on_changed(self, arranged: _Arranged) -> None:
        self._before.append(self._now)
        self._now = arranged

    def _on_change_finished(self) -> None:
        self._is_changing = False
        self.changed.emit()
        self.busy_changed.emit(self.is_busy)
        self._go_on()
