"""A worker process without a network, which does to a file what the file's name says."""

import faulthandler
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import EncodedPicture, EncodeOutcome, WorkItem
from ahash_desktop.engine.messages import (
    Answer,
    DecodeBegan,
    DecodeEnded,
    EncodeFile,
    EncodeNow,
    EngineConfig,
    Forget,
    Outcomes,
    Ready,
    ShowNow,
    StartFailed,
)


def serve(connection: Connection, config: EngineConfig) -> None:
    """Answers until hung up on; `config.bundle` may ask for a failing start."""
    if config.bundle == "refuse":
        connection.send(StartFailed(UserFacingError("the model is broken", path="weights")))
        return
    if config.bundle == "die":
        os._exit(3)
    faulthandler.enable(Path(config.log).with_suffix(".crash.log").open("a", encoding="utf-8"))
    with Path(config.log).open("a", encoding="utf-8") as log:
        log.write("start\n")
    connection.send(Ready("fake-model", 8, "cpu", "float32"))
    try:
        while True:
            match connection.recv():
                case EncodeFile(item):
                    _encode_file(connection, item)
                case EncodeNow(request_id, source, _):
                    _encode_now(connection, request_id, str(source))
                case ShowNow(request_id, _, target_px):
                    pixels = np.zeros((2, target_px, 3), np.uint8)
                    connection.send(Answer(request_id, pixels))
                case Forget():
                    continue
    except EOFError:
        return


def _encode_file(connection: Connection, item: WorkItem) -> None:
    connection.send(DecodeBegan(item.photo_id))
    _suffer(item.path.name)
    connection.send(DecodeEnded(item.photo_id))
    connection.send(Outcomes((EncodeOutcome(item.photo_id, encoded=_encoded(item.photo_id)),)))


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
    if "hang" in name:
        time.sleep(600)
    if "swell" in name:
        swollen = np.ones(80_000_000)
        time.sleep(600)
        swollen.sum()


def _encoded(value: int) -> EncodedPicture:
    return EncodedPicture(np.array([value % 256], np.uint8), np.zeros(8, np.float16))
