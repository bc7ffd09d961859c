"""How long the library takes to answer what indexing and the window ask all the time.

    python benchmarks/library.py [--photos 200000] [--bits 64]

The library is filled as an indexing run would fill it; every line is one call.
"""

import argparse
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from filled_library import ROOT, fill

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.store.library import Library

_T = TypeVar("_T")


def main() -> None:
    """Fills a library and prints a line for every call."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200_000)
    parser.add_argument("--bits", type=int, default=64)
    arguments = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{date.today()}  {platform.processor() or platform.machine()},"
        f" {os.cpu_count()} processors, load {load}, {platform.system()},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {arguments.photos:,} photos"
    )
    with tempfile.TemporaryDirectory() as folder:
        paths = LibraryPaths(Path(folder))
        with Library.open(paths) as library:
            model = timed(
                "scan and index all", lambda: fill(library, arguments.photos, arguments.bits)
            )
        print(f"{'size on disk':<40}{paths.database.stat().st_size / 1e6:10.1f} MB")
        with Library.open(paths) as library:
            ask(library, model)


def ask(library: Library, model: ModelRecord) -> None:
    """Prints the time of each question."""
    root = library.roots.all()[0]
    key = model.model_key
    timed("codes.load", lambda: library.codes.load(key, model.n_bits))
    timed("work.fingerprints", lambda: library.work.fingerprints(root.root_id))
    timed("work.awaiting, nothing to do", lambda: library.work.awaiting(key, [root.root_id]))
    timed("work.awaiting, first 100", lambda: library.work.awaiting(99, [root.root_id], limit=100))
    timed(
        "work.find_same_content",
        lambda: library.work.find_same_content((5).to_bytes(16, "big"), 1004, key),
    )
    timed("photos.ids, by path", library.photos.ids)
    ids = timed("photos.ids, newest first", lambda: library.photos.ids(newest_first=True))
    timed("photos.get_many, 200", lambda: library.photos.get_many(ids[:200].tolist()))
    timed("photos.find_by_path", lambda: library.photos.find_by_path(ROOT / "2003/00000/x.jpg"))
    timed("photos.counts", library.photos.counts)
    timed("photos.problems", library.photos.problems)
    timed("work.mark_missing, 1000", lambda: library.work.mark_missing(ids[:1000].tolist(), 3.0))
    timed("roots.remove", lambda: library.roots.remove(root.root_id))


def timed(what: str, call: Callable[[], _T]) -> _T:
    """The result of a call whose time is printed."""
    started = time.perf_counter()
    result = call()
    print(f"{what:<40}{(time.perf_counter() - started) * 1000:10.1f} ms", flush=True)
    return result


if __name__ == "__main__":
    main()
