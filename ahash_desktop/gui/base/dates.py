"""Years and months: what they are called, and which photos were taken in them."""

from datetime import MAXYEAR, UTC, datetime

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLocale

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.gui.base.wording import translate

NO_MONTH = -1
"""In the place of a month where there is none."""

_EPOCH_MONTH = 1970 * 12
_FIRST_S = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
_LAST_S = int(datetime(MAXYEAR, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())


def taken_within(year: int, month: int | None = None) -> PhotoFilter:
    """The photos of a year, or of one of its months, 1 … 12."""
    if month is None:
        first, after = (year, 1), (year + 1, 1)
    else:
        first, after = (year, month), (year + month // 12, month % 12 + 1)
    return PhotoFilter(since_s=_start(*first), until_s=_start(*after))


def _start(year: int, month: int) -> int | None:
    """When a month begins, in seconds of local time since 1970; None after the year 9999."""
    if year > MAXYEAR:
        return None
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp())


def months_of(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The months of moments, as 12 times the year and 0 … 11; NO_MONTH beyond the years 1 … 9999.

    Args:
        seconds: Of local time since 1970, int64 (n,).

    Returns:
        int64 (n,).
    """
    within = np.clip(seconds, _FIRST_S, _LAST_S)
    months = within.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return np.where(within == seconds, months + _EPOCH_MONTH, NO_MONTH)


def month_name(month: int) -> str:
    """The name of a month, 1 … 12, in the language of the window."""
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        locale = QLocale(QLocale.Language.English)
    is_chinese = locale.language() == QLocale.Language.Chinese  # who writes 5月 rather than 五月
    form = QLocale.FormatType.ShortFormat if is_chinese else QLocale.FormatType.LongFormat
    return locale.standaloneMonthName(month, form)


def month_text(year: int, month: int) -> str:
    """A month of a year: "May 2024"."""
    return translate("dates", "{month} {year}").format(month=month_name(month), year=year)
