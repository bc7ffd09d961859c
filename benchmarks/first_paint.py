"""Seconds from the start of the program to the first paint of its window.

    python benchmarks/first_paint.py LIBRARY [--repeat 5]

Starts `ahash-desktop` anew each time, on a display or with QT_QPA_PLATFORM=offscreen, and closes
the window once it has been painted and the library's first thumbnails are there.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import date

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


def main() -> None:
    """Prints the seconds of each start and their median."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="a library that holds photos")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    print(
        f"{date.today()}  {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, {os.environ.get('QT_QPA_PLATFORM', 'display')}"
    )
    starts = [start_once(options.library) for _ in range(options.repeat)]
    for what in ("first paint", "library"):
        seconds = [start[what] for start in starts]
        told = ", ".join(f"{value:.2f}" for value in seconds)
        print(f"{what:12} median {statistics.median(seconds):.2f} s  ({told})")
    print(f"torch in the window's process: {'yes' if any(s['torch'] for s in starts) else 'no'}")


if __name__ == "__main__":
    main()
