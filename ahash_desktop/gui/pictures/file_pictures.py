"""Small pictures of files anywhere, loaded off the window's thread, the last wanted first."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane
from ahash_desktop.gui.pictures.fitting import fitted
from ahash_desktop.gui.pictures.sources import image_of, scaled_jpeg
from ahash_desktop.services.session import LibrarySession

EDGE_PX = 192
"""The longest side of the pictures, in pixels of the screen."""

_MOST_KEPT = 600
_MOST_WANTED = 200
_AT_ONCE = 8

Reading = Callable[[Sequence[Path], CancelToken], Iterator[tuple[Path, QImage | None]]]


class FilePictures(QObject):
    """Gives what it has and loads what it is asked for; `arrived` carries the path of a file.

    Photos of the library have thumbnails. Other files are read by the engine, so that a hostile one
    cannot hurt the window.
    """

    arrived = Signal(object)

    def __init__(
        self, session: LibrarySession, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._kept: OrderedDict[Path, QPixmap] = OrderedDict()
        self._failed: set[Path] = set()
        self._wanted: dict[Lane, OrderedDict[Path, None]] = {
            Lane.LOOKUP: OrderedDict(),
            Lane.ENGINE: OrderedDict(),
        }
        self._busy: set[Lane] = set()
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._load)

    @property
    def is_idle(self) -> bool:
        """Whether everything wanted is there."""
        return not self._busy and not any(self._wanted.values()) and not self._soon.isActive()

    def pixmap(self, path: Path) -> QPixmap | None:
        """The picture if it is there; otherwise it is loaded, and told by `arrived`."""
        found = self._kept.get(path)
        if found is not None:
            self._kept.move_to_end(path)
            return found
        if path not in self._failed and path not in self._wanted[Lane.ENGINE]:
            self._want(path, Lane.LOOKUP)
        return None

    def is_absent(self, path: Path) -> bool:
        """Whether the file is known to have no picture."""
        return path in self._failed

    def _want(self, path: Path, lane: Lane) -> None:
        wanted = self._wanted[lane]
        wanted[path] = None
        wanted.move_to_end(path)
        while len(wanted) > _MOST_WANTED:
            wanted.popitem(last=False)
        if not self._soon.isActive():
            self._soon.start()

    def _load(self) -> None:
        self._load_next(Lane.LOOKUP, self._thumbnails)
        self._load_next(Lane.ENGINE, self._files)

    def _load_next(self, lane: Lane, read: Reading) -> None:
        wanted = self._wanted[lane]
        if not wanted or lane in self._busy:
            return
        paths = [wanted.popitem()[0] for _ in range(min(_AT_ONCE, len(wanted)))]
        self._busy.add(lane)
        job = self._runner.start(lambda token: read(paths, token), lane)
        job.progressed.connect(lambda record: self._on_read(lane, *record))
        job.finished.connect(lambda: self._on_finished(lane))

    def _thumbnails(
        self, paths: Sequence[Path], token: CancelToken
    ) -> Iterator[tuple[Path, QImage | None]]:
        """In a worker."""
        browser = self._session.browser
        for path in paths:
            token.raise_if_cancelled()
            photo = browser.find_photo(path)
            jpeg = None
            if photo is not None:
                jpeg = browser.thumbnails([photo.photo_id]).get(photo.photo_id)
            image = scaled_jpeg(jpeg, EDGE_PX) if jpeg else None
            yield path, (None if image is None or image.isNull() else image)

    def _files(
        self, paths: Sequence[Path], token: CancelToken
    ) -> Iterator[tuple[Path, QImage | None]]:
        """In a worker."""
        for path in paths:
            token.raise_if_cancelled()
            try:
                pixels = self._session.show(str(path), EDGE_PX)
            except UserFacingError:
                yield path, None
            else:
                yield path, fitted(image_of(pixels), EDGE_PX)

    def _on_read(self, lane: Lane, path: Path, image: QImage | None) -> None:
        if image is None and lane is Lane.LOOKUP:
            self._want(path, Lane.ENGINE)
            return
        if image is None:
            self._failed.add(path)
        else:
            self._kept[path] = QPixmap.fromImage(image)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self.arrived.emit(path)

    def _on_finished(self, lane: Lane) -> None:
        self._busy.discard(lane)
        self._load()
