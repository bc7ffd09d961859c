"""The frozen records that travel between layers."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Codes


class RootState(StrEnum):
    """Whether a watched folder can be reached."""

    ONLINE = "online"
    OFFLINE = "offline"


class PhotoState(StrEnum):
    """The one state each known file is in, so that counts always add up."""

    PENDING = "pending"
    INDEXED = "indexed"
    PROBLEM = "problem"
    IGNORED = "ignored"
    MISSING = "missing"


class ProblemKind(StrEnum):
    """Why a file could not be read."""

    VANISHED = "vanished"
    NO_PERMISSION = "no-permission"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    NOT_A_PICTURE = "not-a-picture"
    UNSUPPORTED = "unsupported"
    BROKEN = "broken"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    OUT_OF_MEMORY = "out-of-memory"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file could not be read, as a sentence a person understands."""

    kind: ProblemKind
    reason: str


@dataclass(frozen=True, slots=True)
class FolderMark:
    """What a folder is known again by, as far as the system tells.

    `volume` is the name of what it lies on, `mount` where that was mounted, and `number` is the
    folder's own there, which stays the same when it is renamed and which no copy of it has.
    """

    volume: str | None = None
    mount: Path | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """A folder the library keeps up with.

    `mark` is of the last time it was looked through. `moved_from` is where it was before it was
    found again here, `refused` a place where it was found and the user said that it is not.
    """

    root_id: int
    path: Path
    state: RootState
    added_at: float
    scanned_at: float | None
    mark: FolderMark = FolderMark()
    moved_from: Path | None = None
    refused: Path | None = None


@dataclass(frozen=True, slots=True)
class InnerMount:
    """A volume mounted inside a folder, at a path below it; what it is called, if anything."""

    relative_path: str
    volume: str | None
    is_there: bool = True


class ScannedFile(NamedTuple):
    """A picture file as the scan found it, before anything is read.

    `relative_path` uses "/" on every platform. It is a tuple because each scan makes one for every
    photo of a folder, and a dataclass takes three times as long to make.
    """

    relative_path: str
    size_bytes: int
    mtime_ns: int


Fingerprint = tuple[str, int, int, int]
"""What the library knows of a file from its last visit: path, size, time, photo id.

`relative_path`, `size_bytes`, `mtime_ns` and `photo_id`, as the row of the database that it is:
there is one for every photo of a folder, and making more of it takes as long as reading it.
"""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A file whose code is still to be made for some model.

    `region` is the part of it to make the code of; None is all of it.
    """

    photo_id: int
    root_id: int
    path: Path
    size_bytes: int
    mtime_ns: int
    region: "Region | None" = None


@dataclass(frozen=True, slots=True)
class ContentId:
    """What a file contains, apart from where it lies.

    `key` (16 bytes) is quick: BLAKE3 of the size, the first and the last 64 KiB. `digest`
    (16 bytes) is BLAKE3 of everything. Two files are the same when both agree.
    """

    key: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What decoding learned of a picture besides its pixels.

    `width` and `height` are those of the upright picture. `taken_at` is the EXIF capture time as
    an ISO 8601 local time ("2024-05-01T07:30:00"), `camera` make and model.
    """

    width: int
    height: int
    format: str
    taken_at: str | None = None
    camera: str | None = None
    orientation: int = 1


@dataclass(frozen=True, slots=True)
class Photo:
    """One file of the library."""

    photo_id: int
    root_id: int
    path: Path
    relative_path: str
    size_bytes: int
    mtime_ns: int
    state: PhotoState
    content: ContentId | None
    facts: PictureFacts | None
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """What the network says of one picture.

    `code` is uint8 (ceil(n_bits / 8),), big-endian bits. `activations` is float16 (n_bits,) in
    -1 … 1; a bit is on where its activation is > 0. `subject` is None where the model does not tell
    what a picture is of. `part` is the part of the picture that the code is of, None if that is all
    of it.
    """

    code: Codes
    activations: Activations
    subject: "Subject | None" = None
    part: "Region | None" = None


