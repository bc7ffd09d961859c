"""What watching has to tell: how each folder is followed, and which ones to look through now."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ahash_desktop.core.settings import Settings

SETTLE_S = 2.0
"""A file is left alone until it has not changed for so many seconds."""


class WatchMode(StrEnum):
    """How a folder is followed.

    EVENTS: the system tells of changes. The others are looked through from time to time: SILENT
    lies on a network or cloud drive, which tells of none; LIMIT has more folders than the system
    lets a user watch; REFUSED is one the system would not watch. AWAY cannot be reached.
    """

    EVENTS = "events"
    SILENT = "silent"
    LIMIT = "limit"
    REFUSED = "refused"
    AWAY = "away"

    @property
    def is_timed(self) -> bool:
        """Whether the folder is looked through from time to time."""
        return self in (WatchMode.SILENT, WatchMode.LIMIT, WatchMode.REFUSED)


@dataclass(frozen=True, slots=True)
class WatchState:
    """How one folder is followed; `n_folders` are those in it, itself included, where counted."""

    root_id: int
    path: Path
    mode: WatchMode
    n_folders: int = 0


@dataclass(frozen=True, slots=True)
class WatchReport:
    """How all folders are followed, whenever that changes.

    Those that are looked through from time to time are so every `rescan_minutes`.
    """

    states: tuple[WatchState, ...]
    rescan_minutes: int = Settings().rescan_minutes


@dataclass(frozen=True, slots=True)
class UpdateWanted:
    """These folders are to be brought up to date now; the watcher waits for the outcome."""

    root_ids: frozenset[int]


WatchNews = WatchReport | UpdateWanted
