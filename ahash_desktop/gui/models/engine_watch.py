"""Loads the model after the window is there, and says what keeps it from working."""

import logging

from PySide6.QtCore import QObject, Signal

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.wording import error_text
from ahash_desktop.services.session import LibrarySession

_log = logging.getLogger(__name__)


class EngineWatch(QObject):
    """Starts the engine once a model; a failure is told, and the next search tries again."""

    note_changed = Signal(str, str)

    def __init__(
        self, session: LibrarySession, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._loading = LatestJob(runner, Lane.ENGINE)
        self._started = False

    def start(self) -> None:
        """Loads the model in the background."""
        if self._started:
            return
        self._started = True
        self.note_changed.emit(self.tr("Loading the model…"), "")
        encoder = self._session.encoder

        def warm_up(_token: CancelToken) -> None:
            encoder.warm_up()
            _log.info("the engine is ready: %s", encoder.note)

        job = self._loading.start(warm_up)
        job.succeeded.connect(lambda _none: self.note_changed.emit("", ""))
        job.failed.connect(self._on_failed)

    def start_anew(self) -> None:
        """Loads another model."""
        self._started = False
        self.start()

    def _on_failed(self, error: Exception) -> None:
        self._started = False
        self.note_changed.emit(self.tr("The engine did not start"), error_text(error))
