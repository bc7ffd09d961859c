"""Whether memory stays flat: that of both processes while many photos are indexed.

    python benchmarks/memory.py FOLDER [--photos 20000]

The photos of the folder are repeated, each time with other bytes behind the picture, so that no
code is reused. What both processes take up is read at every 2,000 photos.
"""

import argparse
import tempfile
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import psutil

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import IndexProgress
from ahash_desktop.core.settings import Settings
from ahash_desktop.services.session import LibrarySession

EVERY = 2000


def write_photos(source: Path, target: Path, n_photos: int) -> None:
    """Repeats the photos of a folder, each with an ending of its own."""
    originals = cycle(sorted(source.rglob("*.jpg")))
    for number, path in enumerate(islice(originals, n_photos)):
        folder = target / f"{number // 1000:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06}.jpg").write_bytes(path.read_bytes() + number.to_bytes(8, "big"))


def memory_mb() -> tuple[float, float]:
    """Megabytes that this process and the engine take up."""
    me = psutil.Process()
    engines = [child.memory_info().rss for child in me.children()]
    return me.memory_info().rss / 1e6, max(engines, default=0) / 1e6


def index(library: Path, photos: Path) -> Iterator[tuple[int, float, float]]:
    """Photos done so far, and the megabytes of this process and of the engine."""
    session = LibrarySession.open(LibraryPaths(library), Settings())
    try:
        session.browser.add_root(photos)
        due = EVERY
        for record in session.updater.index(CancelToken()):
            if isinstance(record, IndexProgress) and record.n_done >= due:
                yield (record.n_done, *memory_mb())
                due += EVERY
    finally:
        session.close()


def main() -> None:
    """Prints one line every 2,000 photos, and how the last compares with the first."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        photos = Path(scratch, "photos")
        write_photos(options.folder, photos, options.photos)
        engines = []
        for n_done, own_mb, engine_mb in index(Path(scratch, "library"), photos):
            print(f"{n_done:7,} photos: {own_mb:5.0f} MB, engine {engine_mb:5.0f} MB", flush=True)
            engines.append(engine_mb)
    print(f"engine at the end: {engines[-1] / engines[0]:.2f} x what it was at first")


if __name__ == "__main__":
    main()
