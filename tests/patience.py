"""How patient tests are: what they wait for, how long a test may take, what work may cost.

A wait ends as soon as what is waited for has come, so being patient costs nothing where all is
well: the times are those of a machine many times slower than one to work on. `AHASH_PATIENCE=4`
makes them four times as long, for one that is slower still. What a piece of work may cost is
measured against what the machine can do at that moment, see `Budget`.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

FACTOR = float(os.environ.get("AHASH_PATIENCE", "1"))
"""How much longer than usual everything may take."""

SOON_S = 60.0 * FACTOR
"""For what comes at once where nothing else runs: an answer, a picture, a few photos' codes."""

LATER_S = 300.0 * FACTOR
"""For what takes seconds where nothing else runs: a whole program that starts, works and ends."""

TEST_S = 600.0 * FACTOR
"""For a test; one that needs longer says so by `minutes`."""

SOON_MS = round(SOON_S * 1000)
LATER_MS = round(LATER_S * 1000)

TICK_S = 0.01
"""Between two looks at something that tells nobody when it changes."""

TURN_MS = 20
"""For an event loop to turn, so that what must not happen would have happened."""

_NOMINAL_S = 0.003
"""What `_work` takes on the machine that budgets are written for."""


def minutes(number: float) -> float:
    """Seconds that a long test may take: `@pytest.mark.timeout(patience.minutes(30))`."""
    return 60.0 * number * FACTOR


def wait_for(event: threading.Event) -> None:
    """Returns once an event is set; fails if that does not happen."""
    assert event.wait(SOON_S), "what was waited for never came"


def hold(event: threading.Event) -> None:
    """Keeps a thread until a test lets it go; fails if the test forgets to."""
    assert event.wait(TEST_S), "nobody let this thread go"


def join(*threads: threading.Thread) -> None:
    """Returns once threads have ended; fails if they do not."""
    for thread in threads:
        thread.join(SOON_S)
        assert not thread.is_alive(), f"{thread.name} did not end"


def until(holds: Callable[[], object]) -> None:
    """Returns once something holds; fails if it never does. With Qt, see `qtbot.waitUntil`."""
    for _ in looks():
        if holds():
            return


def looks(seconds: float = SOON_S) -> Iterator[None]:
    """Turns of a loop that waits for something; fails when it has waited too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(TICK_S)
    raise AssertionError("what was waited for never came")


class Budget:
    """What work may cost, in processor time of a machine to work on, whatever this one is.

    `with Budget() as budget: …` measures before and after how long a fixed piece of work takes;
    `budget.allows(seconds, 0.05)` compares with the slower of the two.
    """

    slowness = 1.0

    def __enter__(self) -> Self:
        self.slowness = slowness()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.slowness = max(self.slowness, slowness())

    def allows(self, spent_s: float, nominal_s: float) -> bool:
        """Whether processor time that was spent here is less than what is allowed there."""
        return spent_s < nominal_s * self.slowness * FACTOR


def slowness() -> float:
    """How many times longer work takes here and now than where budgets are written; at least 1."""
    return max(1.0, statistics.median(_work() for _ in range(9)) / _NOMINAL_S)


def _work() -> float:
    """Processor time of a piece of work such as the program's own: calls, objects, numbers."""
    began = time.thread_time()
    made = {number: str(number) for number in range(20_000)}
    sum(len(text) for text in made.values())
    return time.thread_time() - began
