"""A clock that stands still while the machine sleeps."""

import threading
import time

_LONGEST_S = 5.0


class AwakeClock:
    """Seconds for somebody who looks several times a second while anything depends on them.

    Between two looks that lie far apart the machine has slept, or nobody got to run: on Windows
    `time.monotonic` goes on then, and a file that was being read would seem to take hours.
    """

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._seen_at = time.monotonic()
        self._awake_s = 0.0

    def now(self) -> float:
        """Seconds awake, from any thread."""
        with self._looking:
            at = time.monotonic()
            self._awake_s += min(at - self._seen_at, _LONGEST_S)
            self._seen_at = at
            return self._awake_s
