"""Prints what `ahash search` finds for some test photos of labelled collections.

    python benchmarks/neighbours.py LIBRARY LABELS.csv… [--queries 5] [--top 5] [--seed 0]

The library must hold the photos; a labels file has the columns path, class and split. The share of
neighbours of the query's own class is printed last.
"""

import argparse
import csv
import random
from pathlib import Path

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import load_settings
from ahash_desktop.services.searching import SearchRequest
from ahash_desktop.services.session import LibrarySession


def read_labels(path: Path) -> tuple[dict[Path, str], list[Path]]:
    """Class by photo, and the photos of the test split, of one labels file."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    classes = {path.parent / row["path"]: row["class"] for row in rows}
    return classes, [path.parent / row["path"] for row in rows if row["split"] == "test"]


def main() -> None:
    """Prints the neighbours of random test photos."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", type=Path)
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--queries", type=int, default=5, help="from each labels file")
    parser.add_argument("--top", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    classes: dict[Path, str] = {}
    queries: list[Path] = []
    for labels in options.labels:
        known, test_photos = read_labels(labels.resolve())
        classes |= known
        queries += rng.sample(test_photos, options.queries)
    paths = LibraryPaths(options.library)
    session = LibrarySession.open(paths, load_settings(paths.settings))
    n_same = n_shown = 0
    try:
        for query in queries:
            example = session.searcher.example_of(query)
            response = session.searcher.search(SearchRequest((example,), top_k=options.top))
            print(f"{classes[query]}  ({query.parent.parent.name}/{query.name})")
            for hit in response.hits:
                found = classes.get(hit.path, "?")
                n_shown += 1
                n_same += found == classes[query]
                mark = "=" if found == classes[query] else " "
                print(f"  {mark} {hit.distance:3g} bits  {hit.score:.3f}  {found}")
    finally:
        session.close()
    print(f"{n_same} of {n_shown} neighbours are of the query's class")


if __name__ == "__main__":
    main()
