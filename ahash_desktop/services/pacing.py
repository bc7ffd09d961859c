"""When an update of the library steps back: paused for good, on battery, others at work."""

import time
from collections.abc import Callable
from typing import Protocol

from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import Hold, HoldKind

_LOOK_S = 0.5
_MEASURE_S = 2.0
_BUSY_SHARE = 0.25
_QUIET_LOOKS = 3


class MachineState(Protocol):
    """What there is to know of the machine; `services.machine` asks the system."""

    def is_on_battery(self) -> bool:
        """Whether it runs on its battery."""
        ...

    def others_share(self) -> float:
        """The share of the processors that other programs used since the last call, 0 … 1."""
        ...


class Pace:
    """Follows the settings, which any program may change meanwhile, and the machine.

    The machine counts as idle once other programs have used less than a quarter of its
    processors in three looks two seconds apart.

    Args:
        settings: Gives the settings as they are now.
        machine: What the machine is doing.
        clock: Seconds from any start; replaced in tests.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        machine: MachineState,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._machine = machine
        self._clock = clock
        self._looked_at = float("-inf")
        self._measured_at = float("-inf")
        self._n_quiet = 0
        self._hold: Hold | None = None

    def hold(self) -> Hold | None:
        """Why an update should wait now; it costs nothing to ask often."""
        now = self._clock()
        if now - self._looked_at >= _LOOK_S:
            self._looked_at = now
            self._hold = self._look(self._settings(), now)
        return self._hold

    def _look(self, settings: Settings, now: float) -> Hold | None:
        if settings.paused:
            return Hold(HoldKind.PAUSED)
        if settings.not_on_battery and self._machine.is_on_battery():
            return Hold(HoldKind.ON_BATTERY)
        if settings.only_when_idle and not self._is_idle(now):
            return Hold(HoldKind.BUSY)
        return None

    def _is_idle(self, now: float) -> bool:
        if now - self._measured_at >= _MEASURE_S:
            self._measured_at = now
            is_quiet = self._machine.others_share() < _BUSY_SHARE
            self._n_quiet = self._n_quiet + 1 if is_quiet else 0
        return self._n_quiet >= _QUIET_LOOKS
