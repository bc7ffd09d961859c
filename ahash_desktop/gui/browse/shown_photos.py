"""What the library's grid shows: all photos, those that filters leave, or some that were chosen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from ahash_desktop.gui.base.wording import photos_text
from ahash_desktop.gui.browse.narrowing import Narrowing
from ahash_desktop.gui.browse.page import BrowsePage
from ahash_desktop.gui.browse.rail_filling import RailFilling
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.contents import Contents
from ahash_desktop.gui.search.word_asking import WordAsking

_MOST_FOLDERS = 3


class ShownPhotos(QObject):
    """Fills the library's grid and says above it what is in it.

    Args:
        catalogue: What the library holds.
        narrowing: The filters.
        words: What is asked in words.
        ways: What leads to the photos that are shown.
        browse: Has the grid.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        narrowing: Narrowing,
        words: WordAsking,
        ways: RailFilling,
        browse: BrowsePage,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._narrowing = narrowing
        self._words = words
        self._ways = ways
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
        is_by_time = self._chosen is None and not self._words.is_asking
        times = contents.times if is_by_time else None
        self._browse.photo_model.show_photos(self._ids(contents), times)
        for model in (self._browse.photo_model, self._browse.hit_model):
            model.set_away(contents.away)

    def show(self, contents: Contents) -> None:
        """Brings the grid into view, or says why it is empty."""
        if contents.photo_ids.size:
            self._show_photos(int(self._ids(contents).size))
        elif self._catalogue.is_indexing:
            self._browse.show_message(
                self.tr("Reading your photos"),
                self.tr("They appear here as they are read; from the first one on you can search."),
            )
        else:
            self._browse.show_message(
                self.tr("No photos here yet"),
                self.tr(
                    "Looked for JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP and camera RAW in "
                    "{folders} and below, and found none that could be read."
                ).format(folders=self._folders_text(contents)),
                self.tr("Add another folder…"),
            )

    def _show_photos(self, n_photos: int) -> None:
        asked = self._words.asked_text
        if asked and not n_photos:
            self._browse.show_nothing_said()
        elif asked:
            sure = self.tr("{photos}, the surest first").format(photos=photos_text(n_photos))
            self._browse.show_library(sure, asked)
        else:
            title = self._chosen[1] if self._chosen is not None else self._ways.taken_text
            self._browse.show_library(self._told(n_photos), title)

    def _told(self, n_photos: int) -> str:
        """How many photos are there, and while they are read for the first time, what follows."""
        contents = self._catalogue.contents
        if not (self._catalogue.is_indexing and contents.counts.pending > contents.counts.indexed):
            return photos_text(n_photos)
        return self.tr("{photos} so far; the others follow, and you can search already").format(
            photos=photos_text(n_photos)
        )

    def _folders_text(self, contents: Contents) -> str:
        """The folders by name, a few of them."""
        names = [str(root.path) for root in contents.roots]
        shown = ", ".join(names[:_MOST_FOLDERS])
        return shown if len(names) <= _MOST_FOLDERS else f"{shown}, …"

    def _ids(self, contents: Contents) -> NDArray[np.int64]:
        if self._chosen is None:
            return self._narrowing.among(contents.photo_ids)
        chosen = self._chosen[0]
        return self._narrowing.among(chosen[np.isin(chosen, contents.photo_ids)])
