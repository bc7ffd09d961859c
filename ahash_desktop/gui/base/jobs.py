"""Runs work in worker threads and relays how it goes as signals on the window's thread."""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken, FinishToken

_log = logging.getLogger(__name__)

Work = Callable[[CancelToken], Any]
"""A function, or a function that returns a generator of progress records; it heeds the token."""


class Lane(StrEnum):
    """Which work waits for which: the jobs of one lane share its threads.

    LIBRARY is for jobs that change the library for long, one at a time; MAP for laying it out;
    COPY for copying files;
    ENGINE for whatever waits for the network, which may still be loading; SEARCH and LOOKUP for
    what only reads; WATCH for what follows the folders as long as the window is open; LESSON for
    teaching a model, which takes long and leaves the library alone.
    """

    LIBRARY = "library"
    SEARCH = "search"
    LOOKUP = "lookup"
    ENGINE = "engine"
    MAP = "map"
    COPY = "copy"
    WATCH = "watch"
    LESSON = "lesson"


_THREADS = {
    Lane.LIBRARY: 1,
    Lane.SEARCH: 2,
    Lane.LOOKUP: 2,
    Lane.ENGINE: 2,
    Lane.MAP: 1,
    Lane.COPY: 1,
    Lane.WATCH: 1,
    Lane.LESSON: 1,
}


class Job(QObject):
    """One piece of work under way; all its signals arrive on the thread that made it.

    Any number of `progressed`, then exactly one of `succeeded`, `failed` and `cancelled`, then
    `finished`. A generator's records all come through `progressed`; `succeeded` carries the last
    one again. A function's `succeeded` carries what it returned.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    finished = Signal()
    pause_changed = Signal(bool)
    settled = Signal(object)
    _reported = Signal(str, object)

    def __init__(self, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._token = FinishToken()
        self._silenced = False
        self._reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)

    @property
    def is_paused(self) -> bool:
        """Whether the job is asked to hold."""
        return self._token.is_paused

    def cancel(self) -> None:
        """Asks the work to stop; `cancelled` follows unless it was just done."""
        self._token.cancel()

    def supersede(self) -> None:
        """Cancels the work and lets nothing of it through any more, not even `finished`."""
        self._silenced = True
        self._token.cancel()

    def pause(self) -> None:
        """Asks the work to hold."""
        self._token.pause()
        self.pause_changed.emit(self._token.is_paused)

    def end_early(self) -> None:
        """Asks the work to end with the best it has; work that cannot do so takes no notice."""
        self._token.finish()

    def resume(self) -> None:
        """Lets the work go on."""
        self._token.resume()
        self.pause_changed.emit(self._token.is_paused)

    def run(self) -> None:
        """Does the work on the calling thread and reports how it ended."""
        try:
            self._token.raise_if_cancelled()
            result = self._work(self._token)
            if isinstance(result, Iterator):
                result = self._relay(result)
        except Cancelled:
            self._report("cancelled", None)
        except UserFacingError as error:
            self._report("failed", error)
        except Exception as error:  # noqa: BLE001 - the job boundary
            _log.error("a job failed", exc_info=error)
            self._report("failed", error)
        else:
            self._report("succeeded", result)

    def _report(self, kind: str, payload: object) -> None:
        # A thread that outlives the window has nobody to report to.
        with contextlib.suppress(RuntimeError):
            self._reported.emit(kind, payload)

    def _relay(self, records: Iterator[Any]) -> Any:
        last = None
        for last in records:
            self._report("progressed", last)
        return last

    def _on_reported(self, kind: str, payload: object) -> None:
        if kind == "progressed":
            if not self._silenced:
                self.progressed.emit(payload)
            return
        if not self._silenced:
            self._emit_outcome(kind, payload)
        if not self._silenced:
            self.finished.emit()
        self.settled.emit(self)

    def _emit_outcome(self, kind: str, payload: object) -> None:
        if kind == "succeeded":
            self.succeeded.emit(payload)
        elif kind == "failed":
            self.failed.emit(payload)
        else:
            self.cancelled.emit()


class JobRunner(QObject):
    """Starts jobs on a few named threads, each made when first needed.

    Threads are Python's own and live as long as the runner, so that what a thread keeps (a
    database connection) is made once.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queues: dict[Lane, queue.SimpleQueue[Job | None]] = {}
        self._threads: list[threading.Thread] = []
        self._live: set[Job] = set()
        self._closed = False

    def start(self, work: Work, lane: Lane) -> Job:
        """Queues the work; connect to the job's signals at once, none is sent before."""
        job = Job(work, self)
        if self._closed:
            job.supersede()
            return job
        self._live.add(job)
        job.settled.connect(self._on_settled)
        self._queue_of(lane).put(job)
        return job

    @property
    def n_live(self) -> int:
        """Jobs queued or running."""
        return len(self._live)

    def cancel_all(self) -> None:
        """Asks every job to stop and takes no new ones; nothing more is reported."""
        self._closed = True
        for job in self._live:
            job.supersede()

    def shut_down(self, timeout_s: float) -> bool:
        """Cancels everything and waits for the threads; False if some still work."""
        self.cancel_all()
        for lane, jobs in self._queues.items():
            for _ in range(_THREADS[lane]):
                jobs.put(None)
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _queue_of(self, lane: Lane) -> "queue.SimpleQueue[Job | None]":
        if lane not in self._queues:
            self._queues[lane] = queue.SimpleQueue()
            for number in range(_THREADS[lane]):
                thread = threading.Thread(
                    target=self._serve,
                    args=(self._queues[lane],),
                    name=f"job-{lane}-{number}",
                    daemon=True,
                )
                self._threads.append(thread)
                thread.start()
        return self._queues[lane]

    def _serve(self, jobs: "queue.SimpleQueue[Job | None]") -> None:
        while (job := jobs.get()) is not None:
            job.run()

    def _on_settled(self, job: Job) -> None:
        self._live.discard(job)
        job.deleteLater()


class LatestJob:
    """Keeps one job going: starting the next cancels and disconnects the one before."""

    def __init__(self, runner: JobRunner, lane: Lane) -> None:
        self._runner = runner
        self._lane = lane
        self._job: Job | None = None

    def start(self, work: Work, lane: Lane | None = None) -> Job:
        """Starts the work in place of whatever was under way.

        Args:
            work: What to do.
            lane: Where, if not in the usual lane.
        """
        self.stop()
        self._job = self._runner.start(work, lane or self._lane)
        return self._job

    def stop(self) -> None:
        """Cancels and disconnects what is under way."""
        if self._job is not None:
            self._job.supersede()
            self._job = None
