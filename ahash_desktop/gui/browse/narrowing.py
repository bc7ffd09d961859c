"""Keeps the library grid to the photos that the filters ask for."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.browse.page import BrowsePage
from ahash_desktop.gui.search.controller import Scope, SearchController, ids_within
from ahash_desktop.services.session import LibrarySession


class Narrowing(QObject):
    """Follows the scope of the search, and connects the filter bar of a page with it."""

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        search: SearchController,
        page: BrowsePage,
        shows_filters: QAction,
    ) -> None:
        super().__init__(page)
        self._session = session
        self._search = search
        self._page = page
        self._ids: NDArray[np.int64] | None = None
        self._reading = LatestJob(runner, Lane.LOOKUP)
        self._offering = LatestJob(runner, Lane.LOOKUP)
        page.filters.scope_changed.connect(search.narrow)
        page.filters.order_changed.connect(page.arrange_hits)
        search.scope_changed.connect(self._on_scope_changed)
        shows_filters.toggled.connect(self._on_toggled)

    def among(self, photo_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of these photos that the filters ask for.

        They stay in their order, but for those that words ask for: the surest come first.
        """
        if self._ids is None:
            return photo_ids
        if self._search.state.scope.terms:
            return self._ids[np.isin(self._ids, photo_ids)]
        return photo_ids[np.isin(photo_ids, self._ids)]

    def refresh(self) -> None:
        """Asks again, for a library that has changed."""
        if _is_narrow(self._search.state.scope):
            self._on_scope_changed(self._search.state.scope)
        if self._page.filters.isVisible():
            self._offer()

    def _on_scope_changed(self, scope: Scope) -> None:
        self._page.filters.show_scope(scope)
        if not _is_narrow(scope):
            self._reading.stop()
            self._set(None)
            return
        session = self._session
        job = self._reading.start(lambda _token: ids_within(session, scope))
        job.succeeded.connect(self._set)
        job.failed.connect(self.failed)

    def _set(self, ids: NDArray[np.int64] | None) -> None:
        if ids is None and self._ids is None:
            return
        if ids is not None and self._ids is not None and np.array_equal(ids, self._ids):
            return
        self._ids = ids
        self.changed.emit()

    def _on_toggled(self, shown: bool) -> None:
        self._page.filters.setVisible(shown)
        if shown:
            self._offer()
            self._page.filters.folder.setFocus()

    def _offer(self) -> None:
        browser = self._session.browser
        job = self._offering.start(lambda _token: browser.filter_choices())
        job.succeeded.connect(self._page.filters.show_choices)
        job.failed.connect(self.failed)


def _is_narrow(scope: Scope) -> bool:
    """Whether a scope leaves out photos of the library."""
    return bool(scope.photos or scope.terms)
