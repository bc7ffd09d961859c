"""The engine process: decodes files on threads, encodes in batches, answers urgent requests."""

import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import psutil
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    EncodeOutcome,
    PictureFacts,
    Problem,
    ProblemKind,
    WorkItem,
)
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
    Request,
    ShowNow,
    StartFailed,
    Urgent,
)
from ahash_desktop.hashing.allocator import keep_freed_memory
from ahash_desktop.hashing.bundle import read_manifest
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.preprocess import to_input
from ahash_desktop.imaging.content import content_id
from ahash_desktop.imaging.decode import DecodeError, DecodeLimits, Picture, decode, read_picture
from ahash_desktop.imaging.thumbnails import ThumbnailStore

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from ahash_desktop.hashing.encoder import NetworkEncoder

_log = logging.getLogger(__name__)

_LINGER_S = 0.5
_LOW_PRIORITY = 10
_LAST_IN_CLASS = 7
_LOG_BYTES = 2_000_000
_SPINS = "10000"
"""How often OpenMP's threads look for work before they sleep: by default they burn whole
milliseconds, which the decoders and other programs could use."""


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A file that waits for the network; `pixels` is uint8 (S, S, 3)."""

    photo_id: int
    pixels: NDArray[np.uint8]
    facts: PictureFacts
    content: ContentId
    ready_at: float


class Worker:
    """Serves one connection with one model.

    Threads: one receives, some decode, the calling one runs the network. All they share is under
    one condition variable. Decoding begins at once, while torch and the model still load.

    Args:
        connection: The pipe to the client.
        config: How this process is set up.
        manifest: Says how pictures are prepared for the network.
    """

    def __init__(
        self, connection: Connection, config: EngineConfig, manifest: BundleManifest
    ) -> None:
        self._connection = connection
        self._config = config
        self._manifest = manifest
        self._limits = DecodeLimits(max_pixels=config.max_pixels)
        self._thumbnails = ThumbnailStore(Path(config.thumbnails))
        self._send_lock = threading.Lock()
        self._changed = threading.Condition()
        self._waiting: deque[WorkItem] = deque()
        self._urgent: deque[Urgent] = deque()
        self._decoded: deque[_Decoded] = deque()
        self._n_decoding = 0
        self._generation = 0

    def start(self) -> None:
        """Starts receiving and decoding."""
        n_threads = self._config.threads or os.cpu_count() or 1
        threads = [threading.Thread(target=self._receive, name="receive", daemon=True)]
        threads += [
            threading.Thread(target=self._decode_files, name=f"decode-{i}", daemon=True)
            for i in range(n_threads)
        ]
        for thread in threads:
            thread.start()

    def serve(self, encoder: "NetworkEncoder") -> NoReturn:
        """Encodes and answers until the client hangs up, which ends the process."""
        while True:
            urgent, batch = self._next_work()
            if urgent is not None:
                self._answer(urgent, encoder)
            else:
                self._encode_batch(batch, encoder)

    def _next_work(self) -> tuple[Urgent | None, list[_Decoded]]:
        """The next urgent request, or the next batch."""
        with self._changed:
            while True:
                if self._urgent:
                    return self._urgent.popleft(), []
                wait_s = self._batch_wait_s()
                if wait_s == 0:
                    n_taken = min(len(self._decoded), self._config.batch_size)
                    return None, [self._decoded.popleft() for _ in range(n_taken)]
                self._changed.wait(wait_s)

    def _batch_wait_s(self) -> float | None:
        """Seconds until the next batch should go: 0 now, None when nothing is decoded."""
        if not self._decoded:
            return None
        full = len(self._decoded) >= self._config.batch_size
        last = self._n_decoding == 0 and not self._waiting
        if full or last:
            return 0
        return max(0.0, self._decoded[0].ready_at + _LINGER_S - time.monotonic())

    def _receive(self) -> None:
        try:
            while True:
                self._accept(self._connection.recv())
        except (EOFError, OSError):
            # Decoders may be deep inside a file; all that is written is written aside.
            os._exit(0)

    def _accept(self, request: Request) -> None:
        with self._changed:
            match request:
                case EncodeFile(item):
                    self._waiting.append(item)
                case Forget():
                    self._waiting.clear()
                    self._decoded.clear()
                    self._generation += 1
                case _:
                    self._urgent.append(request)
            self._changed.notify_all()

    def _decode_files(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                item = self._waiting.popleft()
                generation = self._generation
                self._n_decoding += 1
            decoded = self._decode_file(item)
            with self._changed:
                self._n_decoding -= 1
                if decoded is not None and generation == self._generation:
                    self._decoded.append(decoded)
                self._changed.notify_all()

    def _decode_file(self, item: WorkItem) -> _Decoded | None:
        """Reads, identifies and decodes one file and keeps its thumbnail.

        A file that cannot be read is reported at once and gives None.
        """
        self.send(DecodeBegan(item.photo_id))
        try:
            data = read_picture(str(item.path), self._limits)
            picture = decode(data, limits=self._limits)
            content = content_id(data)
            self._keep_thumbnail(content.key, picture)
            pixels = to_input(picture.pixels, self._manifest)
            facts = picture.facts
        except DecodeError as error:
            self._report(EncodeOutcome(item.photo_id, problem=error.problem))
            return None
        except MemoryError:
            problem = Problem(ProblemKind.OUT_OF_MEMORY, "there is not enough memory to open it")
            self._report(EncodeOutcome(item.photo_id, problem=problem))
            return None
        except Exception:  # noqa: BLE001 - one photo must not stop the others
            _log.exception("decoding %s failed in an unexpected way", item.path)
            problem = Problem(ProblemKind.BROKEN, "the picture could not be decoded")
            self._report(EncodeOutcome(item.photo_id, problem=problem))
            return None
        self.send(DecodeEnded(item.photo_id))
        return _Decoded(item.photo_id, pixels, facts, content, time.monotonic())

    def _keep_thumbnail(self, key: bytes, picture: Picture) -> None:
        """A thumbnail that cannot be written is no reason to lose the code."""
        try:
            self._thumbnails.save(key, picture.pixels)
        except OSError as error:
            _log.warning("thumbnail not written: %s", error)

    def _encode_batch(self, batch: list[_Decoded], encoder: "NetworkEncoder") -> None:
        pixels = np.stack([decoded.pixels for decoded in batch])
        codes, activations = encoder.encode(pixels)
        outcomes = tuple(
            EncodeOutcome(
                decoded.photo_id,
                encoded=EncodedPicture(code, activation),
                facts=decoded.facts,
                content=decoded.content,
            )
            for decoded, code, activation in zip(batch, codes, activations, strict=True)
        )
        self.send(Outcomes(outcomes))

    def _answer(self, request: Urgent, encoder: "NetworkEncoder") -> None:
        try:
            answer = self._answer_to(request, encoder)
        except DecodeError as error:
            answer = Answer(request.request_id, _picture_error(request, error))
        except UserFacingError as error:
            answer = Answer(request.request_id, error)
        except Exception as error:  # noqa: BLE001 - one request must not stop the others
            _log.exception("an urgent request failed")
            told = UserFacingError(
                f"the picture could not be examined ({type(error).__name__})",
                path=_source_name(request),
                remedy="Details are in the engine's log",
            )
            answer = Answer(request.request_id, told)
        self.send(answer)

    def _answer_to(self, request: Urgent, encoder: "NetworkEncoder") -> Answer:
        match request:
            case EncodeNow(request_id, source, region):
                pixels = decode(source, limits=self._limits).pixels
                batch = to_input(pixels, self._manifest, region)[np.newaxis]
                codes, activations = encoder.encode(batch)
                return Answer(request_id, EncodedPicture(codes[0], activations[0]))
            case ExplainNow(request_id, source, bits, region):
                pixels = decode(source, limits=self._limits).pixels
                return Answer(request_id, encoder.explain(pixels, bits, region))
            case ShowNow(request_id, source, target_px):
                picture = decode(source, target_px=target_px, limits=self._limits)
                return Answer(request_id, picture.pixels)

    def _report(self, outcome: EncodeOutcome) -> None:
        self.send(Outcomes((outcome,)))

    def send(self, reply: Reply) -> None:
        """Sends a reply, unless the client has hung up."""
        with self._send_lock, contextlib.suppress(BrokenPipeError, OSError):
            self._connection.send(reply)


def main(connection: Connection, config: EngineConfig) -> None:
    """Starts decoding, loads the model, says so, and serves until the client hangs up."""
    _set_up_process(config)
    keep_freed_memory()
    try:
        worker = Worker(connection, config, read_manifest(Path(config.bundle)))
        worker.start()
        encoder = _load_encoder(config)
    except UserFacingError as error:
        connection.send(StartFailed(error))
        return
    manifest = encoder.manifest
    worker.send(Ready(manifest.model_id, manifest.n_bits, str(encoder.device), str(encoder.dtype)))
    worker.serve(encoder)


def _load_encoder(config: EngineConfig) -> "NetworkEncoder":
    from ahash_desktop.hashing.encoder import NetworkEncoder

    return NetworkEncoder.load(
        Path(config.bundle),
        device=config.device,
        threads=config.threads,
        checks=Path(config.checks),
    )


def _set_up_process(config: EngineConfig) -> None:
    """Logs to a file, survives the terminal's Ctrl-C (the client decides), steps back.

    What C libraries print of hostile files goes to the log too, never among a command's output.
    """
    log = Path(config.log)
    log.parent.mkdir(parents=True, exist_ok=True)
    _keep_small(log)
    printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.close(printed)
    logging.basicConfig(
        filename=log,
        level=logging.INFO,
        format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s",
        encoding="utf-8",
    )
    os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
    _keep_small(log.with_suffix(".crash.log"))
    faulthandler.enable(log.with_suffix(".crash.log").open("a", encoding="utf-8"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _step_back()


def _step_back() -> None:
    """Lets other programs go first; without a picture of its memory if it is aborted."""
    me = psutil.Process()
    with contextlib.suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            me.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            me.ionice(psutil.IOPRIO_LOW)
            return
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(_LOW_PRIORITY)
        # Not the idle class: a search by a picture is read by this process too, and is awaited.
        if sys.platform == "linux":
            me.ionice(psutil.IOPRIO_CLASS_BE, _LAST_IN_CLASS)


def _keep_small(log: Path) -> None:
    """Starts a log anew that has become long, keeping the one before."""
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".old"))


def _source_name(request: Urgent) -> str | None:
    return request.source if isinstance(request.source, str) else None


def _picture_error(request: Urgent, error: DecodeError) -> UserFacingError:
    name = _source_name(request)
    return UserFacingError(
        f"this picture cannot be used: {error.problem.reason}"
        if name is None
        else f"cannot read this picture ({error.problem.reason})",
        path=name,
        remedy="Choose another picture",
    )
