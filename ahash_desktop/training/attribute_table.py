from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class AttributeTable:
    names: tuple
    values: np.ndarray


def load_attributes(path: Path, classes) -> AttributeTable:
    t = np.loadtxt(path, dtype=np.float32) / 100
    rows = [int(c.split(".")[0]) - 1 for c in classes]
    return AttributeTable((), t[rows])
