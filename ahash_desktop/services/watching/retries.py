"""Reads files again that could not be read just after they came: a copy may not have been done."""

from collections.abc import Sequence

from ahash_desktop.core.records import ProblemEntry, ProblemKind

_DELAYS_S = (5.0, 30.0, 120.0)
_PASSING = frozenset(
    (
        ProblemKind.BROKEN,
        ProblemKind.EMPTY,
        ProblemKind.NO_PERMISSION,
        ProblemKind.NOT_A_PICTURE,
        ProblemKind.UNREADABLE,
        ProblemKind.VANISHED,
    )
)


class Retries:
    """Plans further attempts, three for each file, with longer and longer waits between them.

    Problems that were there when a folder was first looked through are not tried again.
    """

    def __init__(self) -> None:
        self._started: set[int] = set()
        self._old: set[int] = set()
        self._n_tried: dict[int, int] = {}
        self._due: dict[int, tuple[float, int]] = {}

    def note(self, root_ids: frozenset[int], problems: Sequence[ProblemEntry], now: float) -> None:
        """Takes in what could not be read after a look through some folders."""
        for entry in problems:
            if entry.root_id not in self._started:
                self._old.add(entry.photo_id)
            elif entry.photo_id not in self._old and entry.problem.kind in _PASSING:
                self._plan(entry, now)
        self._started |= root_ids
        left = {entry.photo_id for entry in problems}
        for photo_id, (_, root_id) in list(self._due.items()):
            if root_id in root_ids and photo_id not in left:
                del self._due[photo_id]

    def take_due(self, now: float) -> dict[int, int]:
        """The files to read again now, and which folder each belongs to."""
        due = {photo_id: root_id for photo_id, (at, root_id) in self._due.items() if at <= now}
        for photo_id in due:
            del self._due[photo_id]
        return due

    def _plan(self, entry: ProblemEntry, now: float) -> None:
        n_tried = self._n_tried.get(entry.photo_id, 0)
        if entry.photo_id not in self._due and n_tried < len(_DELAYS_S):
            self._n_tried[entry.photo_id] = n_tried + 1
            self._due[entry.photo_id] = now + _DELAYS_S[n_tried], entry.root_id
