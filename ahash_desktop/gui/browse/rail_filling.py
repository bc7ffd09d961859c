"""Keeps the rail up with the library, and goes where a click in it leads."""

from PySide6.QtCore import QObject, QTimer, Signal

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.browse.rail import Rail
from ahash_desktop.gui.browse.rail_tree import MISSING, PROBLEMS, Way, ways_into, ways_of_late
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.search.controller import Scope, SearchController, SearchState
from ahash_desktop.gui.search.recent import RecentSearches
from ahash_desktop.services.session import LibrarySession

_REST_MS = 4000


class RailFilling(QObject):
    """Reads what there is off the window's thread, now and then while photos come in.

    Args:
        rail: What it fills.
        recent: The searches of late.
        search: A way that is taken ends the search and narrows what is shown.
    """

    problems_wanted = Signal()
    missing_wanted = Signal()
    all_wanted = Signal()
    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        catalogue: Catalogue,
        search: SearchController,
        recent: RecentSearches,
        rail: Rail,
    ) -> None:
        super().__init__(rail)
        self._session = session
        self._catalogue = catalogue
        self._search = search
        self._recent = recent
        self._rail = rail
        self._ways: tuple[Way, ...] = ()
        self._reading = LatestJob(runner, Lane.LOOKUP)
        self._is_reading = False
        self._is_stale = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._read_if_stale)
        rail.chosen.connect(self._go)
        recent.changed.connect(self._show)
        catalogue.changed.connect(self._on_changed)
        search.scope_changed.connect(lambda _scope: self._show_current())
        search.examples_changed.connect(self._show_current)

    @property
    def taken_text(self) -> str:
        """What leads to the photos that are shown; empty for all of them."""
        wanted = self._search.state.scope.photos
        return self._rail.rail_model.text_of(wanted) if wanted else ""

    def refresh(self) -> None:
        """Reads what there is, or notes to do so when it last did a moment ago."""
        self._is_stale = True
        if not self._is_reading and not self._rest.isActive():
            self._read_if_stale()

    def _on_changed(self, changes: Changes) -> None:
        if changes.photos or changes.roots or changes.problems or changes.missing:
            self.refresh()

    def _read_if_stale(self) -> None:
        if not self._is_stale:
            return
        self._is_stale, self._is_reading = False, True
        browser, counts = self._session.browser, self._catalogue.contents.counts
        job = self._reading.start(lambda _token: ways_into(browser.overview(), counts))
        job.succeeded.connect(self._on_read)
        job.failed.connect(self.failed)
        job.finished.connect(self._on_finished)

    def _on_read(self, ways: tuple[Way, ...]) -> None:
        self._ways = ways
        self._show()

    def _show(self) -> None:
        self._rail.show_ways((*self._ways, *ways_of_late(self._recent.all)), self._current())

    def _on_finished(self) -> None:
        self._is_reading = False
        if self._catalogue.is_indexing:
            self._rest.start()
        else:
            self._read_if_stale()

    def _current(self) -> PhotoFilter | None:
        """What is shown, unless that is the matches of a search."""
        state = self._search.state
        return None if state.examples or state.scope.terms else state.scope.photos

    def _show_current(self) -> None:
        self._rail.show_current(self._current())

    def _go(self, way: Way) -> None:
        if way.key[0] == PROBLEMS:
            self.problems_wanted.emit()
        elif way.key[0] == MISSING:
            self.missing_wanted.emit()
        elif way.recent is not None:
            self._recent.repeat(way.recent)
        elif way.wanted is not None:
            self.all_wanted.emit()
            self._search.restore(SearchState(scope=Scope(way.wanted)))
