"""What the library's grid shows: all photos, those that filters leave, or some that were chosen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from ahash_desktop.gui.base.wording import photos_text
from ahash_desktop.gui.browse.narrowing import Narrowing
from ahash_desktop.gui.browse.page import BrowsePage
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.contents import Contents


class ShownPhotos(QObject):
    """Fills the library's grid and says above it what is in it.

    Args:
        catalogue: What the library holds.
        narrowing: The filters.
        browse: Has the grid.
    """

    def __init__(
        self, catalogue: Catalogue, narrowing: Narrowing, browse: BrowsePage, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._narrowing = narrowing
        self._browse = browse
        self._chosen: tuple[NDArray[np.int64], str] | None = None

    @property
    def is_part(self) -> bool:
        """Whether only chosen photos are shown."""
        return self._chosen is not None

    def choose(self, photo_ids: NDArray[np.int64], title: str) -> None:
        """Shows these photos under a title from now on.

        Args:
            photo_ids: int64 (n,).
            title: What they have in common.
        """
        self._chosen = (photo_ids, title)

    def choose_all(self) -> None:
        """Shows all photos from now on."""
        self._chosen = None

    def fill(self, contents: Contents) -> None:
        """Puts the photos into the grid."""
        self._browse.photo_model.show_photos(self._ids(contents))
        for model in (self._browse.photo_model, self._browse.hit_model):
            model.set_away(contents.away)

    def show(self, contents: Contents) -> None:
        """Brings the grid into view, or says why it is empty."""
        if contents.photo_ids.size:
            title = self._chosen[1] if self._chosen is not None else ""
            self._browse.show_library(photos_text(int(self._ids(contents).size)), title)
        elif self._catalogue.is_indexing:
            self._browse.show_message(
                self.tr("Reading your photos"), self.tr("The first ones appear in a moment.")
            )
        else:
            self._browse.show_message(
                self.tr("No photos here yet"),
                self.tr("The folders of the library hold no pictures that could be read."),
                self.tr("Add another folder…"),
            )

    def _ids(self, contents: Contents) -> NDArray[np.int64]:
        if self._chosen is None:
            return self._narrowing.among(contents.photo_ids)
        chosen = self._chosen[0]
        return self._narrowing.among(chosen[np.isin(chosen, contents.photo_ids)])
