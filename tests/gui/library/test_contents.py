"""The contents are read again only in part: what has changed."""

from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.records import LibraryCounts, MissingEntry, Root, RootState
from ahash_desktop.gui.base.changes import LIBRARY, Changes
from ahash_desktop.gui.library.contents import Contents, changes_between, read_contents


class Reads:
    """Stands for the browser, and tells what was read."""

    def __init__(self, counts: LibraryCounts) -> None:
        self._counts = counts
        self.read: list[str] = []

    def counts(self) -> LibraryCounts:
        return self._counts

    def photo_ids(self, *, newest_first: bool) -> np.ndarray:
        self.read.append("photos")
        return np.array([2, 1] if newest_first else [1, 2])

    def photos_away(self) -> frozenset[int]:
        self.read.append("away")
        return frozenset({2})

    def roots(self) -> list[Root]:
        self.read.append("roots")
        return [Root(1, Path("/photos"), RootState.ONLINE, 0.0, None)]

    def problems(self) -> list[object]:
        self.read.append("problems")
        return []

    def missing(self) -> list[MissingEntry]:
        self.read.append("missing")
        return [MissingEntry(3, Path("/photos/gone.jpg"), 0.0)]


def read(reads: Reads, before: Contents, changes: Changes) -> tuple[Contents, Changes]:
    return read_contents(reads, before, changes, newest_first=False, keep_days=30)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (Changes(), []),
        (Changes(photos=True), ["photos", "away"]),
        (Changes(roots=True), ["away", "roots"]),
        (Changes(problems=True), ["problems"]),
        (Changes(missing=True), ["missing"]),
        (Changes(codes=True, model=True), []),
        (LIBRARY, ["photos", "away", "roots", "problems", "missing"]),
    ],
)
def test_only_what_has_changed_is_read(changes, expected):
    reads, counts = Reads(LibraryCounts(indexed=2)), LibraryCounts(indexed=2)
    contents, told = read(reads, Contents(counts=counts), changes)
    assert reads.read == expected
    assert told == changes
    assert contents.counts == counts


def test_what_was_read_before_stays():
    before, _ = read(Reads(LibraryCounts(indexed=2)), Contents(), LIBRARY)
    after, _ = read(Reads(LibraryCounts(indexed=2)), before, Changes(problems=True))
    assert after.photo_ids.tolist() == [1, 2]
    assert after.roots == before.roots
    assert after.n_overdue == 1


@pytest.mark.parametrize(
    ("after", "changes"),
    [
        (LibraryCounts(), Changes()),
        (LibraryCounts(pending=4), Changes(counts=True)),
        (LibraryCounts(indexed=4), Changes(counts=True, photos=True)),
        (LibraryCounts(problem=1), Changes(counts=True, problems=True)),
        (LibraryCounts(ignored=1), Changes(counts=True, problems=True)),
        (LibraryCounts(missing=1), Changes(counts=True, missing=True)),
    ],
)
def test_the_counts_tell_what_else_has_changed(after, changes):
    assert changes_between(LibraryCounts(), after) == changes
    assert read(Reads(after), Contents(), Changes())[1] == changes


def test_kinds_add_up():
    assert not Changes()
    assert Changes(photos=True) | Changes(model=True) == Changes(photos=True, model=True)
    assert Changes(model=True)
