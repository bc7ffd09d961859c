"""How many photos a second each phase of a training gets through.

    python benchmarks/training.py LABELS [--where kind=bbox] [--classes 8] [--photos 20]

LABELS is a CSV with path, class and perhaps more. Some photos of some classes are learned for a few
epochs by the default recipe; a line has what a phase did in how many seconds. "finishing" encodes
the photos again for each share of what was learned that is tried.
"""

import argparse
import csv
import os
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.progress import TrainProgress
from ahash_desktop.training.ask.recipes import BALANCED
from ahash_desktop.training.running.trainer import train


def pick_photos(labels: Path, where: str, n_classes: int, n_photos: int) -> dict[str, list[Path]]:
    """The first photos of the first classes."""
    column, _, value = where.partition("=")
    found: dict[str, list[Path]] = defaultdict(list)
    with labels.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not where or row[column] == value:
                found[row["class"]].append(labels.parent / row["path"])
    return {name: found[name][:n_photos] for name in sorted(found)[:n_classes]}


def copy_photos(picked: dict[str, list[Path]], folder: Path) -> int:
    """Puts photos into a folder for each class; how many there are."""
    for name, paths in picked.items():
        (folder / name).mkdir(parents=True)
        for number, path in enumerate(paths):
            (folder / name / f"{number}{path.suffix}").write_bytes(path.read_bytes())
    return sum(map(len, picked.values()))


def time_phases(job: TrainingJob) -> dict[str, tuple[float, float]]:
    """Photos a second and seconds of each phase of a run, and all its seconds as "whole run".

    While it learns the run itself tells its rate; else photos done are counted.
    """
    done: dict[str, int] = defaultdict(int)
    rates: dict[str, list[float]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    began = before = time.perf_counter()
    phase, n_before = "", 0
    for record in train(job):
        now = time.perf_counter()
        if isinstance(record, TrainProgress):
            is_same = record.phase == phase and record.n_done >= n_before
            done[record.phase] += record.n_done - (n_before if is_same else 0)
            phase, n_before = record.phase, record.n_done
            if phase == "learning" and record.photos_per_second:
                rates[phase].append(record.photos_per_second)
        seconds[phase] += now - before
        before = now
    told = {
        name: (
            statistics.median(rates[name]) if rates[name] else n_photos / seconds[name],
            seconds[name],
        )
        for name, n_photos in done.items()
        if seconds[name]
    }
    return told | {"whole run": (0.0, before - began)}


def main() -> None:
    """Prints a line for each phase."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--where", default="", metavar="COLUMN=VALUE")
    parser.add_argument("--classes", type=int, default=8)
    parser.add_argument("--photos", type=int, default=20, help="of each class")
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args()
    picked = pick_photos(options.labels, options.where, options.classes, options.photos)
    with tempfile.TemporaryDirectory() as folder:
        n_photos = copy_photos(picked, Path(folder) / "photos")
        print(
            f"{date.today()}  {platform.processor() or platform.machine()}, "
            f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, "
            f"Python {platform.python_version()}; {n_photos} photos of {len(picked)} classes, "
            f"{options.epochs} epochs"
        )
        job = TrainingJob(
            sources=(Path(folder) / "photos",),
            out=Path(folder) / "bundle",
            n_bits=48,
            recipe=BALANCED,
            n_epochs=options.epochs,
            device="cpu",
        )
        for phase, (rate, seconds) in time_phases(job).items():
            told = f"{rate:7.1f} photos/s" if rate else ""
            print(f"{phase:12} {seconds:7.2f} s  {told}")


if __name__ == "__main__":
    main()
