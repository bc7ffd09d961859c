"""What headings part photos: the months they were taken in, or how close matches are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.gui.base.dates import NO_MONTH, month_text, months_of
from ahash_desktop.gui.base.wording import closeness_title, translate
from ahash_desktop.gui.grid.sections import Sections

_MOST_GAPS = 16
"""So many ids for each photo make a table of all ids still faster than a search for each."""

Times = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Photo ids, ascending, and when each was taken in seconds of local time: both int64 (n,)."""


def sections_by_month(photo_ids: NDArray[np.int64], times: Times) -> Sections:
    """A section for each month.

    Args:
        photo_ids: int64 (n,), in the order they were taken.
        times: When that was, as far as it is known.
    """
    months = _months(photo_ids, times)
    starts = np.flatnonzero(np.diff(months, prepend=months[:1] - 1))
    titles = tuple(_month_title(month) for month in months[starts].tolist())
    return Sections(len(photo_ids), tuple(starts.tolist()), titles)


def sections_by_closeness(words: Sequence[str | None]) -> Sections:
    """A section for each band of closeness, nearest first; none where that is not known.

    Args:
        words: Of `core.closeness`, one for each match.
    """
    known = [word for word in words if word is not None]
    if len(known) < len(words):
        return Sections(len(words))
    pairs = enumerate(zip([None, *known], known, strict=False))
    starts = tuple(row for row, (before, word) in pairs if word != before)
    return Sections(len(words), starts, tuple(closeness_title(known[row]) for row in starts))


def _months(photo_ids: NDArray[np.int64], times: Times) -> NDArray[np.int64]:
    """The month of each photo as `months_of` counts them: int64 (n,)."""
    ids, seconds = times
    largest = int(max(ids.max(initial=0), photo_ids.max(initial=0)))
    if largest > _MOST_GAPS * (ids.size + photo_ids.size):  # a table would be nearly all gaps
        places = np.minimum(np.searchsorted(ids, photo_ids), max(0, ids.size - 1))
        known = ids[places] == photo_ids if ids.size else np.zeros(photo_ids.size, dtype=np.bool_)
        months = np.full(photo_ids.size, NO_MONTH)
        months[known] = months_of(seconds[places[known]])
        return months
    month_of = np.full(largest + 1, NO_MONTH)
    month_of[ids] = months_of(seconds)
    return month_of[photo_ids]


def _month_title(month: int) -> str:
    if month == NO_MONTH:
        return translate("photos", "No date")
    return month_text(month // 12, month % 12 + 1)
