"""A worker process without a network, which does to a file what the file's name says."""

import contextlib
import faulthandler
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import EncodedPicture, EncodeOutcome, Problem, ProblemKind
from ahash_desktop.engine.messages import (
    Answer,
    DecodeBegan,
    DecodeEnded,
    EncodeFile,
    EncodeNow,
    EngineConfig,
    Failed,
    Outcomes,
    Ready,
    Request,
    ShowNow,
    StartFailed,
)
from tests import patience


def serve(connection: Connection, config: EngineConfig) -> None:
    """Answers until hung up on; `config.bundle` may ask for a failing start."""
    match config.bundle:
        case "refuse":
            connection.send(StartFailed(UserFacingError("the model is broken", path="weights")))
            return
        case "die":
            os._exit(3)
        case "die over a file":
            _die_over_a_file(connection)
        case "damn a file":
            _damn_a_file(connection)
    faulthandler.enable(Path(config.log).with_suffix(".crash.log").open("a", encoding="utf-8"))
    with Path(config.log).open("a", encoding="utf-8") as log:
        log.write("start\n")
    connection.send(Ready("fake-model", 8, "cpu", "float32"))
    if config.bundle == "deaf":
        time.sleep(patience.TEST_S)
    with contextlib.suppress(EOFError):
        while True:
            _answer(connection, connection.recv(), config)


def _answer(connection: Connection, request: Request, config: EngineConfig) -> None:
    match request:
        case EncodeFile() if config.bundle == "exhausted":
            connection.send(Failed(UserFacingError("memory does not do for one picture")))
            raise EOFError
        case EncodeFile(item, run) if "linger" in item.path.name and _is_first(config):
            connection.send(DecodeBegan(item.photo_id, run))
        case EncodeFile():
            _encode_file(connection, request)
        case EncodeNow(request_id, source, _):
            _encode_now(connection, request_id, str(source))
        case ShowNow(request_id, _, target_px):
            pixels = np.zeros((2, target_px, 3), np.uint8)
            connection.send(Answer(request_id, pixels))


def _die_over_a_file(connection: Connection) -> None:
    """Dies before it was ever ready, while it reads the first file that it is sent, if any."""
    if connection.poll(0.5):
        match connection.recv():
            case EncodeFile(item, run):
                connection.send(DecodeBegan(item.photo_id, run))
    os._exit(3)


def _damn_a_file(connection: Connection) -> None:
    """Calls the first file broken that it is sent, if any, and dies before it was ever ready."""
    if connection.poll(0.5):
        match connection.recv():
            case EncodeFile(item, run):
                problem = Problem(ProblemKind.BROKEN, "its JPEG data are damaged")
                connection.send(Outcomes((EncodeOutcome(item.photo_id, problem=problem),), run))
    os._exit(3)


def _is_first(config: EngineConfig) -> bool:
    """Whether no process has been started before this one."""
    return Path(config.log).read_text(encoding="utf-8").count("start") == 1


def _encode_file(connection: Connection, request: EncodeFile) -> None:
    item, run = request.item, request.run
    connection.send(DecodeBegan(item.photo_id, run))
    _suffer(item.path.name)
    connection.send(DecodeEnded(item.photo_id, run))
    outcome = EncodeOutcome(item.photo_id, encoded=_encoded(item.photo_id))
    connection.send(Outcomes((outcome,), run))


def _encode_now(connection: Connection, request_id: int, source: str) -> None:
    _suffer(Path(source).name)
    if "unreadable" in source:
        error = UserFacingError("cannot read this picture", path=source)
        connection.send(Answer(request_id, error))
    else:
        connection.send(Answer(request_id, _encoded(1)))


def _suffer(name: str) -> None:
    if "crash" in name:
        os._exit(11)
    if "dwell" in name:
        time.sleep(float(Path(name).stem.split()[1]))
    if "hang" in name:
        time.sleep(patience.TEST_S)
    if "swell" in name:
        swollen = np.ones(80_000_000)
        time.sleep(patience.TEST_S)
        swollen.sum()


def _encoded(value: int) -> EncodedPicture:
    return EncodedPicture(np.array([value % 256], np.uint8), np.zeros(8, np.float16))
