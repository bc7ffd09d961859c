"""The pages beside the library: the bits and the map. Each is made when it is first wanted."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.bits.lookup import BitLookup
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.map.lookup import MapLookup
from ahash_desktop.gui.search.bit_photos import BitPhotos
from ahash_desktop.services.session import LibrarySession

if TYPE_CHECKING:
    from ahash_desktop.gui.bits.gallery import BitGallery
    from ahash_desktop.gui.map.page import MapPage


class SidePages(QObject):
    """Makes the pages and passes on what is chosen in them.

    `photos_chosen` carries photo ids int64 (n,) and a title; `photo_chosen` one id.
    """

    closed = Signal()
    photo_chosen = Signal(int)
    photos_chosen = Signal(object, str)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        theme: ThemeController,
        thumbnails: ThumbnailLoader,
        bit_photos: BitPhotos,
        stack: QStackedWidget,
    ) -> None:
        super().__init__(stack)
        self._session = session
        self._runner = runner
        self._theme = theme
        self._thumbnails = thumbnails
        self._bit_photos = bit_photos
        self._stack = stack
        self._gallery: BitGallery | None = None
        self._map: MapPage | None = None

    @property
    def gallery(self) -> "BitGallery":
        """The gallery of bits."""
        if self._gallery is None:
            # Its charts take a moment to import, which the window's first paint does without.
            from ahash_desktop.gui.bits.gallery import BitGallery

            lookup = BitLookup(self._session, self._runner)
            self._gallery = BitGallery(lookup, self._session.model.name, self._theme.colours)
            self._gallery.photos_wanted.connect(lambda bit, on: self._bit_photos.find(bit, on=on))
            self._add(self._gallery, lookup)
        return self._gallery

    @property
    def map(self) -> "MapPage":
        """The map of the library."""
        if self._map is None:
            from ahash_desktop.gui.map.page import MapPage

            lookup = MapLookup(self._session, self._runner)
            self._map = MapPage(lookup, self._session.model, self._thumbnails, self._theme.colours)
            self._map.photos_chosen.connect(self.photos_chosen)
            self._add(self._map, lookup)
        return self._map

    def forget(self) -> None:
        """Lets go of the pages, which another model fills with something else."""
        for page in (self._gallery, self._map):
            if page is not None:
                self._stack.removeWidget(page)
                page.deleteLater()
        self._gallery = self._map = None

    def is_showing(self) -> bool:
        """Whether one of them is in view."""
        current = self._stack.currentWidget()
        return current is not None and current in (self._gallery, self._map)

    def _add(self, page: "BitGallery | MapPage", lookup: QObject) -> None:
        lookup.setParent(page)
        self._stack.addWidget(page)
        page.closed.connect(self.closed)
        page.photo_chosen.connect(self.photo_chosen)
        self._theme.colours_changed.connect(page.set_colours)
