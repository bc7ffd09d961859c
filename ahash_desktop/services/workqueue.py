"""The order in which waiting files are read: what the user looks at comes first."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from ahash_desktop.core.records import WorkItem

_AT_ONCE = 64
_MOST_PREFERRED = 1000


class Wishes:
    """Photos that someone looks at; any thread may add some. The latest count most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._photo_ids: list[int] = []

    def prefer(self, photo_ids: Sequence[int]) -> None:
        """Has these read before all others, if they wait to be read."""
        with self._lock:
            self._photo_ids = [*photo_ids, *self._photo_ids][:_MOST_PREFERRED]

    def take(self) -> list[int]:
        """The photos wished for since the last call, the latest wishes first."""
        with self._lock:
            taken, self._photo_ids = self._photo_ids, []
        return taken


class WorkQueue:
    """Files of one run that wait for their turn; in memory it keeps little more than their ids.

    The truth is the library: what a run does not finish waits in the next one.

    Args:
        photo_ids: All that waits, in order.
        load: Gives the files of some ids, without those that no longer wait.
        wishes: Photos to take first.
    """

    def __init__(
        self,
        photo_ids: Iterable[int],
        load: Callable[[Sequence[int]], list[WorkItem]],
        wishes: Wishes,
    ) -> None:
        self._order = deque(photo_ids)
        self._waiting = set(self._order)
        self._load = load
        self._wishes = wishes
        self._next: deque[WorkItem] = deque()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._next)

    @property
    def first(self) -> WorkItem | None:
        """The file whose turn is next, if it is known yet."""
        return self._next[0] if self._next else None

    def take(self) -> WorkItem | None:
        """The next file; None when there is none left."""
        wanted = [photo_id for photo_id in self._wishes.take() if photo_id in self._waiting]
        if wanted:
            self._waiting.difference_update(wanted)
            self._next.extendleft(reversed(self._load(list(dict.fromkeys(wanted)))))
        while not self._next and self._waiting:
            self._next.extend(self._load(self._take_ids()))
        return self._next.popleft() if self._next else None

    def put_back(self, items: Sequence[WorkItem]) -> None:
        """Gives files their turn before all others."""
        self._next.extendleft(reversed(items))

    def take_back(self, photo_ids: Sequence[int]) -> None:
        """Gives files their turn again before all others; each is looked up anew when it comes."""
        again = [*photo_ids, *(item.photo_id for item in self._next)]
        self._next.clear()
        self._order.extendleft(reversed(again))
        self._waiting.update(again)

    def _take_ids(self) -> list[int]:
        taken: list[int] = []
        while self._order and len(taken) < _AT_ONCE:
            photo_id = self._order.popleft()
            if photo_id in self._waiting:
                self._waiting.remove(photo_id)
                taken.append(photo_id)
        return taken
