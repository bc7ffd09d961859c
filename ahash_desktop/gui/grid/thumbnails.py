"""Thumbnails by photo id: decoded in worker threads, kept in a cache bounded in bytes."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.gui.pictures.sources import scaled_jpeg
from ahash_desktop.services.browsing import Browser

_log = logging.getLogger(__name__)

CACHE_BYTES = 80 * 1024 * 1024
_N_THREADS = 2
_N_AT_ONCE = 8
_N_NAMES_KEPT = 20_000


class PixmapCache:
    """Pixmaps by photo id; the least recently used go when the bytes run out.

    Args:
        capacity_bytes: How many bytes of pixels to keep.
    """

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._kept: OrderedDict[int, tuple[Hashable, QPixmap]] = OrderedDict()
        self._size_bytes = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of pixels now kept."""
        return self._size_bytes

    def set_capacity(self, capacity_bytes: int) -> None:
        """Keeps no more bytes than these from now on."""
        self._capacity_bytes = capacity_bytes
        self._drop_oldest()

    def find(self, photo_id: int) -> tuple[Hashable, QPixmap] | None:
        """What a pixmap was made for, such as an edge, and the pixmap."""
        found = self._kept.get(photo_id)
        if found is not None:
            self._kept.move_to_end(photo_id)
        return found

    def keep(self, photo_id: int, made_for: Hashable, pixmap: QPixmap) -> None:
        """Keeps a pixmap in place of an earlier one of that photo."""
        self.forget(photo_id)
        self._kept[photo_id] = (made_for, pixmap)
        self._size_bytes += _pixmap_bytes(pixmap)
        self._drop_oldest()

    def forget(self, photo_id: int) -> None:
        """Drops a photo's pixmap, if there is one."""
        found = self._kept.pop(photo_id, None)
        if found is not None:
            self._size_bytes -= _pixmap_bytes(found[1])

    def _drop_oldest(self) -> None:
        while self._size_bytes > self._capacity_bytes and len(self._kept) > 1:
            self.forget(next(iter(self._kept)))


