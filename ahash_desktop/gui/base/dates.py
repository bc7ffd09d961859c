"""Years and months: what they are called, and which photos were taken in them."""

from datetime import MAXYEAR, UTC, datetime

from PySide6.QtCore import QLocale

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.gui.base.wording import translate


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


def month_name(month: int) -> str:
    """The name of a month, 1 … 12, in the language of the window."""
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        locale = QLocale(QLocale.Language.English)
    return locale.standaloneMonthName(month, QLocale.FormatType.LongFormat)


def month_text(year: int, month: int) -> str:
    """A month of a year: "May 2024"."""
    return translate("dates", "{month} {year}").format(month=month_name(month), year=year)
