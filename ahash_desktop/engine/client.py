"""The engine as the services see it: a supervised process behind the `Encoder` port."""

import itertools
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

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
from ahash_desktop.engine.flight import Death, Flight
from ahash_desktop.engine.messages import (
    Answer,
    DecodeBegan,
    DecodeEnded,
    EncodeFile,
    EncodeNow,
    EngineConfig,
    ExplainNow,
    Forget,
    Outcomes,
    Ready,
    Reply,
    ShowNow,
    StartFailed,
    Urgent,
)
from ahash_desktop.engine.process import Process

_log = logging.getLogger(__name__)

_POLL_S = 0.2
_LOOK_AHEAD_BATCHES = 12
_DEATHS_IN_A_ROW = 4
_URGENT_TRIES = 2
_START_TIMEOUT_S = 300.0

_Result = EncodedPicture | Evidence | NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Pending:
    """An urgent request somebody waits for."""

    request: Urgent
    future: Future[_Result]
    deadline: float
    tries: int


class EngineProcess:
    """The `Encoder` of the product: starts on first use, restarts when it dies.

    Any thread may call it. One supervising thread owns the process: it receives replies, ends a
    process that hangs, and starts the next one with whatever was not finished.

    Args:
        config: How the process is set up.
        model_id: The model that `config.bundle` holds.
        n_bits: Bits of its codes.
        decode_timeout_s: Seconds that reading one file may take.
        recycle_after: Files after which the process is replaced, against creeping leaks.
        max_memory_bytes: Memory it may take up; beyond that it is ended, and the file it reads is
            to blame.
        spawn: Starts one run of the process; replaced in tests.
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
    ) -> None:
        self._config = config
        self._model_id = model_id
        self._n_bits = n_bits
        self._timeout_s = decode_timeout_s
        self._recycle_after = recycle_after
        self._max_memory_bytes = max_memory_bytes
        self._spawn = spawn
        self._changed = threading.Condition()
        self._flight = Flight(decode_timeout_s)
        self._ready_outcomes: deque[EncodeOutcome] = deque()
        self._pending: dict[int, _Pending] = {}
        self._request_ids = itertools.count()
        self._process: Process | None = None
        self._supervisor: threading.Thread | None = None
        self._failure: UserFacingError | None = None
        self._is_closing = False
        self._n_since_start = 0
        self._deaths_in_a_row = 0
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
            self._send_files()

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
                lambda: self._note or self._failure or self._is_closing, _START_TIMEOUT_S
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
            self._fail_pending(UserFacingError("the program is closing"))
            self._changed.notify_all()
            supervisor = self._supervisor
        if supervisor is not None and supervisor is not threading.current_thread():
            supervisor.join()

    def _ask(self, make_request: Callable[[int], Urgent]) -> _Result:
        with self._changed:
            self._ensure_started()
            request = make_request(next(self._request_ids))
            pending = _Pending(request, Future(), self._urgent_deadline(), tries=1)
            self._pending[request.request_id] = pending
            if self._process is not None:
                self._process.send(request)
        return pending.future.result()

    def _has_news(self) -> bool:
        is_over = self._failure is not None or self._is_closing
        return bool(self._ready_outcomes) or is_over or not len(self._flight)

    def _urgent_deadline(self) -> float:
        starting = 0.0 if self._note and self._process is not None else _START_TIMEOUT_S
        return time.monotonic() + self._timeout_s + starting

    def _ensure_started(self) -> None:
        if self._is_closing:
            raise UserFacingError("the program is closing")
        if self._supervisor is not None:
            if self._failure is not None:
                raise self._failure
        else:
            self._failure = None
            self._deaths_in_a_row = 0
            self._supervisor = threading.Thread(
                target=self._supervise, name="engine-supervisor", daemon=True
            )
            self._supervisor.start()

    def _send_files(self) -> None:
        """Sends what may go now; files wait while the process is due to be replaced."""
        if self._process is None or self._n_since_start >= self._recycle_after:
            return
        for item in self._flight.take_sendable():
            self._process.send(EncodeFile(item))

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
            for pending in self._pending.values():
                process.send(pending.request)
            self._send_files()
        started_at = time.monotonic()
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
            elif self._should_end(process, started_at):
                death = Death.ENDED
                process.kill()
        for reply in process.receive(0):
            self._handle(reply)
        if death is Death.CRASHED and process.was_killed():
            death = Death.KILLED
        self._process_ended(death)

    def _hangs(self) -> bool:
        now = time.monotonic()
        with self._changed:
            is_awaited_in_vain = any(pending.deadline < now for pending in self._pending.values())
            return is_awaited_in_vain or self._flight.is_overdue(now)

    def _should_end(self, process: Process, started_at: float) -> bool:
        now = time.monotonic()
        with self._changed:
            due = self._n_since_start >= self._recycle_after and not self._flight.n_sent
            return (
                self._is_closing
                or self._failure is not None
                or due
                or (not process.is_ready and now - started_at > _START_TIMEOUT_S)
            )

    def _handle(self, reply: Reply) -> None:
        with self._changed:
            match reply:
                case Ready():
                    self._note = f"{reply.device.upper()}, {reply.dtype}"
                case StartFailed(error):
                    self._give_up(error)
                case DecodeBegan(photo_id):
                    self._flight.decode_began(photo_id, time.monotonic())
                case DecodeEnded(photo_id):
                    self._flight.decode_ended(photo_id)
                case Outcomes(outcomes):
                    self._deaths_in_a_row = 0
                    self._n_since_start += len(outcomes)
                    self._ready_outcomes.extend(self._flight.finish(outcomes))
                    self._send_files()
                case Answer():
                    self._deaths_in_a_row = 0
                    self._settle(reply)
            self._changed.notify_all()

    def _settle(self, answer: Answer) -> None:
        pending = self._pending.pop(answer.request_id, None)
        if pending is None:
            return
        if isinstance(answer.result, UserFacingError):
            pending.future.set_exception(answer.result)
        else:
            pending.future.set_result(answer.result)

    def _process_ended(self, death: Death) -> None:
        """Finds who is to blame and decides whether to go on."""
        now = time.monotonic()
        with self._changed:
            self._process = None
            was_due = self._n_since_start >= self._recycle_after
            verdicts = self._flight.process_died(now, death)
            self._ready_outcomes.extend(verdicts)
            self._retry_or_fail_pending(now)
            self._deaths_in_a_row = 0 if verdicts or was_due else self._deaths_in_a_row + 1
            if self._deaths_in_a_row >= _DEATHS_IN_A_ROW:
                self._give_up(
                    UserFacingError(
                        "the engine keeps ending unexpectedly",
                        path=self._config.log,
                        remedy="Look at its log, named here, then try again",
                    )
                )
            self._changed.notify_all()

    def _retry_or_fail_pending(self, now: float) -> None:
        """Asks once more; a second death means that the picture itself is to blame."""
        for request_id, pending in list(self._pending.items()):
            if pending.tries < _URGENT_TRIES and pending.deadline > now:
                again = replace(pending, tries=pending.tries + 1)
                self._pending[request_id] = again
                continue
            del self._pending[request_id]
            source = pending.request.source
            pending.future.set_exception(
                UserFacingError(
                    "this picture crashes the decoder or takes too long",
                    path=source if isinstance(source, str) else None,
                    remedy="Choose another picture",
                )
            )

    def _give_up(self, error: UserFacingError) -> None:
        with self._changed:
            self._failure = error
            self._fail_pending(error)
            self._changed.notify_all()

    def _fail_pending(self, error: UserFacingError) -> None:
        for pending in self._pending.values():
            pending.future.set_exception(error)
        self._pending.clear()
