"""Favourites: a key makes the chosen photos ones, or takes that back."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.services.session import LibrarySession


class FavouriteCommands(QObject):
    """Knows which photos are favourites, and changes that.

    Args:
        action: Makes the chosen photos favourites, or if all are so already, no more.
        chosen_ids: Ids of the photos now chosen.
    """

    changed = Signal(object)
    """All photos that are favourites now, frozenset[int]."""
    counted = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        action: QAction,
        chosen_ids: Callable[[], list[int]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._chosen_ids = chosen_ids
        self._reading = LatestJob(runner, Lane.LOOKUP)
        self._ids: frozenset[int] = frozenset()
        action.triggered.connect(self.toggle)

    @property
    def ids(self) -> frozenset[int]:
        """The photos that are favourites, as far as known."""
        return self._ids

    def refresh(self) -> None:
        """Reads them anew."""
        browser = self._session.browser
        job = self._reading.start(lambda _token: browser.favourites())
        job.succeeded.connect(self._on_read)
        job.failed.connect(self.failed)

    def on_changed(self, changes: Changes) -> None:
        """Follows the library."""
        if changes.photos:
            self.refresh()

    def toggle(self) -> None:
        """Makes the chosen photos favourites, or no more if all of them are."""
        photo_ids = self._chosen_ids()
        if not photo_ids:
            return
        are_favourites = not self._ids.issuperset(photo_ids)
        browser = self._session.browser

        def work(_token: CancelToken) -> frozenset[int]:
            browser.mark_favourites(photo_ids, are_favourites=are_favourites)
            return browser.favourites()

        job = self._runner.start(work, Lane.LOOKUP)
        job.succeeded.connect(self._on_read)
        job.succeeded.connect(lambda _ids: self.counted.emit(Changes(photos=True)))
        job.failed.connect(self.failed)

    def _on_read(self, ids: frozenset[int]) -> None:
        if ids != self._ids:
            self._ids = ids
            self.changed.emit(ids)
