"""Lessons, checks and trials in a process of their own: it owns torch, and makes way for others."""

from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.engine.spawned import serve_records, spawned_records
from ahash_desktop.engine.surroundings import set_up_process, step_back

TEACH = "ahash_desktop.training.running.lesson_run:teach"
CHECK = "ahash_desktop.training.running.lesson_check:check"
COMPARE = "ahash_desktop.training.running.lesson_compare:compare"
TELL = "ahash_desktop.training.running.bird_naming:tell"
TRY = "ahash_desktop.training.running.lesson_trial:estimate"


@dataclass(frozen=True, slots=True)
class LessonProcess:
    """Starts such processes; their log is the file `log`."""

    log: Path

    def records(self, work: str, arguments: tuple[Any, ...], token: CancelToken) -> Iterator[Any]:
        """What a piece of work tells, until it is over.

        Pausing, resuming and finishing the token are passed on; cancelled work keeps its state.

        Args:
            work: `TEACH`, `CHECK`, `COMPARE`, `TELL` or `TRY`.
            arguments: What it is called with.
            token: Pauses, cancels, or (a `FinishToken`) ends it early.

        Raises:
            Cancelled: If the token asks for it.
            ProcessEndedError: If the process died.
            MemoryError: If the memory did not do.
            UserFacingError: If the work is refused.
        """
        return spawned_records(
            run_lesson,
            (str(self.log), work, arguments),
            token,
            name="ahash-lesson",
            waits_for_cancel=True,
        )


def run_lesson(connection: Connection, log: str, work: str, arguments: tuple[Any, ...]) -> None:
    """Where a spawned process begins: at low priority, with a log of its own."""
    set_up_process(Path(log))
    step_back()
    serve_records(connection, work, arguments)
