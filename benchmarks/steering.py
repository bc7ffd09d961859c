"""How long the window takes from a click on a bit's switch to the new ranking on the screen.

    python benchmarks/steering.py [--photos 100000] [--repeat 40]

The library is made of random codes in a temporary folder; the window shows on a display, or
nowhere with QT_QPA_PLATFORM=offscreen. The model is not loaded: rankings need none.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from filled_library import fill
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.search.bit_rules import BitRule
from ahash_desktop.gui.search.controller import SearchResult
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store.library import Library


def main() -> None:
    """Prints the median, the 95th percentile and the worst time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=40)
    options = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{date.today()}  {platform.machine()}, {os.cpu_count()} processors, load {load},"
        f" Python {platform.python_version()}, {os.environ.get('QT_QPA_PLATFORM', 'display')}"
    )
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        paths = LibraryPaths(Path(folder) / "library")
        session = LibrarySession.open(paths, Settings())
        with Library.open(paths) as library:
            fill(library, options.photos, session.model.n_bits, session.model.model_id)
        runner = JobRunner()
        window = MainWindow(session, ThemeController(app, "light"), runner)
        try:
            wall_ms, cpu_ms = steer(window, options.repeat)
        finally:
            window.close()
            runner.shut_down(5)
            window.thumbnails.stop()
            session.close()
    print(f"{options.photos:,} photos, from a switch clicked to the ranking painted:")
    for what, times_ms in (("wall clock", wall_ms), ("processor", cpu_ms)):
        print(
            f"  {what:10} median {statistics.median(times_ms):6.1f} ms,"
            f" 95th percentile {np.percentile(times_ms, 95):6.1f} ms, best {min(times_ms):6.1f} ms"
        )


def steer(window: MainWindow, repeat: int) -> tuple[list[float], list[float]]:
    """Wall and processor milliseconds of each click, after a search by the first photo."""
    window.show()
    window.catalogue.refresh()
    live_until(lambda: window.browse.photo_model.rowCount() > 0)
    window.browse.library_grid.choose_row(0)
    window.commands.find_similar.trigger()
    live_until(lambda: window.browse.shows_results)
    live_until(lambda: window.inspector.bits.bit_model.rowCount() > 0)
    wall_ms, cpu_ms = [], []
    for number in range(repeat):
        shown: list[SearchResult] = []
        connection = window.search.search_succeeded.connect(shown.append)
        started, cpu_started = time.perf_counter(), time.process_time()
        window.inspector.bits.rule_clicked.emit(number % 12, list(BitRule)[number % 3])
        live_until(lambda shown=shown: shown)
        window.browse.result_grid.viewport().repaint()
        wall_ms.append((time.perf_counter() - started) * 1000)
        cpu_ms.append((time.process_time() - cpu_started) * 1000)
        window.search.search_succeeded.disconnect(connection)
    return wall_ms, cpu_ms


def live_until(holds: Callable[[], object]) -> None:
    """Lets the window live until something holds."""
    while not holds():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


if __name__ == "__main__":
    main()
