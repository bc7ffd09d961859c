"""Which files are under way in the engine, and which of them is to blame when it dies."""

import logging
from collections import deque
from collections.abc import Iterable
from enum import Enum, auto

from ahash_desktop.core.records import EncodeOutcome, Problem, ProblemKind, WorkItem

_log = logging.getLogger(__name__)

_CRASHED = Problem(ProblemKind.CRASHED, "opening it crashed the decoder")

_TOO_LARGE = Problem(ProblemKind.OUT_OF_MEMORY, "opening it takes up too much memory")


class Death(Enum):
    """Why a process is no more.

    It crashed; was killed by someone, or by a system short of memory; was ended for its size; or
    was ended for no fault of a file.
    """

    CRASHED = auto()
    KILLED = auto()
    TOO_LARGE = auto()
    ENDED = auto()


class Flight:
    """Bookkeeping of submitted files; nothing here blocks or knows of processes.

    A file is held, then sent, then finished. When the process dies, files that were being read
    are suspects: a single one is to blame, several are sent again one at a time, so that a bad
    file costs restarts but never takes a good one with it. When it was killed, or something else
    may have been the cause, even a single one may just have been there: it is to blame only if
    that happens once more while it is alone.

    What is forgotten may be read for long yet and then keeps its thread of the process. It is told
    from what is wanted by its run.

    Args:
        timeout_s: Seconds that reading one file may take.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._run = 0
        self._held: deque[WorkItem] = deque()
        self._suspects: deque[WorkItem] = deque()
        self._sent: dict[int, WorkItem] = {}
        self._decoding_since: dict[tuple[int, int], float] = {}
        self._is_isolating = False

    def __len__(self) -> int:
        return len(self._held) + len(self._suspects) + len(self._sent)

    @property
    def run(self) -> int:
        """Which run the files belong to that are wanted now."""
        return self._run

    @property
    def n_sent(self) -> int:
        """Files that the process has and has not finished."""
        return len(self._sent)

    def hold(self, item: WorkItem) -> None:
        """Takes a file on."""
        self._held.append(item)

    def take_sendable(self) -> list[WorkItem]:
        """Files to send now; a suspect travels alone."""
        if self._is_isolating and self._sent:
            return []
        self._is_isolating = bool(self._suspects)
        if self._suspects:
            going = [self._suspects.popleft()]
        else:
            going = list(self._held)
            self._held.clear()
        self._sent.update((item.photo_id, item) for item in going)
        return going

    def decode_began(self, photo_id: int, now: float, run: int | None = None) -> None:
        """Notes that the process reads a file, which may be one of an earlier run."""
        run = self._run if run is None else run
        if run != self._run or photo_id in self._sent:
            self._decoding_since[run, photo_id] = now

    def decode_ended(self, photo_id: int, run: int | None = None) -> None:
        """Notes that the process has read a file."""
        self._decoding_since.pop((self._run if run is None else run, photo_id), None)

    def finish(
        self, outcomes: Iterable[EncodeOutcome], run: int | None = None
    ) -> list[EncodeOutcome]:
        """Outcomes of files that are still wanted."""
        run = self._run if run is None else run
        wanted = []
        for outcome in outcomes:
            self.decode_ended(outcome.photo_id, run)
            if run == self._run and self._sent.pop(outcome.photo_id, None) is not None:
                wanted.append(outcome)
        return wanted

    def is_overdue(self, now: float) -> bool:
        """Whether a file, wanted or not, has been read for longer than allowed."""
        return any(now - since > self._timeout_s for since in self._decoding_since.values())

    def process_died(
        self, now: float, death: Death = Death.CRASHED, *, is_sure: bool = True
    ) -> list[EncodeOutcome]:
        """Verdicts over files that are to blame; the others will be sent again.

        Args:
            now: Seconds, as given to `decode_began`.
            death: Why it died. If it was ended, only a file that took too long is to blame.
            is_sure: Whether nothing but a file can have been the cause.
        """
        decoding = {photo_id for run, photo_id in self._decoding_since if run == self._run}
        overdue = {
            photo_id
            for (run, photo_id), since in self._decoding_since.items()
            if run == self._run and now - since > self._timeout_s
        }
        suspects = set(self._sent) if self._is_isolating else decoding
        if not is_sure:
            blamed, suspects = set[int](), suspects | overdue
        elif overdue:
            blamed, suspects = overdue, set[int]()
        elif death is Death.ENDED:
            blamed, suspects = set[int](), suspects if self._is_isolating else set[int]()
        else:
            blamed = suspects if self._is_proof(suspects, death) else set[int]()
        died_of = _TOO_LARGE if death is Death.TOO_LARGE else _CRASHED
        problem = self._too_slow() if overdue else died_of
        return self._judge(blamed, suspects, problem)

    def clear(self) -> None:
        """Forgets all files; late outcomes of them are dropped."""
        self._run += 1
        self._held.clear()
        self._suspects.clear()
        self._sent.clear()
        self._is_isolating = False

    def _is_proof(self, suspects: set[int], death: Death) -> bool:
        """Whether a crash shows which file is to blame."""
        if len(suspects) != 1:
            return False
        is_alone = len(self._decoding_since) <= 1 and death is not Death.KILLED
        return self._is_isolating or is_alone

    def _judge(self, blamed: set[int], suspects: set[int], problem: Problem) -> list[EncodeOutcome]:
        """The verdicts; all other files are held again, suspects among themselves."""
        for photo_id in blamed:
            _log.warning("%s: %s", self._sent[photo_id].path, problem.reason)
        verdicts = [
            EncodeOutcome(photo_id, problem=problem)
            for photo_id in self._sent
            if photo_id in blamed
        ]
        left = [item for photo_id, item in self._sent.items() if photo_id not in blamed]
        self._suspects.extend(item for item in left if item.photo_id in suspects)
        self._held.extendleft(item for item in reversed(left) if item.photo_id not in suspects)
        self._sent.clear()
        self._decoding_since.clear()
        self._is_isolating = False
        return verdicts

    def _too_slow(self) -> Problem:
        reason = f"it could not be opened within {self._timeout_s:g} seconds"
        return Problem(ProblemKind.TOO_SLOW, reason)
