"""Writes what the comparison of hashing methods found into the results, as tables."""

from pathlib import Path
from typing import Any

import numpy as np
from hash_cells import BITS, METHODS, PARTS, Cell

from ahash_desktop.core.files import replace_file

BEGIN = "<!-- made by benchmarks/hash_quality.py -->"
END = "<!-- end -->"

Found = dict[str, dict[str, Any]]


def write_tables(found: Found, results: Path) -> None:
    """Replaces the tables between the two marks in the results."""
    text = results.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = "\n\n".join([compare_methods(found), compare_parts(found)])
    replace_file(results, f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}".encode())


def compare_methods(found: Found) -> str:
    """One row a method: mAP by collection, length and whether classes were seen."""
    columns = {
        **{f"birds, {n} bits": [Cell("birds", "", n)] for n in (12, 24)},
        f"birds, {BITS} bits": [Cell("birds", "", seed=seed) for seed in (0, 1, 2)],
        f"cars, {BITS} bits": [Cell("cars", "")],
        "birds, unseen classes": [Cell("birds", "", unseen=True)],
        "cars, unseen classes": [Cell("cars", "", unseen=True)],
    }
    rows = [
        [
            method,
            *(
                told(found, [with_method(cell, method) for cell in cells])
                for cells in columns.values()
            ),
        ]
        for method in METHODS
    ]
    return table(["method", *columns], rows)


def compare_parts(found: Found) -> str:
    """One row a part of `balanced` that was left out."""
    whole = found.get(Cell("birds", "balanced").name)
    rows = []
    for part in ("", *PARTS):
        entry = found.get(Cell("birds", "balanced", without=part).name)
        if entry is None or whole is None:
            continue
        rows.append(
            [
                f"without {part}" if part else "balanced",
                f"{entry['mAP']:.3f} ({entry['mAP'] - whole['mAP']:+.3f})"
                if part
                else f"{entry['mAP']:.3f}",
                told(found, [Cell("birds", "balanced", without=part, unseen=True)]),
                f"{entry['float_mAP']:.3f}",
                f"{entry['entropy']:.3f}",
                f"{entry['mean_abs_correlation']:.3f}",
                f"{entry['beyond_half']:.2f}",
            ]
        )
    head = [
        "birds, 48 bits",
        "mAP",
        "unseen classes",
        "float mAP",
        "entropy",
        "mean abs. correlation",
        "activations beyond 0.5",
    ]
    return table(head, rows)


def with_method(cell: Cell, method: str) -> Cell:
    """The same cell by another recipe."""
    return Cell(cell.collection, method, cell.n_bits, cell.seed, cell.without, cell.unseen)


def told(found: Found, cells: list[Cell]) -> str:
    """The mAP of a cell; of several seeds their mean and deviation."""
    values = [found[cell.name]["mAP"] for cell in cells if cell.name in found]
    if not values:
        return "–"
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
