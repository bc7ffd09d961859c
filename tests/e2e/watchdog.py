"""Tells where a thread with an event loop works too long at a stretch."""

import faulthandler
import gc
import tempfile
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from PySide6.QtCore import QObject, Qt, QTimer

_TICK_MS = 2
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Stretch:
    """Work without a break: in which step, how long in seconds, and where it was seen."""

    step: str
    worked_s: float
    where: str

    def __str__(self) -> str:
        return f"{self.step}: {self.worked_s * 1000:.0f} ms at\n{self.where}"


class Watchdog(QObject):
    """Measures the processor time of the thread it is made in, between two turns of its loop.

    Only the thread's own time counts: a busy machine makes it wait, which is no fault of its own.

    Args:
        longest_s: What takes longer is kept in `stretches`.
    """

    def __init__(self, longest_s: float) -> None:
        super().__init__()
        self.step = ""
        self.longest_seen_s = 0.0
        self.stretches: list[Stretch] = []
        self._longest_s = longest_s
        self._watched = threading.get_ident()
        self._worked = self._began = 0.0
        self._seen: list[str] = []
        self._ended = threading.Event()
        self._looker = threading.Thread(target=self._look, name="watchdog")
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)

    def __enter__(self) -> Self:
        # Else rounds of the garbage collector through what other tests left count too.
        gc.collect()
        gc.freeze()
        self.forget()
        self._looker.start()
        self._timer.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        gc.unfreeze()
        self._timer.stop()
        self._ended.set()
        self._looker.join()
        self.deleteLater()

    def tick(self) -> None:
        """Ends a stretch."""
        worked_s = time.thread_time() - self._worked
        self.longest_seen_s = max(self.longest_seen_s, worked_s)
        if worked_s > self._longest_s:
            where = max(self._seen, key=self._seen.count, default="it was over before it was seen")
            self.stretches.append(Stretch(self.step, worked_s, where))
        self.forget()

    def forget(self) -> None:
        """Begins a stretch, whatever was before: that was the test's own work."""
        self._seen = []
        self._worked, self._began = time.thread_time(), time.monotonic()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_S):
            if time.monotonic() - self._began > self._longest_s / 2:
                self._seen.append(self._stack())

    def _stack(self) -> str:
        """What the watched thread is at, read without making objects of its frames."""
        with tempfile.TemporaryFile() as file:
            faulthandler.dump_traceback(file)
            file.seek(0)
            dumped = file.read().decode()
        for thread in dumped.split("\n\n"):
            if f"0x{self._watched:016x}" in thread.partition("\n")[0]:
                return "\n".join(thread.splitlines()[1:13])
        return dumped