@dataclass(frozen=True, slots=True)
class EncodeOutcome:
    """What became of one file sent to the engine: an encoding, or a problem."""

    photo_id: int
    encoded: EncodedPicture | None = None
    facts: PictureFacts | None = None
    content: ContentId | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an upright picture, in fractions of its width and height."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        inside = (
            0 <= self.x < 1
            and 0 <= self.y < 1
            and 0 < self.width <= 1 - self.x + 1e-6
            and 0 < self.height <= 1 - self.y + 1e-6
        )
        if not inside:
            raise ValueError(f"region {self} does not lie inside the picture")


WHOLE_PICTURE = Region(0.0, 0.0, 1.0, 1.0)
OTHER = "other"
"""The domain of a subject that is none of those a model knows."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a photo is of.

    `domain` is one of the model's or "other"; `confidence` in 0 … 1 says how sure that is; `box`
    is where the subject lies, None if that is not known. It `is_corrected` where a person has said
    so.
    """

    domain: str
    confidence: float
    box: Region | None = None
    is_corrected: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in a picture each bit found its evidence.

    `maps` is float32 (n_chosen, height, width), signed; the mean of `maps[i]` is exactly
    `logits[i]`, whose sign is the bit. `bits` says which bits were chosen, in order. `picture` is
    the whole upright picture, uint8 (H, W, 3) sRGB; the maps lie over its part `seen`, which is
    what the network looked at.
    """

    bits: tuple[int, ...]
    logits: NDArray[np.float32]
    maps: NDArray[np.float32]
    picture: NDArray[np.uint8]
    seen: Region = WHOLE_PICTURE


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A model the library has codes of."""

    model_key: int
    model_id: str
    name: str
    n_bits: int


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """All codes of one model, ready for searching.

    `photo_ids` int64 (n,) ascending; `codes` uint8 (n, ceil(n_bits / 8)); `activations`
    float16 (n, n_bits).
    """

    n_bits: int
    photo_ids: NDArray[np.int64]
    codes: Codes
    activations: Activations


@dataclass(frozen=True, slots=True)
class LibraryCounts:
    """How many files are in each state; `total` is always their sum."""

    pending: int = 0
    indexed: int = 0
    problem: int = 0
    ignored: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        """All files the library knows."""
        return self.pending + self.indexed + self.problem + self.ignored + self.missing


@dataclass(frozen=True, slots=True)
class ProblemEntry:
    """A file that could not be read, for the problems list."""

    photo_id: int
    path: Path
    problem: Problem
    noted_at: float
    root_id: int


@dataclass(frozen=True, slots=True)
class MissingEntry:
    """A photo whose file is gone from a folder that is there; `missing_since` in seconds."""

    photo_id: int
    path: Path
    missing_since: float


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One ranked match.

    `distance` is the number of compared bits that differ from the query (the mean over several
    examples); `score` is the cosine of the activations in -1 … 1; `differing_bits` are those that
    differ from the first example. `moment` is when it was taken, or else last written, in ISO 8601.
    `leader_id` is the nearest hit of the same shots, itself for most. `closeness` is what the score
    is worth in a word (`core.closeness`), None where that is not known.
    """

    photo_id: int
    path: Path
    distance: float
    score: float
    differing_bits: tuple[int, ...]
    moment: str = ""
    leader_id: int = 0
    closeness: str | None = None


@dataclass(frozen=True, slots=True)
class ExportedCode:
    """A photo's code with what other programs need to make use of it.

    `activations` are little-endian float16; `taken_at` is as the camera wrote it.
    """

    path: Path
    root: Path
    size_bytes: int
    taken_at: str | None
    camera: str | None
    width: int
    height: int
    content_key: bytes
    content_digest: bytes
    code: bytes
    activations: bytes


@dataclass(frozen=True, slots=True)
class BitReading:
    """One bit of one picture's code, with its name where it has one."""

    bit: int
    name: str | None
    is_on: bool
    activation: float


@dataclass(frozen=True, slots=True)
class BitStatistics:
    """What one bit does over the library.

    `entropy_bits` is the binary entropy of `share_on`, 0 … 1. `strongest` and `weakest` are photo
    ids by activation, extreme first.
    """

    bit: int
    name: str | None
    share_on: float
    entropy_bits: float
    strongest: tuple[int, ...] = field(default=())
    weakest: tuple[int, ...] = field(default=())
