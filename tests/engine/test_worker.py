"""What the engine process tells when it cannot work."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import ContentId, EncodedPicture, PictureFacts, Region, WorkItem
from ahash_desktop.engine import worker
from ahash_desktop.engine.messages import (
    DecodeBegan,
    EncodeFile,
    EngineConfig,
    Failed,
    Ready,
    Reply,
    StartFailed,
)
from tests import patience
from tests.conftest import MakePicture
from tests.services.test_switching import describe


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineConfig:
    monkeypatch.setattr(worker, "set_up_process", lambda _log: None)
    monkeypatch.setattr(worker, "step_back", lambda: None)
    monkeypatch.setattr(worker, "keep_freed_memory", lambda: None)
    monkeypatch.setattr(worker, "read_manifest", lambda _folder: describe("small", 8))
    folder = str(tmp_path)
    return EngineConfig(folder, folder, folder, str(tmp_path / "log"), threads=2, batch_size=1)


class Line:
    """A connection whose far end is this test; notes when two threads send at once."""

    def __init__(self, *requests: EncodeFile) -> None:
        self._requests = iter(requests)
        self.replies: list[Reply] = []
        self.is_sending = threading.Event()
        self.overlapped = threading.Event()

    def recv(self) -> EncodeFile:
        for request in self._requests:
            return request
        threading.Event().wait()
        raise EOFError

    def send(self, reply: Reply) -> None:
        if self.is_sending.is_set():
            self.overlapped.set()
        self.is_sending.set()
        if isinstance(reply, DecodeBegan) and self.overlapped.wait(100 * patience.TICK_S):
            return
        self.replies.append(reply)
        self.is_sending.clear()


class Network:
    """A network that works a few times and then fails as it is told to."""

    device = dtype = "fake"
    manifest = describe("small", 8)

    def __init__(self, failure: Exception, n_good: int = 0) -> None:
        self._failure = failure
        self._n_good = n_good

    def encode(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
        pictures = self.look(batch, [], [])
        return (
            np.stack([picture.code for picture in pictures]),
            np.stack([picture.activations for picture in pictures]),
        )

    def look(
        self, batch: NDArray[np.uint8], _seen: Sequence[Region], _wholes: Sequence[object]
    ) -> list[EncodedPicture]:
        self._n_good -= 1
        if self._n_good < 0:
            raise self._failure
        return [EncodedPicture(np.zeros(1, np.uint8), np.zeros(8, np.float16)) for _ in batch]


def run_main(line: Line, config: EngineConfig) -> list[str]:
    """What is told of failures, by the kind of the reply."""
    worker.main(cast("worker.Connection", line), config)
    failures = [reply for reply in line.replies if isinstance(reply, StartFailed | Failed)]
    return [f"{type(reply).__name__}: {reply.error.what}" for reply in failures]


def file_of(path: Path) -> EncodeFile:
    return EncodeFile(WorkItem(1, 1, path, path.stat().st_size, 0))


def test_a_failed_start_is_told_after_what_another_thread_is_telling(
    config: EngineConfig, make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(file_of(make_picture("a.jpg")))

    def refuse(_config: EngineConfig) -> Network:
        patience.wait_for(line.is_sending)
        raise UserFacingError("the model is broken")

    monkeypatch.setattr(worker, "_load_encoder", refuse)
    assert run_main(line, config) == ["StartFailed: the model is broken"]
    assert not line.overlapped.is_set()


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (UserFacingError("it does not do for one picture"), "it does not do for one picture"),
        (MemoryError(), "there is not enough memory to encode pictures"),
        (RuntimeError("the device is lost"), "the network failed (RuntimeError)"),
    ],
)
def test_a_network_that_fails_in_a_batch_is_told_of(
    config: EngineConfig,
    make_picture: MakePicture,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    told: str,
) -> None:
    line = Line(file_of(make_picture("a.jpg")))
    monkeypatch.setattr(worker, "_load_encoder", lambda _config: Network(failure, n_good=1))
    assert run_main(line, config) == [f"Failed: {told}"]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ImportError("failed to map"), "the engine cannot be started (ImportError: failed to map)"),
        (SystemExit(1), "the engine cannot be started (SystemExit: 1)"),
        (MemoryError(), "there is not enough memory to start the engine"),
    ],
)
def test_an_engine_that_cannot_be_loaded_says_why(
    config: EngineConfig, monkeypatch: pytest.MonkeyPatch, failure: BaseException, told: str
) -> None:
    def fail(_config: EngineConfig) -> Network:
        raise failure

    monkeypatch.setattr(worker, "_load_encoder", fail)
    assert run_main(Line(), config) == [f"StartFailed: {told}"]


def test_an_engine_that_encodes_nothing_is_never_ready(
    config: EngineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(RuntimeError("no kernel image"))
    monkeypatch.setattr(worker, "_load_encoder", lambda _config: network)
    line = Line()
    assert run_main(line, config) == [
        "StartFailed: the engine cannot be started (RuntimeError: no kernel image)"
    ]
    assert not any(isinstance(reply, Ready) for reply in line.replies)


def test_the_start_is_awaited_and_what_follows_makes_way_for_others(
    config: EngineConfig, make_picture: MakePicture, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(file_of(make_picture("a.jpg")))
    told: list[bool] = []
    network = Network(RuntimeError("lost"), n_good=1)
    monkeypatch.setattr(worker, "_load_encoder", lambda _config: network)
    monkeypatch.setattr(
        worker,
        "step_back",
        lambda: told.append(any(isinstance(reply, Ready) for reply in line.replies)),
    )
    run_main(line, config)
    assert told == [True]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_whoever_waits_for_a_picture_waits_for_few_others_on_a_cpu(
    config: EngineConfig, device: str
) -> None:
    sizes = []

    class Counted(Network):
        def look(
            self, batch: NDArray[np.uint8], seen: Sequence[Region], wholes: Sequence[object]
        ) -> list[EncodedPicture]:
            sizes.append(len(batch))
            return super().look(batch, seen, wholes)

    line = Line()
    made = worker.Worker(
        cast("worker.Connection", line),
        worker.Replies(cast("worker.Connection", line)),
        replace(config, batch_size=32),
        describe("small", 8),
    )
    pixels, facts = np.zeros((8, 8, 3), np.uint8), PictureFacts(8, 8, "JPEG")
    made._decoded.extend(
        worker._Decoded(
            number, 0, pixels, Region(0, 0, 1, 1), None, facts, ContentId(b"", b""), 0.0
        )
        for number in range(40)
    )
    network = Counted(UserFacingError("that was all"), n_good=1)
    network.device = device
    made.serve(cast("worker.PictureEncoder", network))
    assert sizes == ([8, 8] if device == "cpu" else [32, 8])
