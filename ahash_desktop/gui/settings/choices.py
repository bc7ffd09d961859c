"""The settings as the window knows them: one keeper that everything asks, tells and follows."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.settings import Settings, change_settings, load_settings
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane

_log = logging.getLogger(__name__)


class Choices(QObject):
    """Holds the settings and keeps them in their file, one thing after the other.

    A choice counts at once; one that cannot be kept is told of and taken back. What another
    program has chosen meanwhile is seen whenever the file is read or written.

    Args:
        path: The file.
        values: What is in it, as far as known.
        runner: Reads and writes off the window's thread.
    """

    changed = Signal(object)
    """Names of the settings that are others now, frozenset[str]."""
    refreshed = Signal()
    failed = Signal(object)

    def __init__(
        self, path: Path, values: Settings, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._path = path
        self._values = values
        self._runner = runner
        self._unwritten: dict[str, Any] = {}
        self._job: Job | None = None
        self._reads_again = False

    @property
    def values(self) -> Settings:
        """What is chosen now."""
        return self._values

    def change(self, **changes: Any) -> None:
        """Chooses something else and keeps it.

        Raises:
            ValueError: If a value does not fit.
        """
        chosen = replace(self._values, **changes)
        self._unwritten |= changes
        self._take(chosen)
        self._start()

    def refresh(self) -> None:
        """Reads the file anew; `refreshed` tells when what it says is known."""
        self._reads_again = True
        self._start()

    def write_now(self) -> None:
        """Writes what has not been written yet; for the end, when no job runs any more."""
        if not self._unwritten:
            return
        try:
            change_settings(self._path, **self._unwritten)
        except UserFacingError as error:
            _log.warning("%s", error)
        self._unwritten = {}

    def _start(self) -> None:
        """Writes what waits for it, or reads; never two at a time."""
        if self._job is not None:
            return
        changes, self._reads_again = dict(self._unwritten), False

        def work(_token: CancelToken) -> Settings:
            return change_settings(self._path, **changes) if changes else load_settings(self._path)

        self._job = self._runner.start(work, Lane.LOOKUP)
        self._job.succeeded.connect(lambda known: self._on_known(changes, known))
        self._job.failed.connect(lambda error: self._on_failed(changes, error))
        self._job.finished.connect(self._on_finished)

    def _on_known(self, written: dict[str, Any], known: Settings) -> None:
        self._forget(written)
        self._take(replace(known, **self._unwritten))
        if not self._reads_again:
            self.refreshed.emit()

    def _on_failed(self, written: dict[str, Any], error: Exception) -> None:
        self._forget(written)
        self._reads_again = bool(written)
        self.failed.emit(error)

    def _on_finished(self) -> None:
        self._job = None
        if self._unwritten or self._reads_again:
            self._start()

    def _forget(self, written: dict[str, Any]) -> None:
        """Takes off the list what was written, unless something else was chosen since."""
        for name, value in written.items():
            if name in self._unwritten and self._unwritten[name] == value:
                del self._unwritten[name]

    def _take(self, values: Settings) -> None:
        names, self._values = self._values.differing(values), values
        if names:
            self.changed.emit(names)
