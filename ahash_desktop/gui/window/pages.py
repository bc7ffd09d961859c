"""The pages of the window, one in view at a time; bits and map are made when first wanted."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.search.bit_photos import BitPhotos
from ahash_desktop.services.session import LibrarySession

if TYPE_CHECKING:
    from ahash_desktop.gui.bits.gallery import BitGallery
    from ahash_desktop.gui.map.page import MapPage


class PageStack(QStackedWidget):
    """Needs no more room than the page in view does."""

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return super().sizeHint() if page is None else page.sizeHint()

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()


class Pages(QObject):
    """Turns to a page, and passes on what is chosen in those beside the library.

    `turned` follows every turn. `photos_chosen` carries photo ids int64 (n,) and a title;
    `photo_chosen` one id.

    Args:
        first_run: In view while there is no library.
        browse: The page one comes back to.
    """

    turned = Signal()
    photo_chosen = Signal(int)
    photos_chosen = Signal(object, str)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        theme: ThemeController,
        thumbnails: ThumbnailLoader,
        bit_photos: BitPhotos,
        first_run: QWidget,
        browse: QWidget,
    ) -> None:
        self.stack = PageStack()
        self.stack.currentChanged.connect(self.stack.updateGeometry)
        super().__init__(self.stack)
        self._session = session
        self._runner = runner
        self._theme = theme
        self._thumbnails = thumbnails
        self._bit_photos = bit_photos
        self._blank = QWidget()
        self._first_run = first_run
        self._browse = browse
        self._gallery: BitGallery | None = None
        self._map: MapPage | None = None
        self._lasting: list[QWidget] = []
        for page in (self._blank, first_run, browse):
            self.stack.addWidget(page)

    @property
    def gallery(self) -> "BitGallery":
        """The gallery of bits."""
        if self._gallery is None:
            # Its charts take a moment to import, which the window's first paint does without.
            from ahash_desktop.gui.bits.gallery import BitGallery
            from ahash_desktop.gui.bits.lookup import BitLookup

            lookup = BitLookup(self._session, self._runner)
            self._gallery = BitGallery(lookup, self._session.model.name, self._theme.colours)
            self._gallery.photos_wanted.connect(lambda bit, on: self._bit_photos.find(bit, on=on))
            self._add(self._gallery, lookup)
        return self._gallery

    @property
    def map(self) -> "MapPage":
        """The map of the library."""
        if self._map is None:
            from ahash_desktop.gui.map.lookup import MapLookup
            from ahash_desktop.gui.map.page import MapPage

            lookup = MapLookup(self._session, self._runner)
            self._map = MapPage(lookup, self._session.model, self._thumbnails, self._theme.colours)
            self._map.photos_chosen.connect(self.photos_chosen)
            self._add(self._map, lookup)
        return self._map

    @property
    def shows_browse(self) -> bool:
        """Whether the photos of the library or the matches are in view."""
        return self.stack.currentWidget() is self._browse

    @property
    def shows_side_page(self) -> bool:
        """Whether a page beside the photos is in view: the bits, the map, a lesson."""
        current = self.stack.currentWidget()
        return current is not None and current in (self._gallery, self._map, *self._lasting)

    @property
    def is_starting(self) -> bool:
        """Whether there was nothing to browse so far."""
        return self.stack.currentWidget() in (self._blank, self._first_run)

    def show(self, page: QWidget) -> None:
        """Turns to a page."""
        if page is not self.stack.currentWidget():
            self.stack.setCurrentWidget(page)
            self.turned.emit()

    def show_lasting(self, page: QWidget) -> None:
        """Turns to a page beside the photos that outlives a change of the model."""
        if page not in self._lasting:
            self._lasting.append(page)
            self.stack.addWidget(page)
        self.show(page)

    def show_first_run(self) -> None:
        """Turns to the page of an empty library."""
        self.show(self._first_run)

    def show_browse(self) -> None:
        """Turns to the photos of the library or the matches."""
        self.show(self._browse)

    def show_gallery(self) -> None:
        """Turns to the gallery of bits."""
        self.show(self.gallery)

    def show_map(self) -> None:
        """Turns to the map."""
        self.show(self.map)

    def show_bit(self, bit: int) -> None:
        """Turns to the page of a bit."""
        self.show_gallery()
        self.gallery.show_bit(bit)

    def on_noted(self, changes: Changes) -> None:
        """Lets go of pages that another model fills with something else."""
        if not changes.model:
            return
        if self.stack.currentWidget() in (self._gallery, self._map):
            self.show_browse()
        for page in (self._gallery, self._map):
            if page is not None:
                self.stack.removeWidget(page)
                page.deleteLater()
        self._gallery = self._map = None

    def _add(self, page: "BitGallery | MapPage", lookup: QObject) -> None:
        lookup.setParent(page)
        self.stack.addWidget(page)
        page.closed.connect(self.show_browse)
        page.photo_chosen.connect(self.photo_chosen)
        self._theme.colours_changed.connect(page.set_colours)
