"""The engine process: decodes files on threads, encodes in batches, answers urgent requests."""

import logging
import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.ports import PictureSource
from ahash_desktop.core.records import (
    ContentId,
    EncodeOutcome,
    PictureFacts,
    Problem,
    ProblemKind,
    Region,
    WorkItem,
)
from ahash_desktop.engine.entry import cannot_start
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
    Request,
    ShowNow,
    StartFailed,
    Urgent,
)
from ahash_desktop.engine.sharing import DecodeMemory, Replies
from ahash_desktop.engine.surroundings import set_up_process, step_back
from ahash_desktop.hashing.allocator import keep_freed_memory
from ahash_desktop.hashing.bundle import read_manifest
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.preprocess import seen_region, to_input
from ahash_desktop.imaging.content import content_id
from ahash_desktop.imaging.decode import (
    TARGET_PX,
    DecodeError,
    DecodeLimits,
    Picture,
    decode,
    read_picture,
)
from ahash_desktop.imaging.thumbnails import ThumbnailStore, encode_thumbnail

if TYPE_CHECKING:
    from ahash_desktop.hashing.looking import PictureEncoder

_log = logging.getLogger(__name__)

_LINGER_S = 0.5
_AT_ONCE_ON_CPU = 8
"""Whoever waits for a picture waits for so many others at most; more are no faster there."""

