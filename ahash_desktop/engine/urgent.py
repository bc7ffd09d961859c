"""Urgent requests on their way, and which of them is to blame when the engine dies."""

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.engine.messages import Answer, Urgent

_Result = TypeVar("_Result")
_DEATHS_THAT_PROVE = 2


@dataclass(slots=True)
class _Pending(Generic[_Result]):
    """A request somebody waits for, and how many processes died over it."""

    request: Urgent
    future: "Future[_Result]" = field(default_factory=Future)
    n_deaths: int = 0


class UrgentRequests(Generic[_Result]):
    """Bookkeeping of pictures that somebody waits for; nothing here blocks.

    The engine answers them one after the other, so that only the first can be to blame when it
    dies or takes too long. One that a process died over is sent once more, alone.

    Args:
        timeout_s: Seconds that one may take once its turn has come.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._waiting: deque[_Pending[_Result]] = deque()
        self._sent: deque[_Pending[_Result]] = deque()
        self._turn_came_at: float | None = None

    @property
    def n_sent(self) -> int:
        """Requests that the process has and has not answered."""
        return len(self._sent)

    @property
    def is_isolating(self) -> bool:
        """Whether one has to be alone in the process, without files beside it."""
        return any(pending.n_deaths for pending in (*self._sent, *self._waiting))

    def add(self, request: Urgent) -> "Future[_Result]":
        """Takes a request on.

        Returns:
            What will hold its answer.
        """
        pending: _Pending[_Result] = _Pending(request)
        self._waiting.append(pending)
        return pending.future

    def take_sendable(self, now: float, *, is_ready: bool) -> list[Urgent]:
        """Requests to send now.

        Args:
            now: Seconds, as given to the other methods.
            is_ready: Whether the process answers already; a turn begins no earlier.
        """
        n_going = (0 if self._sent else 1) if self.is_isolating else len(self._waiting)
        going = [self._waiting.popleft() for _ in range(n_going)]
        if going and not self._sent and is_ready:
            self._turn_came_at = now
        self._sent.extend(going)
        return [pending.request for pending in going]

    def process_is_ready(self, now: float) -> None:
        """Notes that the process answers from now on."""
        self._turn_came_at = now

    def settle(self, answer: Answer, now: float) -> None:
        """Hands an answer to whoever waits for it; the next one's turn begins."""
        self._turn_came_at = now
        for pending in list(self._sent):
            if pending.request.request_id == answer.request_id:
                self._sent.remove(pending)
                if isinstance(answer.result, UserFacingError):
                    pending.future.set_exception(answer.result)
                else:
                    pending.future.set_result(answer.result)  # type: ignore[arg-type]  # in kind

    def is_overdue(self, now: float) -> bool:
        """Whether the first one takes longer than allowed."""
        since = self._turn_came_at
        return bool(self._sent) and since is not None and now - since > self._timeout_s

    def process_died(self, *, is_suspect: bool, is_late: bool) -> bool:
        """Puts all in line again but one that is to blame, which fails.

        Args:
            is_suspect: Whether the process was ready and ended in a way that a picture can cause.
            is_late: Whether it was ended because the first request took too long.

        Returns:
            Whether one was to blame.
        """
        blamed = None
        if self._sent and (is_suspect or is_late):
            first = self._sent[0]
            first.n_deaths += 1
            if is_late or first.n_deaths >= _DEATHS_THAT_PROVE:
                blamed = self._sent.popleft()
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        self._turn_came_at = None
        if blamed is not None:
            blamed.future.set_exception(_refusal(blamed.request))
        return blamed is not None

    def fail(self, error: UserFacingError) -> None:
        """Tells everybody who waits that there will be no answer."""
        for pending in (*self._sent, *self._waiting):
            pending.future.set_exception(error)
        self._sent.clear()
        self._waiting.clear()


def _refusal(request: Urgent) -> UserFacingError:
    return UserFacingError(
        "this picture crashes the decoder or takes too long",
        path=request.source if isinstance(request.source, str) else None,
        remedy="Choose another picture",
    )
