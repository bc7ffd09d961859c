"""How fast the window is beside another version's, both measured in turns in one run.

    QT_QPA_PLATFORM=offscreen python benchmarks/two_windows.py CHECKOUT --photos FOLDER
        [--pairs 4] [--library-photos 100000] [--only start window]

CHECKOUT is the other version. Each has a library of its own of the photos, for starts of the whole
program, and one filled with random codes, for its `benchmarks/window.py`. Each goes first as often
as the other. A line has the medians of both, the median of the ratios of pairs, and quartiles.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from two_versions import HERE, environment, header, index, make_library, tell

_ROW = re.compile(r"^ *(\w.*?) {2,}([\d.]+) +([\d.]+) +[\d.]+  \(\d+ times\)$", re.MULTILINE)
_STARTS = re.compile(r"^(first paint|library) +median ([\d.]+) s", re.MULTILINE)

_STARTERS = ("startup", "first_paint")
"""What times starts is called, in this version and in older ones."""

Measured = dict[str, list[float]]


def main() -> None:
    """Measures both versions in turns and prints a line for each thing compared."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=Path, help="the other version")
    parser.add_argument("--photos", type=Path, required=True, help="photos for starts")
    parser.add_argument("--library-photos", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--model", default="starter-64", help="one that both versions bring along")
    parser.add_argument("--only", nargs="+", default=["start", "window"])
    options = parser.parse_args()
    print(header(options.model), flush=True)
    versions = (options.checkout.resolve(), HERE)
    measured: tuple[Measured, Measured] = (defaultdict(list), defaultdict(list))
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / name for name in ("before", "now")]
        for checkout, place in zip(versions, places, strict=True):
            place.mkdir()
            make_library(place / "read", options.model)
            index(checkout, place / "read", options.photos)
        for number in range(options.pairs + 1):
            for which in (0, 1) if number % 2 else (1, 0):
                for what, value in measure(versions[which], places[which], options):
                    if number:  # the first round only fills what lasts
                        measured[which][what].append(value)
    for what in measured[1]:
        tell(what, measured[0][what], measured[1][what])


def measure(
    checkout: Path, place: Path, options: argparse.Namespace
) -> Iterator[tuple[str, float]]:
    """What one round of a version took: seconds of starts, milliseconds of the window's work."""
    if "start" in options.only:
        script = next(
            path
            for path in (checkout / "benchmarks" / f"{name}.py" for name in _STARTERS)
            if path.is_file()
        )
        told = run(checkout, script, str(place / "read"), "--repeat", "3")
        for what, median in _STARTS.findall(told):
            yield f"{what}, s", float(median)
    if "window" in options.only:
        told = run(
            checkout,
            checkout / "benchmarks" / "window.py",
            *("--photos", str(options.library_photos), "--folder", str(place / "filled")),
            *("--repeat", "1"),
        )
        for what, median, most in _ROW.findall(told):
            yield f"{what}, ms", float(median)
            if "frame" in what or "library to results" in what:
                yield f"{what}, 95th percentile", float(most)


def run(checkout: Path, script: Path, *arguments: str) -> str:
    """What a script of a version prints."""
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd=checkout,
        env=environment(checkout),
    )
    return done.stdout


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main()
