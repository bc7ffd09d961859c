"""Sleep counts for nothing."""

import itertools

import pytest

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.engine import awake_clock
from ahash_desktop.engine.awake_clock import AwakeClock
from ahash_desktop.engine.flight import Death
from tests.engine.test_flight import flight_of


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the system's clock shows; the last time is shown for ever."""
    times = [0.0]
    monkeypatch.setattr(awake_clock.time, "monotonic", lambda: times[-1])
    return times


def test_looks_close_together_tell_the_time(hours: list[float]) -> None:
    clock = AwakeClock()
    for at in itertools.accumulate([0.2] * 400):
        hours.append(at)
        assert clock.now() == pytest.approx(at)


def test_a_night_asleep_makes_no_file_too_slow(hours: list[float]) -> None:
    clock, flight = AwakeClock(), flight_of(1)
    flight.take_sendable()
    flight.decode_began(1, clock.now())
    hours.append(8 * 3600.0)
    assert not flight.is_overdue(clock.now())
    for at in range(1, 61):
        hours.append(8 * 3600.0 + at)
        overdue = flight.is_overdue(clock.now())
    assert overdue
    (verdict,) = flight.process_died(clock.now(), Death.ENDED)
    assert verdict.problem is not None
    assert verdict.problem.kind is ProblemKind.TOO_SLOW
