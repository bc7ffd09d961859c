"""What updates cost beside another version of the program, in processor time.

    python benchmarks/two_versions.py CHECKOUT [--photos FOLDER [--first]] [--files 100000]
        [--pairs 8]

CHECKOUT is the other version. Both run `ahash index` in turns, each as often first: over a folder
of files that have not changed, and over photos for a library that is made anew. Processor time is
user and system time of the program and all its processes, so that other work on the machine hardly
matters. A line has the medians of both versions, the median of the ratios of pairs, and quartiles.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent.parent
_PER_FOLDER = 1_000
_FILL = """
import sys, time
from pathlib import Path
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.services.scanning import RootScan, ScanTotals
from ahash_desktop.store.library import Library
from filled_library import encode_all
with Library.open(LibraryPaths(Path(sys.argv[1]))) as library:
    [root] = library.roots.all()
    for _ in RootScan(library, root, time.time).run(CancelToken(), ScanTotals()):
        pass
    [model] = library.models.all()
    encode_all(library, model)
"""


def main() -> None:
    """Makes what is needed and prints a line for each thing compared."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path, help="the other version")
    parser.add_argument("--photos", type=Path, help="photos to index anew")
    parser.add_argument(
        "--first", action="store_true", help="index as on a machine where it never ran"
    )
    parser.add_argument("--files", type=int, default=100_000, help="unchanged files; 0 for none")
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--model", default="starter-64", help="one that both versions bring along")
    arguments = parser.parse_args()
    print(header(arguments.model), flush=True)
    versions = (arguments.checkout.resolve(), HERE)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.files:
            rescans = _unchanged_files(Path(folder), versions, arguments.files, arguments.model)
            compare(f"update of {arguments.files:,} unchanged files", rescans, arguments.pairs)
        if arguments.photos is not None:
            anew = _new_libraries(Path(folder), versions, arguments)
            what = "first index" if arguments.first else "index"
            compare(f"{what} of {arguments.photos.name}", anew, arguments.pairs)


def header(model: str) -> str:
    """The day, the machine, its load, and the model."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{date.today()}  {platform.processor() or platform.machine()},"
        f" {os.cpu_count()} processors, load {load}, {platform.system()},"
        f" Python {platform.python_version()}, {model}"
    )


def compare(what: str, calls: list[Callable[[], float]], n_pairs: int) -> None:
    """Measures the processor time of both versions in turns and prints it."""
    times: list[list[float]] = [[], []]
    for number in range(n_pairs):
        for version in (0, 1) if number % 2 else (1, 0):
            times[version].append(calls[version]())
    tell(f"{what}, s", *times)


def tell(what: str, before: list[float], now: list[float]) -> None:
    """Prints what both versions need, and how they stand to one another."""
    ratios = sorted(new / old for old, new in zip(before, now, strict=True) if old)
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    print(
        f"{what:<48}{statistics.median(before):9.3f} before {statistics.median(now):9.3f} now"
        f"   {statistics.median(ratios):.3f} x ({low:.3f} to {high:.3f}, {len(ratios)} pairs)",
        flush=True,
    )


def _unchanged_files(
    folder: Path, versions: tuple[Path, Path], n_files: int, model: str
) -> list[Callable[[], float]]:
    """Updates of libraries that know all files, one for each version."""
    photos = folder / "unchanged"
    photos.mkdir()
    libraries, calls = [], []
    for number, checkout in enumerate(versions):
        library = folder / f"unchanged_{number}"
        make_library(library, model)
        index(checkout, library, photos)
        libraries.append(library)
    make_files(photos, n_files)
    for checkout, library in zip(versions, libraries, strict=True):
        run(checkout, "-c", _FILL, str(library))
        index(checkout, library)
        calls.append(lambda checkout=checkout, library=library: index(checkout, library))
    return calls


def _new_libraries(
    folder: Path, versions: tuple[Path, Path], arguments: argparse.Namespace
) -> list[Callable[[], float]]:
    """First indexings of a folder, one for each version."""

    def index_anew(checkout: Path) -> float:
        library = folder / "anew"
        make_library(library, arguments.model)
        if arguments.first:
            os.environ["XDG_CACHE_HOME"] = str(library / "cache")  # what a machine told of itself
        seconds = index(checkout, library, arguments.photos)
        shutil.rmtree(library)
        return seconds

    return [lambda checkout=checkout: index_anew(checkout) for checkout in versions]


def make_files(folder: Path, n_files: int) -> None:
    """Makes small photos, a thousand in each folder, which are all links to the same file."""
    for number, start in enumerate(range(0, n_files, _PER_FOLDER)):
        inner = folder / f"{number:04}"
        inner.mkdir()
        first = inner / f"IMG_{start:07}.jpg"
        Image.new("RGB", (48, 48), (number % 256, number // 256, 90)).save(first)
        for each in range(start + 1, min(start + _PER_FOLDER, n_files)):
            os.link(first, inner / f"IMG_{each:07}.jpg")


def make_library(folder: Path, model: str) -> None:
    """Makes an empty library that uses a model."""
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps({"model": model}), encoding="utf-8")


def index(checkout: Path, library: Path, *folders: Path) -> float:
    """Processor seconds of one `ahash index` of a version, with those of its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ahash(checkout, library, "index", *map(str, folders))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ahash(checkout: Path, library: Path, *words: str) -> None:
    """Has a version do one command."""
    run(checkout, "-m", "ahash_desktop.cli.main", "--library", str(library), *words)


def run(checkout: Path, *arguments: str) -> None:
    """Has Python do something with a version of the program."""
    command = [sys.executable, *arguments]
    subprocess.run(
        command, check=True, capture_output=True, cwd=checkout, env=environment(checkout)
    )


def environment(checkout: Path) -> dict[str, str]:
    """What a process needs to know to be that version."""
    search = os.pathsep.join((str(checkout), str(checkout / "benchmarks")))
    return {**os.environ, "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": ""}


if __name__ == "__main__":
    main()
