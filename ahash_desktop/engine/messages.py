"""What the window's process and the engine process say to each other."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How an engine process is set up.

    `bundle` is the folder of a model bundle, `thumbnails` where thumbnails are kept,
    `checks` the file that remembers what was measured of this machine, `log` the engine's log
    file. `threads` 0 means as many as the machine has cores. `decode_bytes` is the memory that all
    pictures that are read at the same time may take up together.
    """

    bundle: str
    thumbnails: str
    checks: str
    log: str
    device: str = "auto"
    threads: int = 0
    batch_size: int = 32
    max_pixels: int = 300_000_000
    decode_bytes: int = 3 * 2**30


@dataclass(frozen=True, slots=True)
class EncodeFile:
    """Encode a file when its turn comes; replies about it repeat its `run`.

    A file that was forgotten may be read for long yet, and be wanted again meanwhile: its run tells
    the two apart.
    """

    item: WorkItem
    run: int = 0


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop all files whose turn has not come."""


@dataclass(frozen=True, slots=True)
class EncodeNow:
    """Encode one picture ahead of all waiting files."""

    request_id: int
    source: PictureSource
    region: Region | None


@dataclass(frozen=True, slots=True)
class ExplainNow:
    """Make evidence maps of one picture ahead of all waiting files."""

    request_id: int
    source: PictureSource
    bits: tuple[int, ...]
    region: Region | None


@dataclass(frozen=True, slots=True)
class ShowNow:
    """Decode one picture to be looked at, ahead of all waiting files."""

    request_id: int
    source: PictureSource
    target_px: int


Urgent = EncodeNow | ExplainNow | ShowNow
Request = EncodeFile | Forget | Urgent


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded, and has read and encoded a picture of the program's own.

    Before this, nothing that happens is the fault of a file.
    """

    model_id: str
    n_bits: int
    device: str
    dtype: str


@dataclass(frozen=True, slots=True)
class StartFailed:
    """The model cannot be loaded; another try would fail the same way."""

    error: UserFacingError


@dataclass(frozen=True, slots=True)
class Failed:
    """The network cannot go on, and the process ends; no file is to blame."""

    error: UserFacingError


@dataclass(frozen=True, slots=True)
class DecodeBegan:
    """A file is being read; if the process dies now, that file is a suspect."""

    photo_id: int
    run: int = 0


@dataclass(frozen=True, slots=True)
class DecodeEnded:
    """A file has been read, or waits for memory to be read in, or for the network."""

    photo_id: int
    run: int = 0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of some files."""

    outcomes: tuple[EncodeOutcome, ...]
    run: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an urgent request, or why there is none."""

    request_id: int
    result: EncodedPicture | Evidence | NDArray[np.uint8] | UserFacingError


Reply = Ready | StartFailed | Failed | DecodeBegan | DecodeEnded | Outcomes | Answer
