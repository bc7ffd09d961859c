"""Many ids in one query, whatever limit SQLite sets to its parameters."""

import json
from collections.abc import Iterator, Sequence

_AT_ONCE = 10_000


def id_lists(ids: Sequence[int]) -> Iterator[str]:
    """The ids as JSON lists for `json_each`, at most ten thousand in each.

    Args:
        ids: Python or NumPy integers.
    """
    for start in range(0, len(ids), _AT_ONCE):
        yield json.dumps([int(value) for value in ids[start : start + _AT_ONCE]])
