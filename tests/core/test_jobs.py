"""Jobs stop, hold and tell their speed when asked."""

import threading

import pytest

from ahash_desktop.core.errors import Cancelled
from ahash_desktop.core.jobs import CancelToken, RateMeter, WorkClock
from tests import patience


def test_a_fresh_token_lets_the_job_run() -> None:
    token = CancelToken()
    token.raise_if_cancelled()
    assert not token.is_cancelled
    assert not token.is_paused
    assert token.wait_while_paused(0)


def test_a_cancelled_job_ends_at_its_next_check() -> None:
    token = CancelToken()
    token.cancel()
    assert token.is_cancelled
    with pytest.raises(Cancelled):
        token.raise_if_cancelled()


def test_a_paused_job_waits_until_it_is_resumed() -> None:
    token = CancelToken()
    token.pause()
    assert not token.wait_while_paused(0)
    went_on = threading.Event()
    waiting = threading.Thread(target=lambda: token.wait_while_paused() and went_on.set())
    waiting.start()
    assert token.is_paused
    assert not went_on.is_set()
    token.resume()
    patience.join(waiting)
    assert went_on.is_set()


def test_cancelling_wakes_a_paused_job() -> None:
    token = CancelToken()
    token.pause()
    token.cancel()
    assert token.wait_while_paused(0)
    assert not token.is_paused


def test_a_cancelled_job_cannot_be_paused() -> None:
    token = CancelToken()
    token.cancel()
    token.pause()
    assert not token.is_paused


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_known_of_the_speed_at_first() -> None:
    meter = RateMeter(clock=Clock())
    assert meter.per_second == 0
    assert meter.seconds_left(10) is None


def test_a_steady_job_has_its_true_speed() -> None:
    clock = Clock()
    meter = RateMeter(clock=clock)
    for done in range(1, 101):
        clock.now += 0.5
        meter.update(done)
    assert meter.per_second == pytest.approx(2.0)
    assert meter.seconds_left(30) == pytest.approx(15.0)


def test_the_speed_follows_the_last_seconds_only() -> None:
    clock = Clock()
    meter = RateMeter(window_s=10, clock=clock)
    done = 0
    for step in (100, 1):
        for _ in range(30):
            clock.now += 1
            done += step
            meter.update(done)
    assert meter.per_second == pytest.approx(1.0)


def test_a_job_that_stands_still_has_no_time_left_to_tell() -> None:
    clock = Clock()
    meter = RateMeter(clock=clock)
    clock.now += 5
    meter.update(0)
    assert meter.seconds_left(10) is None


def test_what_a_job_stood_still_does_not_slow_its_pace() -> None:
    clock = Clock()
    work = WorkClock(clock)
    meter = RateMeter(clock=work)
    for done in range(1, 11):
        clock.now += 1
        meter.update(done)
    with work.stopped():
        clock.now += 3600
    clock.now += 1
    meter.update(11)
    assert meter.per_second == pytest.approx(1.0)
    assert work() == pytest.approx(111.0)
