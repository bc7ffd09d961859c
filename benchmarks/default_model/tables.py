"""What kinds look like: the table of birds, and one made from the names of cars."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_BODIES = (
    ("convertible", r"Convertible"),
    ("coupe", r"Coupe"),
    ("sedan", r"Sedan"),
    ("suv", r"SUV"),
    ("hatchback", r"Hatchback"),
    ("wagon", r"Wagon(?! Van)"),
    ("van", r"Minivan|\bVan\b"),
    ("pickup", r"\bCab\b|SuperCab"),
)
N_BODIES = len(_BODIES)
CAR_NAMES = (
    *(f"body_type::{name}" for name, _ in _BODIES),
    "decade::1990s",
    "decade::2000s",
    "decade::2010s",
)


def car_row(kind: str) -> NDArray[np.float32]:
    """What the name of a car says: 1 or 0, NaN where it says nothing; in the order of CAR_NAMES.

    "BMW M6 Convertible 2010" is a convertible of the 2010s; "Acura Integra Type R 2001" tells no
    body. A name that tells a body tells that it is no other one; a coupé may be a convertible's
    name as well ("Drophead Coupe Convertible"), the last word counts.
    """
    bodies = [name for name, pattern in _BODIES if re.search(pattern, kind)]
    row = np.full(len(CAR_NAMES), np.nan, dtype=np.float32)
    if bodies:
        row[: len(_BODIES)] = 0
        row[[name for name, _ in _BODIES].index(bodies[0])] = 1
    year = int(kind.rsplit(maxsplit=1)[-1])
    row[len(_BODIES) :] = [year < 2000, 2000 <= year < 2010, year >= 2010]
    return row


def bird_rows(data: Path) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Attributes of birds: names, and shares float32 (200, 312) by the number of the class."""
    lines = (data / "birds" / "attributes.txt").read_text(encoding="utf-8").splitlines()
    names = tuple(line.partition(" ")[2].strip() for line in lines if line.strip())
    values = np.loadtxt(data / "birds" / "class_attribute_labels_continuous.txt", dtype=np.float32)
    return names, values / 100
