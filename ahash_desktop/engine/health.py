"""How one engine process after another fares, and when it is time to give up."""

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.engine.flight import Death

_DEATHS_IN_A_ROW = 4


class Health:
    """Bookkeeping of starts and deaths; nothing here blocks.

    Attributes:
        is_ready: Whether the process that runs has loaded the model and shown that it works.
        is_wary: Whether the last process ended before that, so that the next one gets no file
            until it has.
        trouble: Why the network of the process that runs cannot go on; None if it can.

    Args:
        max_memory_bytes: Memory that a process may take up.
        log: The engine's log.
    """

    def __init__(self, max_memory_bytes: float, log: str) -> None:
        self._max_memory_bytes = max_memory_bytes
        self._log = log
        self._n_deaths_in_a_row = 0
        self.is_ready = False
        self.is_wary = False
        self.trouble: UserFacingError | None = None

    def begin_anew(self) -> None:
        """Forgets what was, because somebody asks for another try."""
        self._n_deaths_in_a_row = 0
        self.is_ready = self.is_wary = False
        self.trouble = None

    def become_ready(self) -> None:
        """Notes that the process works."""
        self.is_ready = True
        self.is_wary = False

    def has_worked(self) -> None:
        """Notes that something came of it."""
        self._n_deaths_in_a_row = 0

    def process_ended(self, death: Death, *, is_accounted_for: bool) -> UserFacingError | None:
        """Why there shall be no further process; None if there shall be one.

        Args:
            death: How the process ended.
            is_accounted_for: Whether it was to be replaced anyway, or a picture was to blame.
        """
        self._n_deaths_in_a_row = 0 if is_accounted_for else self._n_deaths_in_a_row + 1
        trouble, self.trouble = self.trouble, None
        self.is_wary = not self.is_ready
        self.is_ready = False
        if self._n_deaths_in_a_row < _DEATHS_IN_A_ROW:
            return None
        return trouble or self._what_is_wrong(death)

    def _what_is_wrong(self, death: Death) -> UserFacingError:
        if death is Death.TOO_LARGE:
            limit = f"{self._max_memory_bytes / 1e6:,.0f} MB"
            return UserFacingError(
                f"the engine needs more memory than the {limit} it may take up",
                remedy="Allow it more in the settings, or use a smaller model",
            )
        return UserFacingError(
            "the engine keeps ending unexpectedly",
            path=self._log,
            remedy="Look at its log, named here, then try again",
        )
