"""A table of what classes look like: how often each attribute is seen in each class."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError

PRESENT_FROM = 0.5
"""A class has an attribute that is seen in this share of its photos."""

_LARGEST_BYTES = 64_000_000
_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class AttributeTable:
    """Attributes of some classes.

    `names` has one name an attribute; `values` is float32 (n_classes, n_attributes) in 0 … 1, NaN
    where nothing is known.
    """

    names: tuple[str, ...]
    values: NDArray[np.float32]


def load_attributes(path: Path, classes: Sequence[str]) -> AttributeTable:
    """The attributes of some classes.

    Two forms are read. A CSV has a header, the class in its first column and an attribute in each
    other one; an empty cell means that nothing is known. The form of CUB-200-2011 has a row of
    numbers for each class and no header; the class `012.Yellow_headed_Blackbird` then has row 12,
    and the attributes' names come from `attributes.txt` beside the table if it is there. In both,
    values are percentages, or shares if none is above 1.

    Args:
        path: The table.
        classes: Which classes, in this order.

    Raises:
        UserFacingError: If the file is missing, too large or no such table, or lacks a class.
    """
    lines = _read_lines(path)
    first = lines[0].split()
    if first and _is_number(first[0]) and "," not in lines[0]:
        return _load_numbers(path, lines, classes)
    return _load_csv(path, lines, classes)


def _read_lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _refusal(path, "The table of attributes is too large")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(path, "The table of attributes cannot be read") from error
    lines = text.rstrip().splitlines()
    if not lines:
        raise _refusal(path, "The table of attributes is empty")
    return lines


def _load_csv(path: Path, lines: list[str], classes: Sequence[str]) -> AttributeTable:
    try:
        rows = list(csv.reader(line for line in lines if line.strip()))
    except csv.Error as error:
        raise _refusal(path, f"The table of attributes is no CSV ({error})") from error
    names = tuple(name.strip() for name in rows[0][1:])
    if not names or len(set(names)) < len(names):
        raise _refusal(path, "The table of attributes needs a header with a name for each, once")
    by_class: dict[str, list[float]] = {}
    for row in rows[1:]:
        if len(row) != len(names) + 1:
            raise _refusal(
                path, f"The row of {row[0]!r} has {len(row)} cells, not {len(names) + 1}"
            )
        if row[0] in by_class:
            raise _refusal(path, f"The class {row[0]!r} has two rows")
        by_class[row[0]] = [_number(path, row[0], cell) for cell in row[1:]]
    missing = [name for name in classes if name not in by_class]
    if missing:
        raise _refusal(path, f"The class {missing[0]!r} has no row in the table of attributes")
    shares = dict(zip(by_class, _shares(path, list(by_class.values())), strict=True))
    return AttributeTable(names, np.stack([shares[name] for name in classes]))


def _load_numbers(path: Path, lines: list[str], classes: Sequence[str]) -> AttributeTable:
    cells = [
        [_number(path, f"line {number}", cell) for cell in line.split()]
        for number, line in enumerate(lines, start=1)
    ]
    if len({len(row) for row in cells}) > 1:
        raise _refusal(path, "The rows of the table of attributes differ in length")
    shares = _shares(path, cells)
    rows = []
    for name in classes:
        number = name.partition(".")[0]
        if not number.isdecimal() or not 1 <= int(number) <= len(lines):
            raise _refusal(path, f"The class {name!r} has no row in the table of attributes")
        rows.append(shares[int(number) - 1])
    return AttributeTable(_names_beside(path, shares.shape[1]), np.stack(rows))


def _names_beside(path: Path, n_attributes: int) -> tuple[str, ...]:
    """The names in `attributes.txt` ("12 has_wing_color::blue"), else numbers."""
    try:
        lines = (path.parent / "attributes.txt").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    names = tuple(line.partition(" ")[2].strip() for line in lines if line.strip())
    if len(names) == n_attributes == len(set(names)):
        return names
    return tuple(f"attribute {number}" for number in range(1, n_attributes + 1))


def _shares(path: Path, rows: list[list[float]]) -> NDArray[np.float32]:
    values = np.array(rows, dtype=np.float32)
    known = values[~np.isnan(values)]
    if known.size and known.max() > 1:
        values, known = values / _PERCENT, known / _PERCENT
    if known.size and (known.min() < 0 or known.max() > 1):
        raise _refusal(path, "The table of attributes has values that are no percentages")
    return values


def _number(path: Path, class_name: str, cell: str) -> float:
    if not cell.strip():
        return math.nan
    if not _is_number(cell):
        raise _refusal(path, f"The row of {class_name!r} has {cell[:40]!r} where a number belongs")
    return float(cell)


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _refusal(path: Path, reason: str) -> UserFacingError:
    return UserFacingError(
        reason, path=path, remedy="Give a CSV with the class first and a column for each attribute"
    )
