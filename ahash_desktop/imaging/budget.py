"""One budget of memory for all pictures that are decoded at the same time."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator


class MemoryBudget:
    """Memory that several threads share out; what does not fit waits for its turn.

    Turns go in the order of asking, those of pictures that somebody waits for before all others.
    If nobody is at work who could give memory back, the first in line gets what it asks for, so
    that the work never stands still.

    Args:
        total_bytes: What all claims together may hold.
    """

    def __init__(self, total_bytes: int) -> None:
        self._total_bytes = total_bytes
        self._changed = threading.Condition()
        self._taken_bytes = 0
        self._n_at_work = 0
        self._line: deque[Claim] = deque()

    @property
    def taken_bytes(self) -> int:
        """What all claims together hold now."""
        with self._changed:
            return self._taken_bytes

    @contextlib.contextmanager
    def claim(
        self, *, is_awaited: bool = False, on_wait: Callable[[bool], None] = lambda _waits: None
    ) -> "Iterator[Claim]":
        """A claim for the time that one picture takes; it holds nothing yet.

        Args:
            is_awaited: Whether somebody waits for the picture.
            on_wait: Called with True before it waits for its turn, and with False after.
        """
        claim = Claim(self, is_awaited, on_wait)
        try:
            yield claim
        finally:
            self.resize(claim, 0)

    def resize(self, claim: "Claim", n_bytes: int) -> None:
        """Has a claim hold so much, waiting for its turn if it is more than before."""
        with self._changed:
            if n_bytes > claim.held_bytes and not (not self._line and self._fits(claim, n_bytes)):
                self._wait(claim, n_bytes)
            self._n_at_work += (n_bytes > 0) - (claim.held_bytes > 0)
            self._taken_bytes += n_bytes - claim.held_bytes
            claim.held_bytes = n_bytes
            self._changed.notify_all()

    def _fits(self, claim: "Claim", n_bytes: int) -> bool:
        return self._taken_bytes + n_bytes - claim.held_bytes <= self._total_bytes

    def _wait(self, claim: "Claim", n_bytes: int) -> None:
        is_at_work = claim.held_bytes > 0
        self._n_at_work -= is_at_work
        if claim.is_awaited:
            self._line.appendleft(claim)
        else:
            self._line.append(claim)
        self._changed.notify_all()
        claim.on_wait(True)
        self._changed.wait_for(
            lambda: self._line[0] is claim and (self._fits(claim, n_bytes) or self._n_at_work == 0)
        )
        self._line.popleft()
        self._n_at_work += is_at_work
        claim.on_wait(False)


class Claim:
    """What one picture takes: the bytes of its file, and what decoding them needs.

    Attributes:
        held_bytes: What it holds of the budget now.
        is_awaited: Whether somebody waits for the picture.
        on_wait: Called with True before it waits for its turn, and with False after.
    """

    def __init__(
        self, budget: MemoryBudget, is_awaited: bool, on_wait: Callable[[bool], None]
    ) -> None:
        self._budget = budget
        self._file_bytes = 0
        self.held_bytes = 0
        self.is_awaited = is_awaited
        self.on_wait = on_wait

    def reserve_file(self, n_bytes: int) -> None:
        """Waits until the file can be read whole."""
        self._file_bytes = n_bytes
        self._budget.resize(self, n_bytes)

    def reserve_pixels(self, n_bytes: int) -> None:
        """Waits until the picture can be decoded, in place of what was reserved for that before."""
        self._budget.resize(self, self._file_bytes + n_bytes)
