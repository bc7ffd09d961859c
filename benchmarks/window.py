"""How fast the window is on a large library: first paint, scrolling, and from a query to results.

    QT_QPA_PLATFORM=offscreen python benchmarks/window.py [--photos 100000] [--pictures 200]

Fills a library with random codes; a few drawn thumbnails stand for all photos. Nothing is read
from any folder, and no network is loaded.
"""

import argparse
import os
import platform
import resource
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
from filled_library import fill
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.jobs import JobRunner
from ahash_desktop.gui.query import QueryExample
from ahash_desktop.gui.search_controller import SearchController
from ahash_desktop.gui.theme import LIGHT
from ahash_desktop.gui.thumbnails import ThumbnailStore as Pixmaps
from ahash_desktop.gui.views.browse_page import BrowsePage
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from ahash_desktop.services.bits import BitNames
from ahash_desktop.services.browsing import Browser
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.searching import Searcher
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.services.updating import Updater
from ahash_desktop.store.library import Library

N_BITS = 64


class SharedThumbnails(ThumbnailStore):
    """A few pictures that stand for those of all photos."""

    def __init__(self, folder: Path, n_pictures: int) -> None:
        super().__init__(folder)
        self._n_pictures = n_pictures
        rng = np.random.default_rng(1)
        for number in range(n_pictures):
            small = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
            super().save(number.to_bytes(16, "big"), small.repeat(24, axis=0).repeat(24, axis=1))

    def load(self, key: bytes) -> bytes | None:
        """The thumbnail of one of the few."""
        number = int.from_bytes(key, "big") % self._n_pictures
        return super().load(number.to_bytes(16, "big"))


class NoEngine:
    """Stands where the engine would be; photos of the library need none."""

    def close(self) -> None:
        """Has nothing to end."""


def open_session(paths: LibraryPaths, n_photos: int, n_pictures: int) -> LibrarySession:
    """A filled library without an engine."""
    with Library.open(paths) as library:
        model = fill(library, n_photos, N_BITS)
    browse, rank = StoreThread(paths, "browse"), StoreThread(paths, "rank")
    searcher = Searcher(rank, None, model)
    return LibrarySession(
        paths=paths,
        settings=Settings(),
        model=model,
        shelf=ModelShelf(paths.folder / "none", paths.models),
        encoder=NoEngine(),
        browser=Browser(browse, SharedThumbnails(paths.thumbnails, n_pictures)),
        searcher=searcher,
        updater=Updater(paths, None, model),
        bits=BitNames(browse, searcher, model, [None] * N_BITS),
        _stores=(browse, rank),
    )


def first_paint_ms(page: BrowsePage, photo_ids: np.ndarray) -> float:
    """From the photos' ids to a painted grid."""
    started = time.perf_counter()
    page.photo_model.show_photos(photo_ids)
    page.show_library("")
    page.library_grid.grab()
    return (time.perf_counter() - started) * 1000


def frames_ms(page: BrowsePage, n_frames: int) -> list[float]:
    """What each frame takes while the grid is scrolled at speed, thumbnails arriving."""
    bar = page.library_grid.verticalScrollBar()
    taken = []
    for frame in range(n_frames):
        started = time.perf_counter()
        bar.setValue(min(bar.maximum(), frame * 120))
        QApplication.processEvents()
        page.library_grid.viewport().repaint()
        taken.append((time.perf_counter() - started) * 1000)
        wait_ms(4)
    return taken


def query_ms(page: BrowsePage, search: SearchController, photo_id: int) -> float:
    """From a photo of the library to painted results."""
    loop = QEventLoop()
    search.search_succeeded.connect(loop.quit)
    started = time.perf_counter()
    search.search_by([QueryExample(photo_id=photo_id)])
    loop.exec()
    page.result_grid.viewport().repaint()
    return (time.perf_counter() - started) * 1000


def wait_ms(duration_ms: int) -> None:
    """Lets the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(duration_ms, loop.quit)
    loop.exec()


def measure(session: LibrarySession) -> None:
    """Prints what the window takes on a library."""
    runner = JobRunner()
    search = SearchController(session, runner)
    pixmaps = Pixmaps(session.browser)
    page = BrowsePage(search, pixmaps, LIGHT, N_BITS)
    search.search_succeeded.connect(page.show_result)
    page.resize(1280, 720)
    page.show()
    wait_ms(100)
    started = time.perf_counter()
    photo_ids = session.browser.photo_ids()
    print(f"reading the ids         {(time.perf_counter() - started) * 1000:8.1f} ms")
    print(f"first paint of the grid {first_paint_ms(page, photo_ids):8.1f} ms")
    wait_ms(500)
    frames = frames_ms(page, 300)
    print(f"frame while scrolling   {statistics.median(frames):8.1f} ms median")
    print(f"                        {np.percentile(frames, 95):8.1f} ms 95th percentile")
    query_ms(page, search, int(photo_ids[0]))
    times = [query_ms(page, search, int(photo_ids[n])) for n in range(1, 12)]
    print(f"photo to shown results  {statistics.median(times):8.1f} ms median")
    print(f"                        {max(times):8.1f} ms longest of {len(times)}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory             {peak_mb:8.0f} MB")
    pixmaps.stop()
    runner.shut_down(5)


def main() -> None:
    """Fills a library, and prints how fast the window is on it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=200)
    options = parser.parse_args()
    print(
        f"{date.today()}  {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, {options.photos} photos"
    )
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        session = open_session(LibraryPaths(Path(folder)), options.photos, options.pictures)
        measure(session)
        session.close()
    app.quit()


if __name__ == "__main__":
    main()
