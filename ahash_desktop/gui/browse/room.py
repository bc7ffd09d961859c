"""The room where photos are browsed: the library's, or the matches of a search."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.base.wording import error_text
from ahash_desktop.gui.browse.first_sample import FirstSample
from ahash_desktop.gui.browse.narrowing import Narrowing
from ahash_desktop.gui.browse.page import BrowsePage
from ahash_desktop.gui.browse.rail import Rail
from ahash_desktop.gui.browse.rail_filling import RailFilling
from ahash_desktop.gui.browse.shown_photos import ShownPhotos
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.search.controller import SearchController, SearchResult, SearchState
from ahash_desktop.gui.search.recent import RecentSearches
from ahash_desktop.gui.search.word_asking import WordAsking
from ahash_desktop.services.session import LibrarySession


class BrowseRoom(QObject):
    """Fills the page with what the library holds and what the search finds.

    `menu_wanted` carries a place on the screen, `drag_wanted` the widget it begins at,
    `similar_wanted` the id of a photo.

    Args:
        catalogue: What the library holds.
        search: What is asked, and found.
        thumbnails: Pixmaps of photos.
        words: What is asked in words.
        recent: The searches of late.
        shows_filters: Shows the filters, and hides them.
    """

    chosen_changed = Signal()
    activated = Signal()
    double_clicked = Signal()
    similar_wanted = Signal(int)
    view_wanted = Signal()
    menu_wanted = Signal(object)
    drag_wanted = Signal(QWidget)
    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        catalogue: Catalogue,
        search: SearchController,
        thumbnails: ThumbnailLoader,
        theme: ThemeController,
        words: WordAsking,
        recent: RecentSearches,
        shows_filters: QAction,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._catalogue = catalogue
        self._search = search
        self._thumbnails = thumbnails
        self.page = BrowsePage(search, thumbnails, theme.colours, session.model.n_bits)
        self.narrowing = Narrowing(session, runner, search, self.page, shows_filters)
        self.sample = FirstSample(session, runner, catalogue, theme, self)
        self.page.add_to_message(self.sample.row)
        self.rail = Rail()
        self.ways = RailFilling(session, runner, catalogue, search, recent, self.rail)
        self.photos = ShownPhotos(catalogue, self.narrowing, words, self.ways, self.page, self)
        self.ways.all_wanted.connect(self.photos.choose_all)
        self.ways.failed.connect(self.failed)
        words.noted.connect(self.page.say_of_words)
        theme.colours_changed.connect(self.page.set_colours)
        self._connect_search()
        self._connect_grids()
        catalogue.noted.connect(self._on_noted)
        catalogue.changed.connect(self._on_changed)
        self.narrowing.changed.connect(self._fill)
        self.narrowing.failed.connect(self.failed)
        self.page.all_photos_wanted.connect(self.show_all)

    def acted_on_ids(self) -> list[int]:
        """What commands act on: after a search the query, until a match is chosen."""
        chosen = self.page.chosen_ids()
        if chosen or not self._search.examples:
            return chosen
        return [each.photo_id for each in self._search.examples if each.photo_id is not None]

    def show_chosen(self, photo_ids: NDArray[np.int64], title: str) -> None:
        """Shows these photos, int64 (n,), under a title; a search ends."""
        self.photos.choose(photo_ids, title)
        self._search.clear()

    def show_favourites(self, photo_ids: frozenset[int]) -> None:
        """Marks the favourites, here and in the ways into the library."""
        for model in (self.page.photo_model, self.page.hit_model):
            model.set_favourites(photo_ids)
        self.ways.refresh()
        self.narrowing.refresh()

    def show_all(self) -> None:
        """Shows all photos of the library again."""
        self.photos.choose_all()
        self._search.restore(SearchState())
        self._fill()

    def _connect_search(self) -> None:
        search = self._search
        search.examples_changed.connect(self._on_examples_changed)
        search.search_started.connect(self.page.show_searching)
        search.search_succeeded.connect(self._on_search_succeeded)
        search.search_failed.connect(self._on_search_failed)

    def _connect_grids(self) -> None:
        for grid in self.page.grids:
            grid.photo_activated.connect(lambda _id: self.activated.emit())
            grid.photo_double_clicked.connect(lambda _id: self.double_clicked.emit())
            grid.similar_wanted.connect(self.similar_wanted)
            grid.chosen_changed.connect(self.chosen_changed)
            grid.view_wanted.connect(self.view_wanted)
            grid.menu_wanted.connect(self.menu_wanted)
            grid.drag_wanted.connect(self.drag_wanted)
            grid.looked_at.connect(self._catalogue.look_at)

    def _fill(self) -> None:
        self.photos.fill(self._catalogue.contents)
        if not self._search.examples:
            self.photos.show(self._catalogue.contents)
        self.sample.refresh()

    def _on_noted(self, changes: Changes) -> None:
        if changes.model:
            self.page.filters.set_n_bits(self._session.model.n_bits)
            self.page.forget_result()

    def _on_changed(self, changes: Changes) -> None:
        if changes.photos:
            self._thumbnails.retry_absent()
            self.narrowing.refresh()
        self._fill()

    def _on_examples_changed(self) -> None:
        self.page.filters.set_is_searching(bool(self._search.examples))
        if not self._search.examples:
            self._fill()
            self.page.library_grid.setFocus()
            self.chosen_changed.emit()
        elif not self._search.can_search:
            self.page.show_no_search(
                self.tr("Only counter-examples"),
                self.tr("Add a picture to look for, or turn one of these into an example."),
            )

    def _on_search_succeeded(self, result: SearchResult) -> None:
        before = self.page.result
        is_repeat = before is not None and before.examples == result.examples
        self.page.show_result(result, keeps_place=is_repeat)
        if not result.response.hits:
            return
        self.chosen_changed.emit()
        if before is None or not is_repeat:
            self.page.result_grid.setFocus()
        elif before.rules != result.rules:
            self.page.result_grid.scrollToTop()

    def _on_search_failed(self, error: Exception) -> None:
        self.page.show_no_search(self.tr("The search did not work"), error_text(error))
