"""How fast the window is on a large library: first paint, scrolling, and from a query to results.

    QT_QPA_PLATFORM=offscreen python benchmarks/window.py [--photos 100000] [--pictures 200]
        [--repeat 3] [--folder FOLDER] [--real DATA] [--with-engine]

Fills a library with random codes; a few drawn thumbnails stand for all photos, or, with `--real`,
those of every JPEG below a folder, repeated as often as it takes. With `--with-engine` the shipped
model is loaded too, to ask by files.
"""

import argparse
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import psutil
from filled_library import fill
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from ahash_desktop.core.paths import LibraryPaths, shipped_models_folder
from ahash_desktop.core.ports import Encoder
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import LIGHT
from ahash_desktop.gui.browse.page import BrowsePage
from ahash_desktop.gui.grid.photo_sections import Times
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.search.controller import SearchController
from ahash_desktop.imaging.own_thumbnails import THUMBNAIL_PX
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from ahash_desktop.services.browsing import Browser
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.serving import Serving, register_model, start_engine
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.store.library import Library

_YEARS_S = 25 * 365 * 86_400
_NEWEST_S = 1_795_000_000
"""November 2026."""


class SharedThumbnails(ThumbnailStore):
    """Pictures that stand for those of all photos."""

    def __init__(self, folder: Path, pictures: Iterable[NDArray[np.uint8]]) -> None:
        super().__init__(folder)
        self._n_pictures = 0
        for pixels in pictures:
            super().save(self._n_pictures.to_bytes(16, "big"), pixels)
            self._n_pictures += 1

    def load(self, key: bytes) -> bytes | None:
        """The thumbnail of one of them."""
        number = int.from_bytes(key, "big") % self._n_pictures
        return super().load(number.to_bytes(16, "big"))


def drawn_pictures(n_pictures: int) -> Iterator[NDArray[np.uint8]]:
    """Coloured squares, uint8 (288, 384, 3)."""
    rng = np.random.default_rng(1)
    for _ in range(n_pictures):
        small = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        yield small.repeat(24, axis=0).repeat(24, axis=1)


def real_pictures(folder: Path) -> Iterator[NDArray[np.uint8]]:
    """Every JPEG below a folder that can be read, uint8 (height, width, 3)."""
    for path in sorted(folder.rglob("*.jpg")):
        try:
            with Image.open(path) as image:
                image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
                yield np.asarray(image.convert("RGB"))
        except (OSError, ValueError, Image.DecompressionBombError):
            continue


class NoEngine:
    """Stands where the engine would be; photos of the library need none."""

    def close(self) -> None:
        """Has nothing to end."""


def prepare(folder: str, n_photos: int, files: list[str]) -> None:
    """Fills a library for the shipped model unless it is filled, and draws files to ask by.

    Run in a process of its own, whose memory is not the window's.
    """
    draw_photos(files)
    paths = LibraryPaths(Path(folder))
    if paths.database.exists():
        return
    info = shipped_shelf(paths).get(Settings().model)
    with Library.open(paths) as library:
        fill(library, n_photos, info.manifest.n_bits, info.manifest.model_id)


def shipped_shelf(paths: LibraryPaths) -> ModelShelf:
    """The models that come with the program."""
    return ModelShelf(shipped_models_folder(), paths.models)


def open_session(
    paths: LibraryPaths, pictures: Iterable[NDArray[np.uint8]], *, with_engine: bool
) -> LibrarySession:
    """The library, with an engine only if it is asked for."""
    shelf = shipped_shelf(paths)
    info = shelf.get(Settings().model)
    with Library.open(paths) as library:
        model = register_model(library, info)
    encoder: Encoder = start_engine(paths, Settings(), info) if with_engine else NoEngine()
    stores = StoreThread(paths, "browse"), StoreThread(paths, "rank")
    return LibrarySession(
        paths=paths,
        settings=Settings(),
        shelf=shelf,
        browser=Browser(stores[0], SharedThumbnails(paths.thumbnails, pictures)),
        serving=Serving.with_model(paths, stores, encoder, model, [None] * model.n_bits),
        _stores=stores,
    )


