"""A row of the user's own photos, shown while the first of them are read."""

from pathlib import Path

from PySide6.QtCore import QObject

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.grid.photo_row import PhotoRow, ShownPhoto
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.services.sampling import sample_of
from ahash_desktop.services.session import LibrarySession

N_SHOWN = 7
_N_FOUND = 2 * N_SHOWN
_EDGE_PX = 96


class FirstSample(QObject):
    """Fills its row from the library's folders until the library has photos to show.

    Attributes:
        row: Hidden while there is nothing to show in it. A file that turns out to be no picture
            makes room for another.
    """

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        catalogue: Catalogue,
        theme: ThemeController,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._pictures = FilePictures(session, runner, self)
        self.row = PhotoRow(self._pictures, theme.colours, _EDGE_PX, self.tr("Some of your photos"))
        self.row.hide()
        self._looked_in: tuple[Path, ...] = ()
        self._found: tuple[Path, ...] = ()
        self._looking = LatestJob(runner, Lane.LOOKUP)
        self._pictures.arrived.connect(lambda _path: self._show())
        theme.colours_changed.connect(self.row.set_colours)

    def refresh(self) -> None:
        """Looks for photos in folders that are new, or puts the row away."""
        contents = self._catalogue.contents
        is_wanted = self._catalogue.is_indexing and not contents.photo_ids.size
        folders = tuple(root.path for root in contents.roots) if is_wanted else ()
        if folders == self._looked_in:
            return
        self._looked_in = folders
        self._looking.stop()
        if not folders:
            self._on_found(())
            return
        exclude = self._catalogue.exclude
        job = self._looking.start(lambda token: _find(folders, token, exclude))
        job.succeeded.connect(self._on_found)

    def _on_found(self, paths: tuple[Path, ...]) -> None:
        self._found = paths
        self._show()

    def _show(self) -> None:
        pictures = [path for path in self._found if not self._pictures.is_absent(path)]
        self.row.show_photos([ShownPhoto(path) for path in pictures[:N_SHOWN]])
        self.row.setVisible(bool(pictures))


def _find(folders: tuple[Path, ...], token: CancelToken, exclude: str) -> tuple[Path, ...]:
    """The update tells what is wrong with a folder; here there is only nothing to show."""
    try:
        return sample_of(folders, _N_FOUND, token, exclude)
    except UserFacingError:
        return ()