_OWN_PICTURE_PX = 64
_BATCHES_AHEAD = 3


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A file that waits for the network; `pixels` is uint8 (S, S, 3) of the part `seen` of it.

    `whole` is all of it, uint8 (H, W, 3), for a model that may look again.
    """

    photo_id: int
    run: int
    pixels: NDArray[np.uint8]
    seen: Region
    whole: NDArray[np.uint8] | None
    facts: PictureFacts
    content: ContentId
    ready_at: float


class Worker:
    """Serves one connection with one model.

    Threads: one receives, some decode, the calling one runs the network. All they share is under
    one condition variable. Decoding begins at once, while torch and the model still load.

    Args:
        connection: The pipe that requests come through.
        replies: The way back.
        config: How this process is set up.
        manifest: Says how pictures are prepared for the network.
    """

    def __init__(
        self,
        connection: Connection,
        replies: Replies,
        config: EngineConfig,
        manifest: BundleManifest,
    ) -> None:
        self._connection = connection
        self._replies = replies
        self._config = config
        self._manifest = manifest
        self._limits = DecodeLimits(
            max_pixels=config.max_pixels,
            max_memory_bytes=min(DecodeLimits().max_memory_bytes, config.decode_bytes),
            max_file_bytes=min(DecodeLimits().max_file_bytes, config.decode_bytes),
        )
        self._memory = DecodeMemory(config.decode_bytes, replies)
        self._thumbnails = ThumbnailStore(Path(config.thumbnails))
        self._changed = threading.Condition()
        self._waiting: deque[EncodeFile] = deque()
        self._urgent: deque[Urgent] = deque()
        self._decoded: deque[_Decoded] = deque()
        self._n_decoding = 0
        self._generation = 0
        self._n_at_once = config.batch_size

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

    def try_out(self, encoder: "PictureEncoder") -> None:
        """Reads and encodes a picture of our own, so that what cannot work is known before a file.

        Raises:
            UserFacingError: If no numbers come of it, or the memory does not do for it.
            Exception: Whatever an installation throws that lacks a part.
        """
        ramp = np.linspace(0, 255, _OWN_PICTURE_PX**2 * 3).astype(np.uint8)
        jpeg = encode_thumbnail(ramp.reshape(_OWN_PICTURE_PX, _OWN_PICTURE_PX, 3))
        picture = decode(jpeg, limits=self._limits)
        encoder.encode(to_input(picture.pixels, self._manifest)[np.newaxis])

    def serve(self, encoder: "PictureEncoder") -> None:
        """Encodes and answers until the client hangs up, which ends the process.

        If the network cannot go on, that is told, and no file is to blame.
        """
        if encoder.device == "cpu":
            self._n_at_once = min(self._n_at_once, _AT_ONCE_ON_CPU)
        try:
            while True:
                urgent, batch = self._next_work()
                if urgent is not None:
                    self._answer(urgent, encoder)
                else:
                    self._encode_batch(batch, encoder)
        except UserFacingError as error:
            self._replies.send(Failed(error))
        except Exception as error:  # noqa: BLE001 - the process's boundary
            _log.exception("the network failed")
            self._replies.send(Failed(_network_failed(error, self._config.log)))

    def _next_work(self) -> tuple[Urgent | None, list[_Decoded]]:
        """The next urgent request, or the next batch."""
        with self._changed:
            while True:
                if self._urgent:
                    return self._urgent.popleft(), []
                wait_s = self._batch_wait_s()
                if wait_s == 0:
                    n_taken = min(len(self._decoded), self._n_at_once)
                    self._changed.notify_all()
                    return None, [self._decoded.popleft() for _ in range(n_taken)]
                self._changed.wait(wait_s)

    def _batch_wait_s(self) -> float | None:
        """Seconds until the next batch should go: 0 now, None when nothing is decoded."""
        if not self._decoded:
            return None
        full = len(self._decoded) >= self._n_at_once
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
                case EncodeFile():
                    self._waiting.append(request)
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
                while not self._waiting or self._is_far_ahead:
                    self._changed.wait()
                wanted = self._waiting.popleft()
                generation = self._generation
                self._n_decoding += 1
            decoded = self._decode_file(wanted.item, wanted.run)
            with self._changed:
                self._n_decoding -= 1
                if decoded is not None and generation == self._generation:
                    self._decoded.append(decoded)
                self._changed.notify_all()

    @property
    def _is_far_ahead(self) -> bool:
        """Whether so many pictures wait for the network that more would only take up memory."""
        most = _BATCHES_AHEAD * self._config.batch_size
        return len(self._decoded) + self._n_decoding >= most

    def _decode_file(self, item: WorkItem, run: int) -> _Decoded | None:
        """Reads, identifies and decodes one file and keeps its thumbnail.

        A file that cannot be read is reported at once and gives None.
        """
        self._replies.send(DecodeBegan(item.photo_id, run))
        try:
            with self._memory.for_file(item.photo_id, run, self._limits) as limits:
                data = read_picture(str(item.path), limits)
                picture = decode(data, limits=limits)
            content = content_id(data)
            self._keep_thumbnail(content.key, picture)
            pixels = to_input(picture.pixels, self._manifest, item.region)
            seen = seen_region(picture.pixels, self._manifest, item.region)
            whole = None if self._manifest.second_look is None else picture.pixels
            whole = None if item.region is not None else whole
            facts = picture.facts
        except Exception as error:  # noqa: BLE001 - one photo must not stop the others
            outcome = EncodeOutcome(item.photo_id, problem=_problem_of(error, item))
            self._replies.send(Outcomes((outcome,), run))
            return None
        self._replies.send(DecodeEnded(item.photo_id, run))
        return _Decoded(item.photo_id, run, pixels, seen, whole, facts, content, time.monotonic())

    def _keep_thumbnail(self, key: bytes, picture: Picture) -> None:
        """A thumbnail that cannot be written is no reason to lose the code."""
        try:
            self._thumbnails.save(key, picture.pixels)
        except OSError as error:
            _log.warning("thumbnail not written: %s", error)

    def _encode_batch(self, batch: list[_Decoded], encoder: "PictureEncoder") -> None:
        pixels = np.stack([decoded.pixels for decoded in batch])
        wholes = [decoded.whole for decoded in batch]
        pictures = encoder.look(pixels, [decoded.seen for decoded in batch], wholes)
        outcomes = tuple(
            EncodeOutcome(
                decoded.photo_id,
                encoded=encoded,
                facts=decoded.facts,
                content=decoded.content,
            )
            for decoded, encoded in zip(batch, pictures, strict=True)
        )
        self._replies.send(Outcomes(outcomes, batch[0].run))

    def _answer(self, request: Urgent, encoder: "PictureEncoder") -> None:
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
        self._replies.send(answer)

    def _answer_to(self, request: Urgent, encoder: "PictureEncoder") -> Answer:
        match request:
            case EncodeNow(request_id, source, region):
                pixels = self._pixels(source)
                batch = to_input(pixels, self._manifest, region)[np.newaxis]
                seen = seen_region(pixels, self._manifest, region)
                wholes = [pixels if region is None else None]
                return Answer(request_id, encoder.look(batch, [seen], wholes)[0])
            case ExplainNow(request_id, source, bits, region):
                return Answer(request_id, encoder.explain(self._pixels(source), bits, region))
            case ShowNow(request_id, source, target_px):
                return Answer(request_id, self._pixels(source, target_px))

    def _pixels(self, source: PictureSource, target_px: int = TARGET_PX) -> NDArray[np.uint8]:
        with self._memory.for_awaited(self._limits) as limits:
            return decode(source, target_px=target_px, limits=limits).pixels


def main(connection: Connection, config: EngineConfig) -> None:
    """Starts decoding, loads the model, tries it out, says so, and serves until hung up on.

    The start is awaited, what follows need not be: only then it makes way for other programs.
    """
    replies = Replies(connection)
    try:
        set_up_process(Path(config.log))
        keep_freed_memory()
        worker = Worker(connection, replies, config, read_manifest(Path(config.bundle)))
        worker.start()
        encoder = _load_encoder(config)
        worker.try_out(encoder)
    except UserFacingError as error:
        replies.send(StartFailed(error))
        return
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the process's boundary
        _log.exception("the engine cannot be started")
        replies.send(StartFailed(cannot_start(error, config.log)))
        return
    manifest = encoder.manifest
    replies.send(Ready(manifest.model_id, manifest.n_bits, encoder.device, encoder.dtype))
    step_back()
    worker.serve(encoder)


def _load_encoder(config: EngineConfig) -> "PictureEncoder":
    from ahash_desktop.hashing.opening import open_encoder

    return open_encoder(
        Path(config.bundle),
        device=config.device,
        threads=config.threads,
        checks=Path(config.checks),
    )


def _problem_of(error: Exception, item: WorkItem) -> Problem:
    """Why a file could not be read, from what reading it threw."""
    if isinstance(error, DecodeError):
        return error.problem
    if isinstance(error, MemoryError):
        return Problem(ProblemKind.OUT_OF_MEMORY, "there is not enough memory to open it")
    _log.error("decoding %s failed in an unexpected way", item.path, exc_info=error)
    return Problem(ProblemKind.BROKEN, "the picture could not be decoded")


def _network_failed(error: Exception, log: str) -> UserFacingError:
    if isinstance(error, MemoryError):
        return UserFacingError(
            "there is not enough memory to encode pictures", remedy="Close other programs"
        )
    return UserFacingError(
        f"the network failed ({type(error).__name__})",
        path=log,
        remedy="Look at the engine's log, named here, then try again",
    )


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
