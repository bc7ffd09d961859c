"""What the library holds, read again in part: only what has changed."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.records import LibraryCounts, MissingEntry, ProblemEntry, Root
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.services.browsing import Browser

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Contents:
    """What the library holds at one moment.

    `photo_ids` int64 (n,) in grid order; `n_overdue` of the `missing` have been gone for
    `keep_days` or more; the drives of the photos `away` are not there; `read_s` seconds the last
    reading took. `times` are photo ids and when they were taken, see `PhotoTable.times`, where that
    is their order.
    """

    photo_ids: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    counts: LibraryCounts = field(default_factory=LibraryCounts)
    roots: tuple[Root, ...] = ()
    problems: tuple[ProblemEntry, ...] = ()
    missing: tuple[MissingEntry, ...] = ()
    n_overdue: int = 0
    keep_days: int = Settings().keep_missing_days
    away: frozenset[int] = frozenset()
    read_s: float = 0.0
    times: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    @property
    def has_library(self) -> bool:
        """Whether there is anything yet: a folder, or photos."""
        return bool(self.roots) or self.counts.total > 0


def read_contents(
    browser: Browser,
    before: Contents,
    changes: Changes,
    *,
    newest_first: bool,
    keep_days: int,
) -> tuple[Contents, Changes]:
    """The contents brought up to date.

    Args:
        browser: Reads the library.
        before: What was read last.
        changes: What is to be read again; the counts always are, for they tell of more.
        newest_first: The order of the photos: newest first, or by folder and name.
        keep_days: After how many days a missing photo is overdue.

    Returns:
        What the library holds, and all that was found to have changed.
    """
    started = time.perf_counter()
    counts = browser.counts()
    changes |= changes_between(before.counts, counts)
    parts: dict[str, Any] = {"counts": counts}
    if changes.photos:
        parts["photo_ids"] = browser.photo_ids(newest_first=newest_first)
        parts["times"] = browser.photo_times() if newest_first else None
    if changes.photos or changes.roots:
        parts["away"] = browser.photos_away()
    if changes.roots:
        parts["roots"] = tuple(browser.roots())
    if changes.problems:
        parts["problems"] = tuple(browser.problems())
    if changes.missing:
        missing = tuple(browser.missing())
        gone_before = time.time() - keep_days * _DAY_S
        n_overdue = sum(entry.missing_since <= gone_before for entry in missing)
        parts |= {"missing": missing, "n_overdue": n_overdue, "keep_days": keep_days}
    return replace(before, **parts, read_s=time.perf_counter() - started), changes


def changes_between(before: LibraryCounts, after: LibraryCounts) -> Changes:
    """What must have changed if so many photos are in each state now."""
    return Changes(
        counts=before != after,
        photos=before.indexed != after.indexed,
        problems=(before.problem, before.ignored) != (after.problem, after.ignored),
        missing=before.missing != after.missing,
    )