class ThumbnailLoader(QObject):
    """Shows what it has at once and loads what is wanted, latest wishes first.

    `set_wanted` replaces the wishes of one view: what was scrolled away before its turn came is
    never read.

    Args:
        browser: Where the JPEG thumbnails come from.
        capacity_bytes: How many bytes of pixels to keep.
    """

    arrived = Signal(int)
    lost = Signal(int)
    _loaded = Signal(int, int, QImage, str)

    def __init__(
        self, browser: Browser, capacity_bytes: int = CACHE_BYTES, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._browser = browser
        self._cache = PixmapCache(capacity_bytes)
        self._names: OrderedDict[int, str] = OrderedDict()
        self._absent: set[int] = set()
        self._wanted: dict[str, list[tuple[int, int]]] = {}
        self._shown: dict[str, tuple[tuple[int, ...], int]] = {}
        self._under_way: set[tuple[int, int]] = set()
        self._asked_again: set[tuple[int, int]] = set()
        self._condition = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []
        self._loaded.connect(self._on_loaded, Qt.ConnectionType.QueuedConnection)

    def pixmap(self, photo_id: int) -> QPixmap | None:
        """The thumbnail, if it is there; perhaps of another size than last wanted."""
        found = self._cache.find(photo_id)
        return found[1] if found else None

    @property
    def is_idle(self) -> bool:
        """Whether everything wanted is there."""
        with self._condition:
            return not self._under_way and not any(self._wanted.values())

    def is_absent(self, photo_id: int) -> bool:
        """Whether the photo is known to have no thumbnail."""
        return photo_id in self._absent

    def name_of(self, photo_id: int) -> str | None:
        """The photo's path within its folder, as far as it is known yet."""
        return self._names.get(photo_id)

    def set_wanted(self, view: str, photo_ids: Sequence[int], edge_px: int) -> None:
        """Says what a view shows now, most wanted first.

        Args:
            view: Name of the view; its earlier wishes lapse.
            photo_ids: The photos it shows.
            edge_px: Longest side in device pixels.
        """
        self._shown[view] = (tuple(photo_ids), edge_px)
        missing = [
            (photo_id, edge_px)
            for photo_id in photo_ids
            if photo_id not in self._absent and not self._has(photo_id, edge_px)
        ]
        with self._condition:
            self._wanted[view] = missing[::-1]
            if missing:
                self._condition.notify_all()
        if missing and not self._threads:
            self._start_threads()

    def retry_absent(self) -> None:
        """Lets photos without a thumbnail be asked for again."""
        self._absent.clear()

    def retry(self, photo_ids: Sequence[int]) -> None:
        """Asks again for photos that have a thumbnail now, where a view still shows them."""
        self._absent.difference_update(photo_ids)
        for view, (shown, edge_px) in list(self._shown.items()):
            if not set(photo_ids).isdisjoint(shown):
                self.set_wanted(view, shown, edge_px)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Ends the threads; False if one is still busy."""
        with self._condition:
            self._stopping = True
            self._wanted.clear()
            self._condition.notify_all()
        for thread in self._threads:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in self._threads)

    def _has(self, photo_id: int, edge_px: int) -> bool:
        found = self._cache.find(photo_id)
        return found is not None and found[0] == edge_px

    def _start_threads(self) -> None:
        for number in range(_N_THREADS):
            thread = threading.Thread(target=self._serve, name=f"thumbnails-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self) -> None:
        while wishes := self._next_wishes():
            ids = list(wishes)
            names, jpegs = self._read(ids)
            for photo_id, edge_px in wishes.items():
                if self._stopping:
                    return
                jpeg = jpegs.get(photo_id)
                image = scaled_jpeg(jpeg, edge_px) if jpeg else QImage()
                self._loaded.emit(photo_id, edge_px, image, names.get(photo_id, ""))

    def _next_wishes(self) -> dict[int, int]:
        """A few photo ids with their edges; empty when it is time to stop."""
        with self._condition:
            while not self._stopping:
                taken = self._take_wishes()
                if taken:
                    return taken
                self._condition.wait()
            return {}

    def _take_wishes(self) -> dict[int, int]:
        taken: dict[int, int] = {}
        for wishes in self._wanted.values():
            while wishes and len(taken) < _N_AT_ONCE and wishes[-1][0] not in taken:
                photo_id, edge_px = wishes.pop()
                if (photo_id, edge_px) in self._under_way:
                    self._asked_again.add((photo_id, edge_px))
                else:
                    taken[photo_id] = edge_px
        self._under_way.update(taken.items())
        return taken

    def _read(self, photo_ids: list[int]) -> tuple[dict[int, str], dict[int, bytes]]:
        try:
            photos = self._browser.photos(photo_ids)
            return (
                {photo.photo_id: photo.relative_path for photo in photos},
                self._browser.thumbnails(photo_ids),
            )
        except UserFacingError as error:
            _log.warning("no thumbnails of photos %s: %s", photo_ids, error)
            return {}, {}
        except Exception:  # noqa: BLE001 - one photo less is better than no grid
            _log.exception("thumbnails of photos %s", photo_ids)
            return {}, {}

    def _want_again(self, photo_id: int, edge_px: int) -> bool:
        """Reads a photo once more that may have got its thumbnail while it was read.

        Returns:
            False if no view shows it any more.
        """
        views = [
            view
            for view, (shown, shown_px) in self._shown.items()
            if shown_px == edge_px and photo_id in shown
        ]
        with self._condition:
            for view in views:
                self._wanted[view].append((photo_id, edge_px))
            self._condition.notify_all()
        return bool(views)

    def _on_loaded(self, photo_id: int, edge_px: int, image: QImage, name: str) -> None:
        with self._condition:
            self._under_way.discard((photo_id, edge_px))
            was_asked_again = (photo_id, edge_px) in self._asked_again
            self._asked_again.discard((photo_id, edge_px))
        if image.isNull() and was_asked_again and self._want_again(photo_id, edge_px):
            return
        if name:
            self._names[photo_id] = name
            while len(self._names) > _N_NAMES_KEPT:
                self._names.popitem(last=False)
        if image.isNull():
            self._absent.add(photo_id)
            self.lost.emit(photo_id)
        else:
            self._cache.keep(photo_id, edge_px, QPixmap.fromImage(image))
        self.arrived.emit(photo_id)


def _pixmap_bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
