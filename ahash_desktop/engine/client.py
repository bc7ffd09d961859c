"""The engine as the services see it: a supervised process behind the `Encoder` port."""

import itertools
import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.ports import PictureSource
from ahash_desktop.core.records import (
    EncodedPicture,
    EncodeOutcome,
    Evidence,
    Region,
    WorkItem,
)
from ahash_desktop.engine.awake_clock import AwakeClock
from ahash_desktop.engine.flight import Death, Flight
from ahash_desktop.engine.health import Health
from ahash_desktop.engine.messages import (
    Answer,
    DecodeBegan,
    DecodeEnded,
    EncodeFile,
    EncodeNow,
    EngineConfig,
    ExplainNow,
    Failed,
    Forget,
    Outcomes,
    Ready,
    Reply,
    ShowNow,
    StartFailed,
    Urgent,
)
from ahash_desktop.engine.process import Process
from ahash_desktop.engine.urgent import UrgentRequests

_log = logging.getLogger(__name__)

_POLL_S = 0.2
_LOOK_AHEAD_BATCHES = 12
_START_TIMEOUT_S = 300.0

_Result = EncodedPicture | Evidence | NDArray[np.uint8]


class EngineProcess:
    """The `Encoder` of the product: starts on first use, restarts when it dies.

    Any thread may call it. One supervising thread owns the process: it receives replies, ends a
    process that hangs, and starts the next one with whatever was not finished. Nobody who calls
    waits for the process to read what is sent to it.

    No file is blamed for what a process does before it has said that it is ready, which it says
    after reading and encoding a picture of the program's own. One that follows such a failed start
    gets files only then.

    Args:
        config: How the process is set up.
        model_id: The model that `config.bundle` holds.
        n_bits: Bits of its codes.
        decode_timeout_s: Seconds that reading one file may take.
        recycle_after: Files after which the process is replaced, against creeping leaks.
        max_memory_bytes: Memory it may take up; beyond that it is ended, and the file it reads is
            to blame.
        spawn: Starts one run of the process; replaced in tests.
        check: Raises a `UserFacingError` where no process could serve; nothing is started then.
    """

    def __init__(
        self,
        config: EngineConfig,
        *,
        model_id: str,
        n_bits: int,
        decode_timeout_s: float = 60.0,
        recycle_after: int = 20_000,
        max_memory_bytes: float = math.inf,
        spawn: Callable[[EngineConfig], Process] = Process,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._config = config
        self._model_id = model_id
        self._n_bits = n_bits
        self._timeout_s = decode_timeout_s
        self._recycle_after = recycle_after
        self._max_memory_bytes = max_memory_bytes
        self._spawn = spawn
        self._check = check
        self._clock = AwakeClock()
        self._changed = threading.Condition()
        self._flight = Flight(decode_timeout_s)
        self._urgent = UrgentRequests[_Result](decode_timeout_s)
        self._ready_outcomes: deque[EncodeOutcome] = deque()
        self._early: list[EncodeOutcome] = []
        self._request_ids = itertools.count()
        self._process: Process | None = None
        self._supervisor: threading.Thread | None = None
        self._failure: UserFacingError | None = None
        self._health = Health(max_memory_bytes, config.log)
        self._is_closing = False
        self._n_since_start = 0
        self._note = ""

    @property
    def model_id(self) -> str:
        """Which model makes the codes."""
        return self._model_id

    @property
    def n_bits(self) -> int:
        """Bits a code has."""
        return self._n_bits

    @property
    def capacity(self) -> int:
        """How many submitted files may be under way at once."""
        return _LOOK_AHEAD_BATCHES * self._config.batch_size

    @property
    def n_in_flight(self) -> int:
        """Files submitted and not collected yet."""
        with self._changed:
            return len(self._flight) + len(self._ready_outcomes)

    @property
    def note(self) -> str:
        """Device and number format in use, "" before the first start."""
        return self._note

    def submit(self, item: WorkItem) -> None:
        """Starts on a file."""
        with self._changed:
            self._ensure_started()
            self._flight.hold(item)
            self._send_some()

    def collect(self, timeout_s: float) -> list[EncodeOutcome]:
        """Outcomes that are ready, waiting up to `timeout_s` for the first one.

        Raises:
            UserFacingError: If the engine cannot be (re)started.
        """
        with self._changed:
            self._changed.wait_for(self._has_news, timeout_s)
            outcomes = list(self._ready_outcomes)
            self._ready_outcomes.clear()
            if not outcomes and self._failure is not None:
                raise self._failure
            if not outcomes and self._is_closing:
                raise UserFacingError("the program is closing")
            return outcomes

    def abandon(self) -> None:
        """Forgets all files under way: their outcomes will not be collected."""
        with self._changed:
            self._flight.clear()
            self._ready_outcomes.clear()
            self._early.clear()
            if self._process is not None:
                self._process.send(Forget())

    def warm_up(self) -> None:
        """Starts the process and waits until the model is loaded.

        Raises:
            UserFacingError: If it cannot be started.
        """
        with self._changed:
            self._ensure_started()
            self._changed.wait_for(
                lambda: self._health.is_ready or self._failure or self._is_closing
            )
            if self._failure is not None:
                raise self._failure

    def encode(self, source: PictureSource, region: Region | None = None) -> EncodedPicture:
        """The code of one picture, or of a region of it."""
        result = self._ask(lambda request_id: EncodeNow(request_id, source, region))
        assert isinstance(result, EncodedPicture)  # noqa: S101 - the worker answers in kind
        return result

    def explain(
        self, source: PictureSource, bits: Sequence[int], region: Region | None = None
    ) -> Evidence:
        """Evidence maps of the chosen bits over one picture."""
        chosen = tuple(bits)
        result = self._ask(lambda request_id: ExplainNow(request_id, source, chosen, region))
        assert isinstance(result, Evidence)  # noqa: S101 - the worker answers in kind
        return result

    def show(self, source: PictureSource, target_px: int) -> NDArray[np.uint8]:
        """One picture to look at: uint8 (height, width, 3), upright, sRGB."""
        result = self._ask(lambda request_id: ShowNow(request_id, source, target_px))
        assert isinstance(result, np.ndarray)  # noqa: S101 - the worker answers in kind
        return result

    def close(self) -> None:
        """Ends the process; calling it again does nothing."""
        with self._changed:
            self._is_closing = True
            if self._process is not None:
                self._process.kill()
            self._urgent.fail(UserFacingError("the program is closing"))
            self._changed.notify_all()
            supervisor = self._supervisor
        if supervisor is not None and supervisor is not threading.current_thread():
            supervisor.join()

    def _ask(self, make_request: Callable[[int], Urgent]) -> _Result:
        with self._changed:
            self._ensure_started()
            answer = self._urgent.add(make_request(next(self._request_ids)))
            self._send_some()
        return answer.result()

    def _has_news(self) -> bool:
        is_over = self._failure is not None or self._is_closing
        return bool(self._ready_outcomes) or is_over or not len(self._flight)

    def _ensure_started(self) -> None:
        if self._is_closing:
            raise UserFacingError("the program is closing")
        if self._supervisor is not None:
            if self._failure is not None:
                raise self._failure
        else:
            self._check()
            self._failure = None
            self._health.begin_anew()
            self._supervisor = threading.Thread(
                target=self._supervise, name="engine-supervisor", daemon=True
            )
            self._supervisor.start()

    def _send_some(self) -> None:
        """Sends what may go now; files wait while the process is due to be replaced."""
        process = self._process
        if process is None or (self._health.is_wary and not self._health.is_ready):
            return
        now, is_ready = self._clock.now(), self._health.is_ready
        for request in self._urgent.take_sendable(now, is_ready=is_ready):
            process.send(request)
        if self._urgent.is_isolating or self._n_since_start >= self._recycle_after:
            return
        for item in self._flight.take_sendable():
            process.send(EncodeFile(item, self._flight.run))

    def _supervise(self) -> None:
        """Starts one process after another until closed or beyond help."""
        try:
            while True:
                with self._changed:
                    if self._is_closing or self._failure is not None:
                        return
                process = self._spawn(self._config)
                try:
                    self._run_one(process)
                finally:
                    process.end()
        except Exception as error:  # noqa: BLE001 - the thread's boundary
            _log.exception("the engine's supervisor failed")
            self._give_up(UserFacingError(f"the engine cannot be started: {error}"))
        finally:
            with self._changed:
                self._supervisor = None
                self._process = None
                self._changed.notify_all()

    def _run_one(self, process: Process) -> None:
        """Serves one process from its start to its end."""
        with self._changed:
            self._process = process
            self._n_since_start = 0
            self._send_some()
        started_at = self._clock.now()
        death = Death.CRASHED
        while process.is_alive:
            for reply in process.receive(_POLL_S):
                self._handle(reply)
            if process.memory_bytes > self._max_memory_bytes:
                death = Death.TOO_LARGE
                process.kill()
            elif self._hangs():
                death = Death.ENDED
                process.abort()
            elif self._should_end(started_at):
                death = Death.ENDED
                process.kill()
        for reply in process.receive(0):
            self._handle(reply)
        if death is Death.CRASHED and process.was_killed():
            death = Death.KILLED
        self._process_ended(death)

    def _hangs(self) -> bool:
        now = self._clock.now()
        with self._changed:
            return self._urgent.is_overdue(now) or self._flight.is_overdue(now)

    def _should_end(self, started_at: float) -> bool:
        with self._changed:
            is_late = self._clock.now() - started_at > _START_TIMEOUT_S
            if is_late and not self._health.is_ready:
                what = f"the engine was not ready within {_START_TIMEOUT_S:g} seconds"
                self._give_up(UserFacingError(what, remedy="Try again when the machine is idle"))
            is_due = self._n_since_start >= self._recycle_after and not self._flight.n_sent
            is_over = self._is_closing or self._failure is not None
            return is_over or is_due or self._health.trouble is not None

    def _handle(self, reply: Reply) -> None:
        now = self._clock.now()
        with self._changed:
            match reply:
                case Ready():
                    self._become_ready(reply, now)
                case StartFailed(error):
                    self._give_up(error)
                case Failed(error):
                    self._health.trouble = error
                case DecodeBegan(photo_id, run):
                    self._flight.decode_began(photo_id, now, run)
                case DecodeEnded(photo_id, run):
                    self._flight.decode_ended(photo_id, run)
                case Outcomes(outcomes, run):
                    self._take(outcomes, run)
                case Answer():
                    self._health.has_worked()
                    self._urgent.settle(reply, now)
                    self._send_some()
            self._changed.notify_all()

    def _become_ready(self, ready: Ready, now: float) -> None:
        self._note = f"{ready.device.upper()}, {ready.dtype}"
        self._health.become_ready()
        self._urgent.process_is_ready(now)
        early, self._early = self._early, []
        self._take(early, self._flight.run)

    def _take(self, outcomes: Sequence[EncodeOutcome], run: int) -> None:
        """Counts outcomes; a process that is not ready yet may be wrong about any file."""
        if not self._health.is_ready:
            for outcome in outcomes:
                self._flight.decode_ended(outcome.photo_id, run)
            self._early += outcomes if run == self._flight.run else ()
            return
        if any(outcome.encoded is not None for outcome in outcomes):
            self._health.has_worked()
        self._n_since_start += len(outcomes)
        self._ready_outcomes.extend(self._flight.finish(outcomes, run))
        self._send_some()

    def _process_ended(self, death: Death) -> None:
        """Finds who is to blame and decides whether to go on."""
        now = self._clock.now()
        with self._changed:
            self._process = None
            self._early.clear()
            if self._health.trouble is not None:
                death = Death.ENDED
            # A file that hangs may be what keeps the engine from answering.
            is_late = self._urgent.is_overdue(now) and not self._flight.is_overdue(now)
            is_suspect = self._health.is_ready and death is not Death.ENDED
            is_sure = self._health.is_ready and not (is_suspect and self._urgent.n_sent)
            verdicts = self._flight.process_died(now, death, is_sure=is_sure)
            self._ready_outcomes.extend(verdicts)
            has_blamed = self._urgent.process_died(is_suspect=is_suspect, is_late=is_late)
            was_due = self._n_since_start >= self._recycle_after
            end = self._health.process_ended(
                death, is_accounted_for=has_blamed or bool(verdicts) or was_due
            )
            if end is not None:
                self._give_up(end)
            self._changed.notify_all()

    def _give_up(self, error: UserFacingError) -> None:
        with self._changed:
            self._failure = error
            self._urgent.fail(error)
            self._changed.notify_all()
