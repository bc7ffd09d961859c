"""What meaningful bits cost: mAP against the share of bits that mean an attribute.

    python benchmarks/meaning.py DATA WORK [--shares 0 0.25 …]

The conditions are those of `recipe_choices.py`, with the birds' table of attributes: the mAP is
that of kept-back photos of all classes, and a bit is meaningful if its AUROC on them is above the
95th percentile of the three nulls. Writes the table into `docs/results.md` and the figure
`docs/figures/meaning.svg`. What is in `docs/meaning.json` is not trained again.
"""

import argparse
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from hash_cells import BITS, N_EPOCHS, Cell
from hash_quality import COLLECTIONS, DOCS, last_of
from hash_tables import table
from make_starter import SETS

from ahash_desktop.core.files import replace_file
from ahash_desktop.hashing.bundle import read_manifest
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.progress import TrainReport
from ahash_desktop.training.running.trainer import train

COLLECTION = "birds"
TABLE = "birds/class_attribute_labels_continuous.txt"
SHARES = (0.0, 0.25, 0.5, 0.7, 0.9)
FOUND = DOCS / "meaning.json"
FIGURE = DOCS / "figures" / "meaning.svg"
BEGIN = "<!-- made by benchmarks/meaning.py -->"
END = "<!-- end of meaning -->"
WIDTH, HEIGHT = 560, 340
LEFT, TOP, RIGHT, BOTTOM = 64, 32, 60, 56
STEP = 0.05
INK = "#0b6e63"
FONT = 'font-family="sans-serif" font-size="12"'


@dataclass(frozen=True, slots=True)
class Point:
    """One training: what share of its bits was tied, how many mean something, and the mAP."""

    guided: float
    meaningful: float
    mean_average_precision: float


def measure(guided: float, data: Path, work: Path) -> Point:
    """Trains with a share of the bits tied to attributes."""
    chosen = SETS[COLLECTIONS[COLLECTION]]
    recipe = Cell(COLLECTION, "balanced").recipe
    # With no bit tied the attributes are still there to tell which bits mean one.
    losses = replace(recipe.losses, guided_share=guided)
    job = TrainingJob(
        sources=(data / chosen.labels,),
        out=work / "bundles" / f"meaning-{guided}",
        n_bits=BITS,
        recipe=replace(recipe, losses=losses),
        where=chosen.where,
        attributes=data / TABLE,
        n_epochs=N_EPOCHS,
        resume=True,
        replace=True,
        keep_state=True,
        n_threads=1,
        kept=work / COLLECTION / "meaning",
    )
    report = last_of(TrainReport, train(job))
    names = read_manifest(job.out).bit_names
    n_meaningful = sum(name is not None for name in names)
    return Point(guided, n_meaningful / BITS, report.validation_map or 0.0)


def draw(points: list[Point]) -> str:
    """The figure as SVG."""
    floor = int(min(point.mean_average_precision for point in points) * 20) / 20

    def place(share: float, score: float) -> tuple[float, float]:
        across = LEFT + share * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - (score - floor) / (1 - floor) * (HEIGHT - TOP - BOTTOM)
        return round(across, 1), round(down, 1)

    parts = []
    for tenth in range(0, 11, 2):
        across, down = place(tenth / 10, floor)
        parts.append(_text(across, down + 18, f"{tenth * 10} %", "middle"))
    for line in range(round((1 - floor) / STEP) + 1):
        begin, end = place(0, floor + STEP * line), place(1, floor + STEP * line)
        parts.append(f'<path d="M{begin[0]} {begin[1]}H{end[0]}" stroke="#dddddd"/>')
        parts.append(_text(begin[0] - 8, begin[1] + 4, f"{floor + STEP * line:.2f}", "end"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(_text(middle, HEIGHT - 14, "bits that mean an attribute", "middle"))
    parts.append(_text(LEFT, TOP - 10, "mAP", "end"))
    ordered = sorted(points, key=lambda point: point.guided)
    places = [place(point.meaningful, point.mean_average_precision) for point in ordered]
    way = " ".join(f"{across},{down}" for across, down in places)
    parts.append(f'<polyline points="{way}" fill="none" stroke="{INK}" stroke-width="2"/>')
    for point, (across, down) in zip(ordered, places, strict=True):
        parts.append(f'<circle cx="{across}" cy="{down}" r="4" fill="{INK}"/>')
        parts.append(_text(across + 7, down - 7, f"{point.guided:.0%} tied", "start"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>'
    title = "<title>mAP against the share of meaningful bits</title>"
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    return "\n".join([head, title, ground, *parts, "</svg>"]) + "\n"


def _text(across: float, down: float, text: str, anchor: str) -> str:
    return f'<text x="{across}" y="{down}" text-anchor="{anchor}">{text}</text>'


def write(points: list[Point]) -> None:
    """Puts figure and table into the documents."""
    FIGURE.parent.mkdir(exist_ok=True)
    replace_file(FIGURE, draw(points).encode())
    rows = [
        [f"{point.guided:.0%}", f"{point.meaningful:.0%}", f"{point.mean_average_precision:.3f}"]
        for point in sorted(points, key=lambda point: point.guided)
    ]
    results = DOCS / "results.md"
    before, _, rest = results.read_text(encoding="utf-8").partition(BEGIN)
    shown = table(["bits tied to attributes", "bits that mean one", "mAP"], rows)
    picture = f"![mAP against the share of meaningful bits](figures/{FIGURE.name})"
    after = rest.partition(END)[2]
    replace_file(results, f"{before}{BEGIN}\n\n{picture}\n\n{shown}\n\n{END}{after}".encode())


def main() -> None:
    """Trains what is missing."""
    parser = argparse.ArgumentParser(description="What meaningful bits cost.")
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--shares", type=float, nargs="*", default=list(SHARES))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    found = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.is_file() else []
    points = [Point(**entry) for entry in found]
    for share in arguments.shares:
        if share in {point.guided for point in points}:
            continue
        points.append(measure(share, arguments.data, arguments.work))
        text = json.dumps([asdict(point) for point in points], indent=1) + "\n"
        replace_file(FOUND, text.encode())
        print(points[-1], flush=True)
    write(points)


if __name__ == "__main__":
    main()
