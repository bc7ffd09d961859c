"""What an update of the library and a change of its model tell."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ahash_desktop.core.records import ProblemEntry


class HoldKind(StrEnum):
    """Why an indexing run waits."""

    PAUSED = "paused"
    ON_BATTERY = "on-battery"
    BUSY = "busy"
    SHORTAGE = "shortage"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an indexing run waits; it goes on by itself when the reason is gone.

    `told` says of a shortage what is short and what to do.
    """

    kind: HoldKind
    told: str = ""


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far an indexing run is, and why it waits if it does: at most 20 of these a second."""

    phase: str
    n_found: int
    n_done: int
    n_to_do: int
    per_second: float
    seconds_left: float | None
    current: str = ""
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What an indexing run did; the last record of the run.

    `found` is the sum of `encoded`, `reused`, `unchanged`, `ignored`, `left` and the number of
    `problems`: no file is unaccounted for. `left` counts files that an interruption left for the
    next run. `others` counts files that are no pictures by their names or contents, `unsettled` new
    or changed pictures that may still be being written, and `in_cloud` those of which only a
    placeholder is on this machine; neither is read, and what is known of them is kept.
    `scan_seconds` of the `seconds` went into looking through the folders.
    `moved_roots` are folders found at another place: where they were, and where they are.
    `unreadable_folders` tells what could not be looked into, and why; what is known of the photos
    there is kept. `linked_folders` are links to folders that were not followed.
    """

    found: int = 0
    encoded: int = 0
    reused: int = 0
    unchanged: int = 0
    ignored: int = 0
    left: int = 0
    missing: int = 0
    others: int = 0
    unsettled: int = 0
    in_cloud: int = 0
    offline_roots: tuple[Path, ...] = ()
    moved_roots: tuple[tuple[Path, Path], ...] = ()
    unreadable_folders: tuple[tuple[Path, str], ...] = ()
    linked_folders: tuple[Path, ...] = ()
    problems: tuple[ProblemEntry, ...] = ()
    seconds: float = 0.0
    scan_seconds: float = 0.0
    photos_per_second: float = 0.0
    model_id: str = ""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A change of the model in use that is done.

    `n_lacking` photos could not be read, for their folder is away or they are missing; they get
    their codes of the new model when they are back.
    """

    name: str
    model_id: str
    previous: str
    n_encoded: int
    n_lacking: int
