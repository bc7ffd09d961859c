"""Measures how often the network that knows 964 kinds of birds is right, by how sure it is.

`python -m benchmarks.bird_names DATA` looks at birds of the world whose kind it knows by the same
name, at others, and at cars, and prints a line for each share from which on it may be believed.
DATA is the folder that AHASH_DATA names; the weights come with `ahash models get
birds-of-the-world`.
"""

import argparse
import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.hashing.bird_kinds import BirdKinds
from ahash_desktop.hashing.bird_network import load_classifier
from ahash_desktop.imaging.decode import decode

SHARES = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
N_KNOWN, N_OTHERS, N_CARS = 300, 150, 60


def plain(name: str) -> str:
    """A name without what spellings differ in; of "Cyanocitta cristata (Blue Jay)" the last."""
    common = name.partition(" (")[2].rstrip(")") or name
    return re.sub("[^a-z]", "", common.lower().replace("gray", "grey"))


def told(network: BirdKinds, paths: Sequence[Path]) -> tuple[list[str], NDArray[np.float64]]:
    """The likeliest kind of each photo, and its share."""
    found = [kinds[0] for kinds in network.tell([decode(str(path)).pixels for path in paths], 1)]
    return [plain(kind.name) for kind in found], np.array([kind.share for kind in found])


def main() -> None:
    """Looks at all of them once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    network = BirdKinds.load()
    if network is None:
        parser.error("get the weights first: ahash models get birds-of-the-world")
    names = {plain(kind) for kind in load_classifier().kinds}
    with (data / "world_birds" / "labels.csv").open(encoding="utf-8") as stream:
        rows = [
            (data / "world_birds" / row["path"], row["class"]) for row in csv.DictReader(stream)
        ]
    rng = np.random.default_rng(0)
    known = [row for row in rows if plain(row[1]) in names]
    others = [row for row in rows if plain(row[1]) not in names]
    known = [known[place] for place in rng.permutation(len(known))[:N_KNOWN]]
    others = [others[place] for place in rng.permutation(len(others))[:N_OTHERS]]
    cars = sorted((data / "cars" / "photos").rglob("*.jpg"))[::100][:N_CARS]
    said, share = told(network, [path for path, _ in known])
    right = np.array([name == plain(kind) for name, (_, kind) in zip(said, known, strict=True)])
    of_others = told(network, [path for path, _ in others])[1]
    of_cars = told(network, cars)[1]
    print(f"{len(known)} photos of {len({kind for _, kind in known})} kinds that it knows")
    for least in SHARES:
        sure = share >= least
        print(
            f"from {least:.2f}: sure of {sure.mean():.3f}, {right[sure].mean():.3f} of these "
            f"right; of kinds without its name sure of {np.mean(of_others >= least):.3f}, "
            f"of cars {np.mean(of_cars >= least):.3f}"
        )


if __name__ == "__main__":
    main()
