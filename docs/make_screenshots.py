"""Walks the real window through a folder of photos and saves a picture of every view.

    python docs/make_screenshots.py OUT PHOTOS

makes a library of PHOTOS in a temporary folder (or takes a copy of `--library`) and writes
`OUT/<theme>-<view>.png` for each theme, language and scale: `<theme>-zh_CN-<view>` in another
language, `<view>@2x` at scale 2. `--size WIDTHxHEIGHT` sets the window's. It needs no display.
Those in `docs/screenshots` show 300 pictures of `ahash sample`, with
`--scales 1 --format webp --languages en zh_CN`.
"""

import argparse
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QTableView, QWidget

from ahash_desktop.cli import main as cli
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, save_settings
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.base.translation import install_translators
from ahash_desktop.gui.inspector.bit_table import BitOrder
from ahash_desktop.gui.settings.dialog import SettingsDialog
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.services.session import LibrarySession

_SETTLE_MS = 400
_PATIENCE_S = 600.0
_QUALITY = 75


def main() -> int:
    """Takes the pictures in one process for each theme and scale."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path, help="where the pictures go")
    parser.add_argument("photos", type=Path, help="a folder of photos to show")
    parser.add_argument("--themes", nargs="+", default=["light", "dark"])
    parser.add_argument("--scales", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--size", type=_size, default=(1280, 800), metavar="WIDTHxHEIGHT")
    parser.add_argument("--format", default="png", choices=["png", "webp"])
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--languages", nargs="+", default=["en"])
    parser.add_argument("--library", type=Path, help="one that has read the photos already")
    parser.add_argument("--only", nargs="+", help="the views to keep; all of them by default")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.one:
        _take_all(options)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        library = options.library or _read(options.photos, Path(folder) / "library", options.model)
        for scale, theme, language in product(options.scales, options.themes, options.languages):
            run = [sys.executable, __file__, str(options.out), str(options.photos), "--one"]
            run += ["--themes", theme, "--scales", str(scale), "--languages", language]
            run += ["--format", options.format, "--model", options.model]
            run += ["--size", "x".join(map(str, options.size))]
            run += ["--library", str(library)]
            run += ["--only", *options.only] if options.only else []
            surroundings = {**os.environ, "QT_SCALE_FACTOR": str(scale)}
            surroundings.setdefault("QT_QPA_PLATFORM", "offscreen")
            subprocess.run(run, env=surroundings, check=True)
    return 0


def _size(text: str) -> tuple[int, int]:
    """The width and height that are written as 1280x800."""
    width, height = map(int, text.split("x"))
    return width, height


def _read(photos: Path, library: Path, model: str) -> Path:
    """A library that has read the photos, for all the pictures."""
    save_settings(LibraryPaths(library).settings, replace(Settings(), model=model))
    code = cli.main(["--library", str(library), "index", str(photos)])
    if code:
        raise SystemExit(code)
    return library


def _take_all(options: argparse.Namespace) -> None:
    logging.basicConfig(level=logging.WARNING)
    theme_name, language = options.themes[0], options.languages[0]
    app = QApplication([])
    translators = install_translators(app, language)
    theme = ThemeController(app, theme_name)
    named = theme_name if language == "en" else f"{theme_name}-{language}"
    suffix = "" if options.scales[0] == 1 else f"@{options.scales[0]}x"

    def path_of(view: str) -> Path | None:
        is_wanted = not options.only or view in options.only
        return options.out / f"{named}-{view}{suffix}.{options.format}" if is_wanted else None

    settings = replace(Settings(), model=options.model, theme=theme_name)
    with tempfile.TemporaryDirectory() as folder:
        odd = _make_odd_files(Path(folder) / "odd")
        if any(map(path_of, ("first-run", "indexing"))):
            with _opened(Path(folder) / "empty", settings, theme, options.size) as window:
                _begin(window, Camera(window, path_of), options.photos)
        shutil.copytree(options.library, Path(folder) / "library")
        save_settings(LibraryPaths(Path(folder) / "library").settings, settings)
        with _opened(Path(folder) / "library", settings, theme, options.size) as window:
            _walk(window, Camera(window, path_of), odd)
    del translators  # which had to last until here


@contextmanager
def _opened(
    library: Path, settings: Settings, theme: ThemeController, size: tuple[int, int]
) -> Iterator[MainWindow]:
    """The window on a library, as large on every screen."""
    session = LibrarySession.open(LibraryPaths(library), settings)
    runner = JobRunner()
    window = MainWindow(session, theme, runner)
    try:
        window.show()
        window.resize(*size)
        yield window
    finally:
        window.close()
        runner.shut_down(5)
        window.thumbnails.stop()
        session.close()


class Camera:
    """Lets the window settle, then saves a picture of it.

    Args:
        window: The window.
        path_of: Where the picture of a view goes; None of one that is not wanted.
    """

    def __init__(self, window: MainWindow, path_of: Callable[[str], Path | None]) -> None:
        self._window = window
        self._path_of = path_of

    def wants(self, view: str) -> bool:
        """Whether the picture of a view is kept."""
        return self._path_of(view) is not None

    def take(self, view: str, widget: QWidget | None = None) -> None:
        """Saves a picture of the window, or of a dialog."""
        path = self._path_of(view)
        if path is None:
            return
        self.rest(_SETTLE_MS)
        self.until(lambda: self._window.thumbnails.is_idle)
        self.rest(50)
        (widget or self._window).grab().save(str(path), quality=_QUALITY)

    def until(self, holds: Callable[[], object]) -> None:
        """Lets the window live until something holds.

        Raises:
            TimeoutError: If it does not within ten minutes.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError
            self.rest(20)

    def await_evidence(self, bit: int | None = None) -> None:
        """Lets the window live until evidence, or that of a bit, lies over the chosen photos."""
        inspector = self._window.inspector
        self.rest(_SETTLE_MS)
        self.until(lambda: inspector.has_evidence and bit in (None, inspector.evidence_of))

    def rest(self, duration_ms: int) -> None:
        """Lets the window live for a while."""
        loop = QEventLoop()
        QTimer.singleShot(duration_ms, loop.quit)
        loop.exec()


