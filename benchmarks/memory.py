"""Whether memory stays flat: that of both processes while many photos are indexed.

    python benchmarks/memory.py FOLDER [--photos 20000]

The photos of the folder are repeated, each time with other bytes behind the picture, so that no
code is reused. What both processes take up is read at every 2,000 photos. The engine is not
replaced on the way, as it otherwise would be after 20,000, lest that hide what it keeps.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import psutil

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexProgress
from ahash_desktop.services.session import LibrarySession

EVERY = 2000


def write_photos(source: Path, target: Path, n_photos: int) -> None:
    """Repeats the photos of a folder, each with an ending of its own."""
    originals = cycle(sorted(source.rglob("*.jpg")))
    for number, path in enumerate(islice(originals, n_photos)):
        folder = target / f"{number // 1000:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06}.jpg").write_bytes(path.read_bytes() + number.to_bytes(8, "big"))


@dataclass(frozen=True, slots=True)
class Taken:
    """Megabytes taken up once so many photos were done, and which process the engine was."""

    n_done: int
    own_mb: float
    engine_mb: float
    engine_pid: int


def look(n_done: int) -> Taken:
    """What this process and the largest of its children, the engine, take up now."""
    me = psutil.Process()
    engine_bytes, pid = max((child.memory_info().rss, child.pid) for child in me.children())
    return Taken(n_done, me.memory_info().rss / 1e6, engine_bytes / 1e6, pid)


def index(library: Path, photos: Path, n_photos: int) -> Iterator[Taken]:
    """What is taken up at every 2,000 photos."""
    settings = Settings(recycle_after=10 * n_photos)
    session = LibrarySession.open(LibraryPaths(library), settings)
    try:
        session.browser.add_root(photos)
        due = EVERY
        for record in session.updater.index(CancelToken()):
            if isinstance(record, IndexProgress) and record.n_done >= due:
                yield look(record.n_done)
                due += EVERY
    finally:
        session.close()


def main() -> None:
    """Prints one line every 2,000 photos, and how the last compares with the first."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=20_000)
    options = parser.parse_args()
    if options.photos < EVERY:
        parser.error(f"--photos: at least {EVERY:,}")
    with tempfile.TemporaryDirectory() as scratch:
        photos = Path(scratch, "photos")
        write_photos(options.folder, photos, options.photos)
        taken = []
        for now in index(Path(scratch, "library"), photos, options.photos):
            print(
                f"{now.n_done:7,} photos: {now.own_mb:5.0f} MB, engine {now.engine_mb:5.0f} MB",
                flush=True,
            )
            taken.append(now)
    first, last = taken[0], taken[-1]
    print(f"engine at the end: {last.engine_mb / first.engine_mb:.2f} x what it was at first")
    print(f"engines there were: {len({now.engine_pid for now in taken})}")


if __name__ == "__main__":
    main()
