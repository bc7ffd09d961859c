"""The part of the room that names the rest: its page, and the list of kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.teaching.naming import Naming
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.training.ask.dataset import LabelledSet

if TYPE_CHECKING:  # the window starts without the pages
    from ahash_desktop.gui.teaching.review_page import ReviewPage
    from ahash_desktop.gui.teaching.species_dialog import SpeciesDialog


class ReviewRoom(QObject):
    """Makes the page when it is first wanted; `label_wanted` carries a kind to filter by.

    `keyword_wanted` carries photos and the name that they are to have in their sidecars.
    """

    page_wanted = Signal(QWidget)
    closed = Signal()
    similar_wanted = Signal(int)
    label_wanted = Signal(str)
    teach_wanted = Signal()
    keyword_wanted = Signal(object, str)
    changed = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        window: QWidget,
        session: LibrarySession,
        runner: JobRunner,
        thumbnails: ThumbnailLoader,
        theme: ThemeController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._thumbnails = thumbnails
        self._theme = theme
        self.naming = Naming(session, runner, self)
        self.naming.failed.connect(self.failed)
        self.naming.photos_found.connect(self.keyword_wanted)
        self.naming.labelled.connect(lambda: self.changed.emit(Changes(photos=True)))
        self._page: ReviewPage | None = None
        self._species: SpeciesDialog | None = None

    @property
    def page(self) -> ReviewPage:
        """The page."""
        if self._page is None:
            from ahash_desktop.gui.teaching.review_page import ReviewPage

            made = ReviewPage(self.naming, self._thumbnails, self._theme.colours)
            made.closed.connect(self.closed)
            made.similar_wanted.connect(self.similar_wanted)
            made.teach_wanted.connect(self.teach_wanted)
            made.species_wanted.connect(self.show_species)
            self._theme.colours_changed.connect(made.set_colours)
            self._page = made
        return self._page

    def open(self) -> None:
        """Turns to the page."""
        self.page_wanted.emit(self.page)

    def name_taught(self, labelled: LabelledSet) -> None:
        """Labels what a lesson was taught with, and then turns to the page."""
        job = self.naming.give_taught(labelled)
        job.finished.connect(self.open)

    def show_species(self) -> SpeciesDialog:
        """Opens the list of kinds."""
        if self._species is None:
            from ahash_desktop.gui.teaching.species_dialog import SpeciesDialog

            made = SpeciesDialog(self.naming, self._theme.colours, self._window)
            made.show_wanted.connect(self.label_wanted)
            self._theme.colours_changed.connect(made.set_colours)
            self._species = made
        else:
            self.naming.list_species()
        self._species.show()
        self._species.raise_()
        return self._species

    def on_noted(self, changes: Changes) -> None:
        """Another model suggests otherwise."""
        if changes.model and self._page is not None and self._page.isVisible():
            self._page.refresh()
