"""What following a large folder costs, and whether anything is lost in a flood of files.

    python benchmarks/watching.py [--files 100000] [--burst 20000] [--idle 60]

Looking through unchanged files, and the whole of an update of them, is compared with a bare walk of
the same folder that only asks for the size and time of each, in turns, the best of each. Nothing is
encoded: that is `indexing.py`.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from filled_library import encode_all

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.imaging.scan import ScanRules
from ahash_desktop.services.scanning import RootScan, ScanTotals
from ahash_desktop.services.updating import Updater
from ahash_desktop.services.watching.news import SETTLE_S, UpdateWanted
from ahash_desktop.services.watching.watcher import WatchedLibrary, Watcher
from ahash_desktop.store.library import Library

_PER_FOLDER = 100
_ROUNDS = 5
_COPY = "import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2])"


def main() -> None:
    """Makes the files and prints a line for each thing measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--burst", type=int, default=20_000)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds")
    arguments = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{date.today()}  {platform.processor() or platform.machine()},"
        f" {os.cpu_count()} processors, load {load}, {platform.system()},"
        f" Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        root, source = Path(folder, "photos"), Path(folder, "source")
        make_files(root / "old", arguments.files)
        make_files(source, arguments.burst)
        paths = LibraryPaths(Path(folder, "library"))
        with Library.open(paths) as library:
            library.roots.add(root, 0.0)
            compare_with_walk(library, paths, root)
            watch(library, root, source, arguments.idle, arguments.burst)


def make_files(folder: Path, n_files: int) -> None:
    """Makes small files with names of photos, a hundred in each folder."""
    for start in range(0, n_files, _PER_FOLDER):
        inner = folder / f"{start // 10_000:03}" / f"{start // _PER_FOLDER:05}"
        inner.mkdir(parents=True)
        for number in range(start, min(start + _PER_FOLDER, n_files)):
            (inner / f"IMG_{number:07}.jpg").write_bytes(b"\xff\xd8%d" % number)


class NoEncoder:
    """Stands where the engine would be; nothing is asked of it where nothing is to be done."""


def compare_with_walk(library: Library, paths: LibraryPaths, root: Path) -> None:
    """Prints the times of a bare walk, of looking through unchanged files and of an update."""
    look(library)
    model = library.models.register("benchmark", "Benchmark", 64, "{}", 0.0)
    encode_all(library, model)
    updater = Updater(paths, NoEncoder(), model)
    calls: dict[str, Callable[[], object]] = {
        "bare walk": lambda: sum(1 for _ in bare_walk(root)),
        "look through unchanged files": lambda: look(library),
        "whole update of unchanged files": lambda: list(updater.index(CancelToken())),
    }
    times: dict[str, list[float]] = {what: [] for what in calls}
    for _ in range(_ROUNDS):
        for what, call in calls.items():
            times[what].append(seconds_of(call))
    walk_s = min(times["bare walk"])
    for what, each in times.items():
        best_s = min(each)
        told = f"{best_s * 1000:10.0f} ms of processor time,{best_s / walk_s:6.2f} x the walk"
        print(f"{what:<44}{told}")


def bare_walk(folder: Path) -> Iterator[tuple[int, int]]:
    """Size and time of every file below a folder, as cheaply as Python can ask for them."""
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as listing:
            for entry in listing:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    yield status.st_size, status.st_mtime_ns


def look(library: Library, settle_s: float = 0.0) -> ScanTotals:
    """Compares the folder with the library once."""
    totals = ScanTotals()
    rules = ScanRules(unsettled_after=time.time() - settle_s if settle_s else None)
    for _ in RootScan(library, library.roots.all()[0], time.time, rules).run(CancelToken(), totals):
        pass
    return totals


def watch(library: Library, root: Path, source: Path, idle_s: float, n_burst: int) -> None:
    """Prints what watching costs when nothing happens, and what it finds when much does."""
    watcher = Watcher(WatchedLibrary(library.roots.all, Settings, lambda _ids: None))
    token = CancelToken()
    news = watcher.run(token)
    try:
        follow(watcher, library, token, until=lambda totals: totals.n_unsettled == 0)
        idle(watcher, token, idle_s)
        n_before = look(library).n_found
        started = time.monotonic()
        with subprocess.Popen([sys.executable, "-c", _COPY, source, root / "new"]) as copying:
            n_looks, ended = follow(
                watcher,
                library,
                token,
                until=lambda totals: (
                    copying.poll() is not None and totals.n_found == n_before + n_burst
                ),
            )
        print(f"{'files copied in at once, all found':<44}{n_burst:10,}")
        print(f"{'looks it took':<44}{n_looks:10,}")
        print(f"{'seconds from the first file to the last found':<44}{ended - started:10.1f}")
    finally:
        news.close()
        shutil.rmtree(root / "new", ignore_errors=True)


def follow(
    watcher: Watcher, library: Library, token: CancelToken, until: Callable[[ScanTotals], bool]
) -> tuple[int, float]:
    """Does what the watcher asks for until it is enough; gives how many looks, and when it was."""
    n_looks = 0
    while True:
        for told in watcher.step(token):
            if isinstance(told, UpdateWanted):
                started = time.monotonic()
                totals = look(library, SETTLE_S)
                n_looks += 1
                watcher.note_done(
                    IndexSummary(
                        unsettled=totals.n_unsettled, scan_seconds=time.monotonic() - started
                    )
                )
                if until(totals):
                    return n_looks, time.monotonic()
        token.wait(0.5)


def idle(watcher: Watcher, token: CancelToken, idle_s: float) -> None:
    """Prints how much of one processor it takes to watch a folder where nothing happens."""
    before, started = time.process_time(), time.monotonic()
    while time.monotonic() - started < idle_s:
        for _ in watcher.step(token):
            pass
        token.wait(0.5)
    share = (time.process_time() - before) / (time.monotonic() - started)
    print(f"{'processor while nothing happens':<44}{share:10.2%}")


def seconds_of(call: Callable[[], object]) -> float:
    """Processor time of a call, in seconds."""
    started = time.process_time()
    call()
    return time.process_time() - started


if __name__ == "__main__":
    main()
