"""The watchdog of the walk finds what it should."""

import time

from tests.e2e.watchdog import Watchdog


def work(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_long_work_is_found_and_short_work_is_not(qtbot):
    with Watchdog(0.05) as watchdog:
        watchdog.step = "short"
        work(0.01)
        qtbot.wait(20)
        watchdog.step = "long"
        work(0.12)
        qtbot.wait(20)
    (stretch,) = watchdog.stretches
    assert stretch.step == "long"
    assert 0.11 < stretch.worked_s < 0.3
    assert "work" in stretch.where


def test_waiting_is_no_work(qtbot):
    with Watchdog(0.05) as watchdog:
        time.sleep(0.1)
        qtbot.wait(20)
    assert watchdog.stretches == []
