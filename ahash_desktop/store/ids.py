"""Many ids: in one query, whatever limit SQLite sets to its parameters, and as arrays."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 10_000

ROWS_AT_ONCE = 8_192
"""Rows that are held as Python's numbers at a time, which are ten times as large as an array's."""


def id_lists(ids: Sequence[int]) -> Iterator[str]:
    """The ids as JSON lists for `json_each`, at most ten thousand in each.

    Args:
        ids: Python or NumPy integers.
    """
    for start in range(0, len(ids), _AT_ONCE):
        yield json.dumps([int(value) for value in ids[start : start + _AT_ONCE]])


def as_columns(batches: Iterable[list[tuple[Any, ...]]], n_columns: int) -> NDArray[np.int64]:
    """Rows of whole numbers as columns, int64 (n_columns, n), of batches that come as needed."""
    parts = [np.array(batch, dtype=np.int64).reshape(-1, n_columns).T for batch in batches]
    return np.concatenate(parts, axis=1) if parts else np.empty((n_columns, 0), dtype=np.int64)
