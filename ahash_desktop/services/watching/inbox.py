"""Takes in, from any thread, that something has changed below a folder."""

import threading


class Inbox:
    """Counts changes by folder; however many there are, it does not grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._filled = threading.Event()
        self._counts: dict[int, int] = {}

    def touch(self, root_id: int) -> None:
        """Something has changed below this folder."""
        with self._lock:
            self._counts[root_id] = self._counts.get(root_id, 0) + 1
        self._filled.set()

    def take(self) -> dict[int, int]:
        """Changes since the last call, by folder."""
        with self._lock:
            counts, self._counts = self._counts, {}
            self._filled.clear()
        return counts

    def wait(self, timeout_s: float) -> None:
        """Waits until something has changed, but no longer than that."""
        self._filled.wait(timeout_s)
