"""Whether the window stays at hand while thousands of files are copied into a watched folder.

    QT_QPA_PLATFORM=offscreen python benchmarks/flood.py [--files 20000]

The whole window follows a folder into which another process copies files. A timer on the window's
thread that is due every five milliseconds tells how long it was kept waiting. An engine process
without a network answers at once, so that codes come far faster than any network makes them; the
files are no pictures, and a few thumbnails stand for all of them.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication
from watching import make_files

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ContentId, EncodedPicture, EncodeOutcome, PictureFacts
from ahash_desktop.core.settings import Settings
from ahash_desktop.engine.client import EngineProcess
from ahash_desktop.engine.messages import EncodeFile, EngineConfig, Outcomes, Ready
from ahash_desktop.engine.process import Process
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.library.folder_watch import FolderWatch
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.imaging.content import content_id
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from ahash_desktop.services.models import ModelInfo
from ahash_desktop.services.session import LibrarySession

_TICK_MS = 5
_MOST_MS = 50.0
_STILL_S = 5.0
_PATIENCE_S = 600.0
_COPY = "import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2])"


class Watchdog(QObject):
    """Measures how long the window's thread is kept from this, and how long it works itself.

    Of a gap, whatever is not the thread's own work is waiting: for other threads, which hold
    Python's lock, and for a processor that other programs use.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps_ms: list[float] = []
        self.works_ms: list[float] = []
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._timer.start()

    def show(self, what: str) -> None:
        """Prints what there was since the last call."""
        for kind, times_ms in (("waited", self.gaps_ms), ("worked", self.works_ms)):
            n_long = sum(time_ms > _MOST_MS for time_ms in times_ms)
            print(
                f"{what:<32}{kind:<8}{np.percentile(times_ms, 95):8.1f}"
                f"{np.percentile(times_ms, 99.9):8.1f}{max(times_ms):8.1f}"
                f"{n_long:8,} of {len(times_ms):,}",
                flush=True,
            )
        self.gaps_ms, self.works_ms = [], []

    def _on_tick(self) -> None:
        now = time.perf_counter()
        self.gaps_ms.append(max(0.0, (now - self._last) * 1000 - _TICK_MS))
        self._last = now
        worked = time.thread_time()
        self.works_ms.append((worked - self._worked) * 1000)
        self._worked = worked


def answer(connection: Connection, config: EngineConfig) -> None:
    """An engine that makes codes of the digests of files."""
    n_bits = 64
    connection.send(Ready(config.bundle, n_bits, "cpu", "float32"))
    thumbnails = ThumbnailStore(Path(config.thumbnails))
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    try:
        while True:
            request = connection.recv()
            if isinstance(request, EncodeFile):
                content = content_id(request.item.path.read_bytes())
                thumbnails.save(content.key, pixels)
                outcome = _outcome(request.item.photo_id, content, n_bits)
                connection.send(Outcomes((outcome,)))
    except EOFError:
        return


def _outcome(photo_id: int, content: ContentId, n_bits: int) -> EncodeOutcome:
    code = np.frombuffer(content.digest[: n_bits // 8], dtype=np.uint8)
    activations = np.where(np.unpackbits(code), 0.5, -0.5).astype(np.float16)
    facts = PictureFacts(120, 90, "JPEG")
    return EncodeOutcome(photo_id, EncodedPicture(code, activations), facts, content)


def quick_engine(paths: LibraryPaths, _settings: Settings, info: ModelInfo) -> EngineProcess:
    """The engine as the program starts it, but without a network."""
    manifest = info.manifest
    thumbnails, log = str(paths.thumbnails), str(paths.folder / "engine.log")
    return EngineProcess(
        EngineConfig(manifest.model_id, thumbnails, log, log),
        model_id=manifest.model_id,
        n_bits=manifest.n_bits,
        spawn=partial(Process, main=answer),
    )


def wait(is_over: Callable[[], bool]) -> float:
    """Lets the window live until something is so; gives how many seconds that took."""
    started = time.monotonic()
    loop = QEventLoop()
    timer = QTimer(interval=200)
    timer.timeout.connect(
        lambda: loop.quit() if is_over() or time.monotonic() - started > _PATIENCE_S else None
    )
    timer.start()
    loop.exec()
    timer.stop()
    return time.monotonic() - started


def measure(app: QApplication, session: LibrarySession, root: Path, source: Path, n: int) -> None:
    """Copies the files in and prints how the window fared."""
    runner = JobRunner()
    window = MainWindow(session, ThemeController(app, "light"), runner)
    watch = FolderWatch(
        session,
        runner,
        window.catalogue,
        window.choices,
        window.commands.watch_folders,
        window,
    )
    window.resize(1280, 800)
    window.show()
    window.start()
    watch.start()
    contents = window.catalogue
    wait(lambda: len(contents.contents.roots) == 1 and not contents.is_indexing)
    watchdog = Watchdog()
    still_until = time.monotonic() + _STILL_S
    print(f"{'milliseconds':<40}{'95 %':>8}{'99.9 %':>8}{'longest':>8}{'over 50':>8}")
    wait(lambda: time.monotonic() > still_until)
    watchdog.show("nothing happens")
    with subprocess.Popen([sys.executable, "-c", _COPY, source, root / "new"]) as copying:
        wait(lambda: copying.poll() is not None)
        watchdog.show("files are copied in")
        took_s = wait(lambda: contents.contents.counts.indexed == n)
        watchdog.show("they are found, read, shown")
    print(f"files copied in {n:,}, in the library {contents.contents.counts.indexed:,}")
    print(f"seconds from the last file copied to the last one shown {took_s:.1f}")
    watch.stop()
    runner.shut_down(10)
    window.thumbnails.stop()
    window.close()


def main() -> None:
    """Makes the files and prints what the window was kept waiting."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=20_000)
    options = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{date.today()}  {platform.machine()}, {os.cpu_count()} processors, load {load}, "
        f"Python {platform.python_version()}"
    )
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        root, source = Path(folder, "photos"), Path(folder, "source")
        root.mkdir()
        make_files(source, options.files)
        session = LibrarySession.open(
            LibraryPaths(Path(folder, "library")), Settings(), quick_engine
        )
        session.browser.add_root(root)
        measure(app, session, root, source, options.files)
        session.close()
    app.quit()


if __name__ == "__main__":
    main()
