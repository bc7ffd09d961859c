from dataclasses import replace

import pytest

from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import Hold, HoldKind
from ahash_desktop.services.machine import Machine
from ahash_desktop.services.pacing import Pace


class Surroundings:
    """A machine, a clock and settings that a test turns as it likes."""

    def __init__(self) -> None:
        self.on_battery = False
        self.busy_share = 0.0
        self.now_s = 0.0
        self.settings = Settings()
        self.pace = Pace(lambda: self.settings, self, lambda: self.now_s)

    def is_on_battery(self) -> bool:
        return self.on_battery

    def others_share(self) -> float:
        return self.busy_share

    def choose(self, **changes: bool) -> None:
        self.settings = replace(self.settings, **changes)

    def after(self, seconds: float) -> Hold | None:
        self.now_s += seconds
        return self.pace.hold()


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


def test_nothing_holds_an_update_by_default(around: Surroundings) -> None:
    around.on_battery, around.busy_share = True, 1.0
    assert around.after(1) is None


def test_pausing_is_noticed_within_a_second_and_so_is_taking_it_back(around: Surroundings) -> None:
    assert around.after(0) is None
    around.choose(paused=True)
    assert around.after(0.6) == Hold(HoldKind.PAUSED)
    around.choose(paused=False)
    assert around.after(0.6) is None


def test_an_update_waits_for_mains_power_if_told_to(around: Surroundings) -> None:
    around.choose(not_on_battery=True)
    around.on_battery = True
    assert around.after(1) == Hold(HoldKind.ON_BATTERY)
    around.on_battery = False
    assert around.after(1) is None


def test_an_update_waits_until_others_have_been_quiet_for_a_while(around: Surroundings) -> None:
    around.choose(only_when_idle=True)
    holds = [around.after(2) for _ in range(4)]
    assert holds == [Hold(HoldKind.BUSY), Hold(HoldKind.BUSY), None, None]
    around.busy_share = 0.6
    assert around.after(2) == Hold(HoldKind.BUSY)
    around.busy_share = 0.1
    assert around.after(2) == Hold(HoldKind.BUSY)


def test_the_settings_are_not_read_for_every_photo() -> None:
    n_read = 0

    def read() -> Settings:
        nonlocal n_read
        n_read += 1
        return Settings()

    pace = Pace(read, Surroundings(), lambda: 0.0)
    for _ in range(100):
        pace.hold()
    assert n_read == 1


def test_this_machine_can_be_looked_at() -> None:
    machine = Machine()
    assert machine.is_on_battery() in (True, False)
    assert 0.0 <= machine.others_share() <= 1.0
