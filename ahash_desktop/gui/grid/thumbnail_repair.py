"""Makes thumbnails again that were lost, once a photo without one comes into view."""

from PySide6.QtCore import QObject, QTimer

from ahash_desktop.gui.base.jobs import JobRunner, Lane
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.services.session import LibrarySession

_GATHER_MS = 300
_N_AT_ONCE = 16


class ThumbnailRepair(QObject):
    """Has a lost thumbnail made again, once until it has been seen.

    Args:
        session: The open library.
        runner: Runs the work off the window's thread.
        thumbnails: Tells which are lost, and is told which are there again.
    """

    def __init__(
        self, session: LibrarySession, runner: JobRunner, thumbnails: ThumbnailLoader
    ) -> None:
        super().__init__(thumbnails)
        self._session = session
        self._runner = runner
        self._thumbnails = thumbnails
        self._tried: set[int] = set()
        self._waiting: list[int] = []
        self._is_busy = False
        self._timer = QTimer(self, interval=_GATHER_MS, singleShot=True)
        self._timer.timeout.connect(self._start)
        thumbnails.lost.connect(self._on_lost)
        thumbnails.arrived.connect(self._on_arrived)

    def _on_lost(self, photo_id: int) -> None:
        if photo_id not in self._tried:
            self._tried.add(photo_id)
            self._waiting.append(photo_id)
            if not self._is_busy:
                self._timer.start()

    def _on_arrived(self, photo_id: int) -> None:
        """What is there may be lost once more."""
        if not self._thumbnails.is_absent(photo_id):
            self._tried.discard(photo_id)

    def _start(self) -> None:
        """The latest first: that is what is on the screen."""
        taken = self._waiting[-_N_AT_ONCE:]
        del self._waiting[-_N_AT_ONCE:]
        if not taken:
            return
        self._is_busy = True
        session = self._session
        job = self._runner.start(lambda token: session.remake_thumbnails(taken, token), Lane.ENGINE)
        job.succeeded.connect(self._thumbnails.retry)
        job.finished.connect(self._on_finished)

    def _on_finished(self) -> None:
        self._is_busy = False
        if self._waiting:
            self._timer.start()