def times_of(photo_ids: NDArray[np.int64]) -> Times:
    """Photos in this order taken one after the other, the last first, in 25 years."""
    steps = np.arange(photo_ids.size) * (_YEARS_S // max(1, photo_ids.size))
    order = np.argsort(photo_ids)
    return photo_ids[order], (_NEWEST_S - steps)[order]


def first_paint_ms(page: BrowsePage, photo_ids: NDArray[np.int64]) -> float:
    """From the photos' ids and when they were taken to a painted grid with headings of months."""
    times = times_of(photo_ids)
    started = time.perf_counter()
    page.photo_model.show_photos(photo_ids, times)
    page.show_library("")
    page.library_grid.grab()
    return (time.perf_counter() - started) * 1000


def frames_ms(page: BrowsePage, n_frames: int) -> tuple[list[float], list[float]]:
    """What each frame takes while the grid is scrolled at speed, thumbnails arriving.

    A frame is whatever waits to be done in the window, and all of the grid painted once.

    Returns:
        Its time by the clock, and that for which its thread had a processor.
    """
    bar = page.library_grid.verticalScrollBar()
    by_clock, processor = [], []
    for frame in range(n_frames):
        started, used = time.perf_counter(), time.thread_time()
        bar.setValue(min(bar.maximum(), frame * 120))
        page.library_grid.viewport().update()
        QApplication.processEvents()
        by_clock.append((time.perf_counter() - started) * 1000)
        processor.append((time.thread_time() - used) * 1000)
        wait_ms(4)
    return by_clock, processor


def query_ms(page: BrowsePage, search: SearchController, example: QueryExample) -> float:
    """From an example to painted results."""
    loop = QEventLoop()
    search.search_succeeded.connect(loop.quit)
    search.search_failed.connect(loop.quit)
    started = time.perf_counter()
    search.search_by([example])
    loop.exec()
    page.result_grid.viewport().repaint()
    return (time.perf_counter() - started) * 1000


def wait_ms(duration_ms: int) -> None:
    """Lets the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(duration_ms, loop.quit)
    loop.exec()


def draw_photos(files: list[str]) -> None:
    """Photos of 24 megapixels such as cameras make."""
    rng = np.random.default_rng(2)
    for file in files:
        small = Image.fromarray(rng.integers(0, 256, (80, 120, 3), dtype=np.uint8))
        small.resize((6000, 4000), Image.Resampling.BICUBIC).save(file, quality=90)


def show(what: str, times_ms: list[float]) -> None:
    """Prints the median, the 95th percentile and the longest of some times."""
    print(
        f"{what:<36}{statistics.median(times_ms):8.1f}{np.percentile(times_ms, 95):8.1f}"
        f"{max(times_ms):8.1f}  ({len(times_ms)} times)",
        flush=True,
    )


def measure(session: LibrarySession, repeat: int, files: list[str]) -> None:
    """Prints what the window takes on a library."""
    runner = JobRunner()
    search = SearchController(session, runner)
    pixmaps = ThumbnailLoader(session.browser)
    page = BrowsePage(search, pixmaps, LIGHT, session.model.n_bits)
    search.search_succeeded.connect(page.show_result)
    page.resize(1280, 720)
    page.show()
    wait_ms(100)
    print(f"{'milliseconds':<36}{'median':>8}{'95 %':>8}{'longest':>8}")
    started = time.perf_counter()
    photo_ids = session.browser.photo_ids()
    show("reading the ids", [(time.perf_counter() - started) * 1000])
    show("first paint of the grid", [first_paint_ms(page, photo_ids)])
    wait_ms(500)
    for _ in range(repeat):
        by_clock, processor = frames_ms(page, 300)
        show("a frame while scrolling", by_clock)
        show("  of it on a processor", processor)
    show("the first query, codes read", [query_ms(page, search, library_photo(photo_ids[0]))])
    for _ in range(repeat):
        times = [query_ms(page, search, library_photo(photo_ids[n])) for n in range(1, 22)]
        show("a photo of the library to results", times)
    if files:
        session.encoder.warm_up()
        query_ms(page, search, QueryExample(path=Path(files[0])))
        times = [query_ms(page, search, QueryExample(path=Path(file))) for file in files[1:]]
        show("a file from outside to results", times)
    print(f"memory of the window's process {psutil.Process().memory_info().rss / 1e6:.0f} MB")
    pixmaps.stop()
    runner.shut_down(5)


def library_photo(photo_id: int) -> QueryExample:
    """A photo of the library as an example."""
    return QueryExample(photo_id=int(photo_id))


def main() -> None:
    """Fills a library, and prints how fast the window is on it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", help="keeps the library there, and uses the one that is")
    parser.add_argument("--real", type=Path, metavar="DATA", help="take real thumbnails")
    parser.add_argument("--with-engine", action="store_true")
    options = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{date.today()}  {platform.machine()}, {os.cpu_count()} processors, load {load}, "
        f"Python {platform.python_version()}, {options.photos:,} photos"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or temporary
        n_files = 8 if options.with_engine else 0
        files = [str(Path(temporary) / f"outside {number}.jpg") for number in range(n_files)]
        preparing = multiprocessing.get_context("spawn").Process(
            target=prepare, args=(folder, options.photos, files)
        )
        preparing.start()
        preparing.join()
        app = QApplication([])
        pictures = real_pictures(options.real) if options.real else drawn_pictures(options.pictures)
        session = open_session(
            LibraryPaths(Path(folder)), pictures, with_engine=options.with_engine
        )
        measure(session, options.repeat, files)
        session.close()
        app.quit()


if __name__ == "__main__":
    main()
