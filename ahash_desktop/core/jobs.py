"""Cancelling, pausing and timing long jobs, with nothing of Qt in it."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ahash_desktop.core.errors import Cancelled


class CancelToken:
    """Lets one thread cancel or pause a job that runs in another."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running = threading.Event()
        self._running.set()

    def cancel(self) -> None:
        """Asks the job to stop; a paused job wakes up to do so."""
        self._cancelled.set()
        self._running.set()

    def pause(self) -> None:
        """Asks the job to hold; it keeps what it has finished."""
        if not self._cancelled.is_set():
            self._running.clear()

    def resume(self) -> None:
        """Lets a paused job go on."""
        self._running.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the job has been asked to stop."""
        return self._cancelled.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether the job has been asked to hold."""
        return not self._running.is_set()

    def wait_while_paused(self, timeout_s: float | None = None) -> bool:
        """Blocks while the job is paused; False if it still is when the time is up."""
        return self._running.wait(timeout_s)

    def wait(self, timeout_s: float) -> None:
        """Waits, but no longer than until the job is cancelled.

        Raises:
            Cancelled: If the job has been asked to stop.
        """
        if self._cancelled.wait(timeout_s):
            raise Cancelled

    def raise_if_cancelled(self) -> None:
        """Ends the job at this point.

        Raises:
            Cancelled: If the job has been asked to stop.
        """
        if self._cancelled.is_set():
            raise Cancelled


class FinishToken(CancelToken):
    """A token by which a job can also be asked to end early and keep the best it has."""

    def __init__(self) -> None:
        super().__init__()
        self._finishing = threading.Event()

    def finish(self) -> None:
        """Asks the job to end with what it has; one that is paused goes on to do so."""
        self._finishing.set()
        self.resume()

    @property
    def is_finishing(self) -> bool:
        """Whether the job has been asked to end early."""
        return self._finishing.is_set()


class WorkClock:
    """Seconds from any start that stand still while a job does.

    Args:
        clock: What it goes by; replaced in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds_stopped = 0.0

    def __call__(self) -> float:
        """The seconds now."""
        return self._clock() - self._seconds_stopped

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Within, no time passes."""
        began = self._clock()
        try:
            yield
        finally:
            self._seconds_stopped += self._clock() - began


class RateMeter:
    """A moving rate over the last seconds, for "photos a second" and "time left".

    Args:
        window_s: How far back the rate looks.
        clock: Seconds from any start; replaced in tests.
    """

    def __init__(self, window_s: float = 15.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque([(clock(), 0)])

    def update(self, n_done: int) -> None:
        """Notes that `n_done` items are done in all."""
        now = self._clock()
        self._samples.append((now, n_done))
        while len(self._samples) > 2 and now - self._samples[1][0] > self._window_s:
            self._samples.popleft()

    @property
    def per_second(self) -> float:
        """Items a second over the window; 0 before anything is known."""
        (start, before), (end, after) = self._samples[0], self._samples[-1]
        return (after - before) / (end - start) if end > start else 0.0

    def seconds_left(self, n_left: int) -> float | None:
        """Expected seconds for `n_left` more items; None while the rate is unknown."""
        rate = self.per_second
        return n_left / rate if rate > 0 else None