def _begin(window: MainWindow, camera: Camera, photos: Path) -> None:
    window.start()
    camera.until(window.library.first_run.isVisible)
    camera.take("first-run")
    window.catalogue.add_folders([photos])
    camera.until(lambda: window.catalogue.contents.counts.indexed > 0)
    camera.take("indexing")


def _walk(window: MainWindow, camera: Camera, odd: Path) -> None:
    window.start([odd])
    counts = lambda: window.catalogue.contents.counts  # noqa: E731 - read anew each time
    camera.until(lambda: counts().problem and not window.catalogue.is_indexing)
    camera.until(lambda: window.browse.photo_model.rowCount() > 0)
    camera.take("library")
    _walk_search(window, camera)
    _walk_side_pages(window, camera)
    problems = window.library.dialogs.show_problems()
    camera.take("problems", problems)
    problems.close()
    listing = window.library.dialogs.show_folders()
    camera.take("folders", listing)
    listing.close()
    keys = window.help.show_shortcuts()
    camera.take("shortcuts", keys)
    keys.close()
    window.commands.settings.trigger()
    camera.until(lambda: window.findChild(SettingsDialog))
    settings = window.findChild(SettingsDialog)
    camera.take("settings", settings)
    settings.close()


def _walk_search(window: MainWindow, camera: Camera) -> None:
    grid, inspector = window.browse.library_grid, window.inspector
    grid.choose_row(grid.model().rowCount() // 3)
    camera.until(lambda: inspector.bits.bit_model.rowCount() > 0)
    camera.take("photo")
    window.commands.find_similar.trigger()
    camera.until(lambda: window.browse.shows_results and window.browse.hit_model.rowCount() > 0)
    window.browse.result_grid.choose_row(1)
    camera.until(lambda: bool(inspector.marks.chips))
    camera.rest(_SETTLE_MS)  # chips are made anew when the engine has looked at both
    inspector.marks.chips[0].setFocus()
    camera.await_evidence()
    camera.take("results")
    sidecars = window.files.sidecars.open_dialog()
    sidecars.findChild(QLineEdit).setText("warbler, spring")
    for box in sidecars.findChildren(QCheckBox):
        box.setChecked(True)
    camera.until(sidecars.findChild(QTableView).model().rowCount)
    camera.take("sidecars", sidecars)
    sidecars.close()
    window.commands.inspector_bits.trigger()
    inspector.bits.sort_by(BitOrder.AGREEMENT)
    first = inspector.bits.bit_model.bit_at(0)
    inspector.bits.choose_bit(first)
    camera.await_evidence(first)
    camera.take("inspector")
    window.commands.inspector_bits.trigger()
    window.commands.view_large.trigger()
    camera.rest(_SETTLE_MS)
    camera.take("compare")
    window.commands.back.trigger()
    window.browse.result_grid.choose_row(window.browse.hit_model.rowCount() - 1)
    window.commands.add_counter_example.trigger()
    camera.rest(_SETTLE_MS)
    camera.take("counter-example")
    window.commands.back.trigger()


def _walk_side_pages(window: MainWindow, camera: Camera) -> None:
    window.commands.bits.trigger()
    page = window.pages.gallery.page
    camera.until(lambda: page.bit is not None)
    camera.until(lambda: all(tile.accessibleName() for tile in page.tiles))
    camera.take("bits")
    if camera.wants("map"):
        _walk_map(window, camera)
    window.commands.models.trigger()
    camera.until(lambda: window.teaching.models.page.cards)
    camera.take("models")
    window.commands.teach.trigger()
    camera.take("teach")
    window.commands.back.trigger()


def _walk_map(window: MainWindow, camera: Camera) -> None:
    window.commands.map.trigger()
    a_map = window.pages.map
    empty = a_map.findChild(EmptyState)
    camera.until(empty.isVisible)
    camera.rest(_SETTLE_MS)  # until it is known that there is none
    empty.button_clicked.emit()
    camera.until(lambda: len(a_map.view.photo_ids))
    a_map.colour_by_bit(0)
    a_map.view.zoom_by(1.7)
    camera.take("map")


def _make_odd_files(folder: Path) -> Path:
    """Files that cannot be read, for the problems list."""
    folder.mkdir()
    (folder / "notes from the hide.jpg").write_text("Two bullfinches at the feeder.")
    (folder / "IMG_2041.jpg").write_bytes(b"")
    (folder / "IMG_2042.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return folder


if __name__ == "__main__":
    sys.exit(main())
