import random
from datetime import UTC, datetime

import numpy as np
import pytest

from ahash_desktop.core.closeness import BANDS
from ahash_desktop.gui.base.dates import NO_MONTH, month_text, months_of
from ahash_desktop.gui.grid.photo_sections import sections_by_closeness, sections_by_month


def seconds(*moments: tuple[int, ...]) -> np.ndarray:
    values = [int(datetime(*moment, tzinfo=UTC).timestamp()) for moment in moments]
    return np.array(values, dtype=np.int64)


def ids(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_months_are_those_of_the_calendar():
    rng = random.Random(1)
    moments = [
        (rng.randint(1, 9999), rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23))
        for _ in range(500)
    ] + [(1969, 12, 31), (1970, 1, 1), (2024, 2, 29), (9999, 12, 31, 23, 59, 59), (1, 1, 1)]
    expected = [12 * year + month - 1 for year, month, *_ in moments]
    assert months_of(seconds(*moments)).tolist() == expected


def test_beyond_all_years_there_is_no_month():
    beyond = ids(np.iinfo(np.int64).min, np.iinfo(np.int64).max, -(2**40), 2**40)
    assert months_of(beyond).tolist() == [NO_MONTH] * 4


def test_each_month_is_a_section():
    times = (
        ids(1, 4, 6, 9),
        seconds((2026, 10, 2), (2026, 11, 30), (2026, 11, 1), (2024, 10, 5)),
    )
    made = sections_by_month(ids(4, 6, 1, 9), times)
    assert made.n_rows == 4
    assert made.starts == (0, 2, 3)
    assert made.titles == ("November 2026", "October 2026", "October 2024")


def test_photos_whose_time_is_not_known_have_a_section_of_their_own():
    times = (ids(2, 5), seconds((2026, 5, 1), (2026, 4, 1)))
    made = sections_by_month(ids(2, 5, 7, 1), times)
    assert made.titles == ("May 2026", "April 2026", "No date")
    assert sections_by_month(ids(3), (ids(), ids())).titles == ("No date",)
    assert sections_by_month(ids(), times).titles == ()


def test_ids_with_large_gaps_between_them_take_no_more_memory():
    far = 2**48
    times = (ids(3, far - 9, far), seconds((2026, 5, 1), (2026, 4, 1), (2026, 4, 2)))
    made = sections_by_month(ids(3, far, far - 9, far - 1), times)
    assert made.titles == ("May 2026", "April 2026", "No date")
    assert made.starts == (0, 1, 3)
    assert sections_by_month(ids(far), (ids(), ids())).titles == ("No date",)


def test_months_are_called_as_the_window_speaks(language):
    made = sections_by_month(ids(1), (ids(1), seconds((2026, 11, 3))))
    assert made.titles == (month_text(2026, 11),)
    assert made.titles == {"en": ("November 2026",), "zh_CN": ("2026年11月",)}[language]


def test_each_band_of_closeness_is_a_section(language):
    made = sections_by_closeness([BANDS[0], BANDS[0], BANDS[1], BANDS[3]])
    assert (made.n_rows, made.starts) == (4, (0, 2, 3))
    said = {
        "en": ("Very close", "Close", "Not close"),
        "zh_CN": ("非常接近", "接近", "不接近"),
    }
    assert made.titles == said[language]


@pytest.mark.parametrize("words", [[], [None, None], [BANDS[0], None]])
def test_without_closeness_there_are_no_sections(words):
    made = sections_by_closeness(words)
    assert (made.n_rows, made.starts) == (len(words), ())
