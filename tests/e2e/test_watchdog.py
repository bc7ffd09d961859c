"""The watchdog of the walk finds what it should."""

import time

from tests import patience
from tests.e2e.watchdog import Watchdog

LONGEST_S = 0.05


def work(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_long_work_is_found_and_short_work_is_not(qtbot):
    with Watchdog(LONGEST_S) as watchdog:
        watchdog.step = "short"
        work(0.01)
        qtbot.wait(patience.TURN_MS)
        watchdog.step = "long"
        work(0.12)
        qtbot.wait(patience.TURN_MS)
    (stretch,) = watchdog.stretches
    assert stretch.step == "long"
    assert 0.11 < stretch.worked_s < 0.3
    assert "work" in stretch.where


def test_waiting_is_no_work(qtbot):
    with Watchdog(LONGEST_S) as watchdog:
        time.sleep(2 * LONGEST_S)
        qtbot.wait(patience.TURN_MS)
    assert watchdog.stretches == []
