"""A worker process that encodes pictures as the fake encoder does, and is killed once on the way.

`EngineConfig.bundle` says when: after how many files, and while it does what with the next one.
"""

import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from ahash_desktop.engine.messages import (
    DecodeBegan,
    DecodeEnded,
    EncodeFile,
    EngineConfig,
    Outcomes,
    Ready,
)
from tests.fake_encoder import FakeEncoder

MOMENTS = ("reading", "encoding", "telling")


def serve(connection: Connection, config: EngineConfig) -> None:
    """Answers until hung up on, or killed."""
    encoder = FakeEncoder()
    n_left, moment = config.bundle.split()
    n_files = int(n_left)
    connection.send(Ready(encoder.model_id, encoder.n_bits, "cpu", "float32"))
    try:
        while True:
            request = connection.recv()
            if not isinstance(request, EncodeFile):
                continue
            killer = _Killer(Path(config.log), moment if n_files == 0 else "")
            n_files -= 1
            _encode_file(connection, request, encoder, killer)
    except EOFError:
        return


class _Killer:
    """Kills this process at one moment, unless the mark says that one was killed before."""

    def __init__(self, mark: Path, moment: str) -> None:
        self._mark = mark
        self._moment = moment

    def may_come(self, moment: str) -> None:
        if moment == self._moment and not self._mark.exists():
            self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def _encode_file(
    connection: Connection, request: EncodeFile, encoder: FakeEncoder, killer: _Killer
) -> None:
    connection.send(DecodeBegan(request.item.photo_id, request.run))
    killer.may_come("reading")
    encoder.submit(request.item)
    (outcome,) = encoder.collect(0.0)
    connection.send(DecodeEnded(request.item.photo_id, request.run))
    killer.may_come("encoding")
    connection.send(Outcomes((outcome,), request.run))
    killer.may_come("telling")
