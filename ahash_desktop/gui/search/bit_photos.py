"""Finds the photos that have a bit on or off."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.wording import bit_text, speaks_chinese
from ahash_desktop.services.session import LibrarySession


class BitPhotos(QObject):
    """Looks them up off the window's thread; a later wish silences the one before.

    `found` carries photo ids int64 (n,), the surest first, and what they have in common.
    """

    found = Signal(object, str)
    failed = Signal(object)

    def __init__(self, session: LibrarySession, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._listing = LatestJob(runner, Lane.SEARCH)

    def find(self, bit: int, *, on: bool) -> None:
        """Asks for all photos that have a bit on, or off."""
        bits = self._session.bits

        def work(_token: object) -> tuple[NDArray[np.int64], str | None]:
            return bits.photos_said(bit, has=on), bits.names(in_chinese=speaks_chinese()).get(bit)

        job = self._listing.start(work)
        job.succeeded.connect(lambda found: self._on_found(bit, on, *found))
        job.failed.connect(self.failed)

    def _on_found(self, bit: int, on: bool, photo_ids: NDArray[np.int64], name: str | None) -> None:
        text = (
            self.tr("{bit} on, strongest first") if on else self.tr("{bit} off, weakest first")
        ).format(bit=bit_text(bit, name))
        self.found.emit(photo_ids, text[:1].upper() + text[1:])
