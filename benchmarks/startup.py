"""Seconds from the start of the program to what its user waits for.

    python benchmarks/startup.py LIBRARY [--repeat 5]
    python benchmarks/startup.py LIBRARY --picture PICTURE [--against CHECKOUT] [--no-window]

Starts `ahash-desktop` anew each time, on a display or with QT_QPA_PLATFORM=offscreen, and closes
the window once it has been painted and the library's first thumbnails are there. With a picture,
`ahash search` is timed as well, in turns with the program of another checkout; its processor time,
the engine's included, tells more than its seconds where other programs run. Not for Windows.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]

_SEARCH = "import sys; from ahash_desktop.cli.main import main; sys.exit(main())"
"""What the script `ahash` runs."""

_PROGRAM = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from ahash_desktop import app
from ahash_desktop.gui.browse.room import BrowseRoom
from ahash_desktop.gui.window.main_window import MainWindow

started, library = float(sys.argv[1]), Path(sys.argv[2])
told = {}

def on_paint(window, event):
    super(MainWindow, window).paintEvent(event)
    told.setdefault("first paint", time.time() - started)

def on_changed(room, changes, original=BrowseRoom._on_changed):
    original(room, changes)
    if room.page.photo_model.rowCount() and "library" not in told:
        told["library"] = time.time() - started
        QTimer.singleShot(0, room.page.window().close)

MainWindow.paintEvent = on_paint
BrowseRoom._on_changed = on_changed
app.main([], library)
told["torch"] = "torch" in sys.modules
print(json.dumps(told))
"""


def start_once(library: str) -> dict[str, float]:
    """What one start took, in seconds."""
    command = [sys.executable, "-c", _PROGRAM, repr(time.time()), library]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return told


def search_once(checkout: Path, library: str, picture: str) -> tuple[float, float]:
    """Seconds, and seconds of processor time, that one `ahash search` took, its engine included."""
    command = [sys.executable, "-c", _SEARCH, "--library", library, "search", picture]
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=checkout, env=environment)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, used


def compare_searches(options: argparse.Namespace) -> None:
    """Prints what a search by a picture from outside takes, beside another checkout's if asked."""
    checkouts = [_HERE, *([options.against.resolve()] if options.against else [])]
    for checkout in checkouts:  # what is made once on a machine is there afterwards
        search_once(checkout, options.library, options.picture)
    runs = [
        [search_once(checkout, options.library, options.picture) for checkout in checkouts]
        for _ in range(options.repeat)
    ]
    for place, checkout in enumerate(checkouts):
        seconds = statistics.median(run[place][0] for run in runs)
        used = statistics.median(run[place][1] for run in runs)
        name = "this checkout" if checkout == _HERE else checkout.name
        print(f"ahash search  {name:14} median {seconds:.2f} s, {used:.2f} s of processor time")
    if options.against:
        wall = statistics.median(run[0][0] / run[1][0] for run in runs)
        used = statistics.median(run[0][1] / run[1][1] for run in runs)
        print(f"ratio         median {wall:.2f} of the seconds, {used:.2f} of the processor time")


def main() -> None:
    """Prints the seconds of each start and their median."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="a library that holds photos")
    parser.add_argument("--picture", help="search by this picture, which is not in the library")
    parser.add_argument("--against", type=Path, help="another checkout, in turns with this one")
    parser.add_argument("--no-window", action="store_true", help="leave the window out")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    print(
        f"{date.today()}  {platform.machine()}, {os.cpu_count()} processors, "
        f"load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        f"{os.environ.get('QT_QPA_PLATFORM', 'display')}"
    )
    if options.picture:
        compare_searches(options)
    if options.no_window:
        return
    starts = [start_once(options.library) for _ in range(options.repeat)]
    for what in ("first paint", "library"):
        seconds = [start[what] for start in starts]
        told = ", ".join(f"{value:.2f}" for value in seconds)
        print(f"{what:12} median {statistics.median(seconds):.2f} s  ({told})")
    print(f"torch in the window's process: {'yes' if any(s['torch'] for s in starts) else 'no'}")


if __name__ == "__main__":
    main()
