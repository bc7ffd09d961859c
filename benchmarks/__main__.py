"""All that is claimed about speed, measured one after the other, and written down.

    python -m benchmarks DATA [--full] [--only NAME ...] [--out docs/benchmarks.md]

DATA is a folder with photos in `birds/originals`, and labels in `birds/labels.csv`. Without
`--full` it takes at most 90 minutes on two processors; what would take longer is cut off and said
so. Each part is a script of this
folder, which tells of itself with `--help`; what it prints is written between its markers, with the
machine, the day and the load before and after, and other parts of the file stay as they are. Peers
come with the extra `bench`; those that are not installed are left out by the scripts.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_OUT = _HERE.parent / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Written by `python -m benchmarks DATA`, which anyone can run; what it all means is told in
[results.md](results.md). Rates depend on the machine and its load, ratios hardly.
"""


@dataclass(frozen=True)
class Part:
    """A script with its arguments, and how many minutes it may take."""

    name: str
    title: str
    command: tuple[str, ...]
    minutes: float


def parts(data: Path, work: Path, *, full: bool) -> Iterator[Part]:
    """The parts in the order they are run."""
    photos = data / "birds" / "originals"
    library, picture = work / "library", work / "outside.jpg"
    size = ("--full",) if full else ()
    yield Part(
        "startup",
        "Starting",
        ("startup.py", str(library), "--picture", str(picture), "--repeat", "5"),
        6,
    )
    yield Part("indexing", "Indexing", ("indexing.py", str(photos), "--repeat", "3"), 12)
    yield Part(
        "large-photos",
        "Indexing large photos",
        ("indexing.py", str(photos), "--enlarged", "12", "24", "--repeat", "1"),
        10,
    )
    labels = data / "birds" / "labels.csv"
    yield Part("training", "Training", ("training.py", str(labels), "--where", "kind=bbox"), 6)
    yield Part("hamming", "Searching", ("hamming.py", *size), 30)
    yield Part(
        "library",
        "A library of many photos",
        ("library.py", "--photos", "1000000" if full else "200000"),
        12,
    )
    yield Part(
        "scale",
        "A library of very many photos",
        ("scale.py", "--photos", "1000000" if full else "100000"),
        25,
    )
    yield Part(
        "memory",
        "Memory while indexing",
        ("memory.py", str(data), "--photos", "20000" if full else "4000"),
        15,
    )


def prepare(data: Path, work: Path) -> None:
    """Indexes some photos and keeps one that is not among them."""
    photos = sorted((data / "birds" / "originals").rglob("*.jpg"))[:151]
    folder = work / "photos"
    folder.mkdir()
    (work / "outside.jpg").write_bytes(photos[0].read_bytes())
    for number, photo in enumerate(photos[1:]):
        (folder / f"{number}.jpg").write_bytes(photo.read_bytes())
    command = [sys.executable, "-m", "ahash_desktop.cli.main", "--library", str(work / "library")]
    subprocess.run([*command, "index", str(folder)], check=True, cwd=_HERE.parent)


def run(part: Part, *, full: bool) -> str:
    """What a script printed; that it was cut off or failed is told below."""
    print(f"== {part.title}: {' '.join(part.command)}", flush=True)
    environment = os.environ | {"PYTHONPATH": str(_HERE.parent)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    process = subprocess.Popen(
        [sys.executable, str(_HERE / part.command[0]), *part.command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        told, complaints = process.communicate(timeout=None if full else 60 * part.minutes)
    except subprocess.TimeoutExpired:
        process.kill()
        told, complaints = process.communicate()
        told += f"(cut off after {part.minutes:g} minutes)\n"
    else:
        if process.returncode:
            told += f"(failed: {complaints.strip().splitlines()[-1:]})\n"
    print(told, flush=True)
    return told


def load() -> str:
    """The load of the last minute, where the system tells."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def processor() -> str:
    """Its name, where the system tells, and how many threads it runs."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        name = names[0] if names else name
    return f"{name}, {os.cpu_count()} threads"


def write_down(out: Path, part: Part, section: str) -> None:
    """Puts a section between its markers, at the end if there are none."""
    begin, end = f"<!-- {part.name} -->\n", f"<!-- end of {part.name} -->\n"
    text = out.read_text(encoding="utf-8") if out.exists() else _HEAD
    before, found, rest = text.partition(begin)
    after = rest.partition(end)[2] if found else ""
    gap = "" if found else "\n"
    out.write_text(f"{before}{gap}{begin}{section}{end}{after}", encoding="utf-8")


def main() -> None:
    """Runs the parts and writes down what each printed as soon as it ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="holds photos in birds/originals")
    parser.add_argument("--full", action="store_true", help="everything, however long it takes")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these parts")
    parser.add_argument("--out", type=Path, default=_OUT)
    options = parser.parse_args()
    data = options.data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        chosen = list(parts(data, work, full=options.full))
        if options.only:
            chosen = [part for part in chosen if part.name in options.only]
        if any(part.name == "startup" for part in chosen):
            prepare(data, work)
        for part in chosen:
            load_before, started = load(), time.monotonic()
            told = run(part, full=options.full)
            minutes = (time.monotonic() - started) / 60
            command = " ".join(part.command).replace(str(data), "DATA").replace(str(work), "WORK")
            section = (
                f"## {part.title}\n\n"
                f"`python benchmarks/{command}`, {date.today()}, {processor()}, load {load_before} "
                f"before and {load()} after, Python {platform.python_version()}, "
                f"{minutes:.1f} minutes:\n\n```\n{told.rstrip()}\n```\n"
            )
            write_down(options.out, part, section)


if __name__ == "__main__":
    main()
