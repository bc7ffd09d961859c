import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize

from ahash_desktop.gui.grid.sections import GridGeometry, Sections

CELL = QSize(10, 8)
HEADING_PX = 5


def parted(*sizes: int) -> Sections:
    """Sections of so many rows each."""
    starts = tuple(sum(sizes[:number]) for number in range(len(sizes)))
    return Sections(sum(sizes), starts, tuple(f"title {start}" for start in starts))


def laid_out(sections: Sections, n_columns: int = 3) -> GridGeometry:
    return GridGeometry.lay_out(sections, n_columns, CELL, HEADING_PX)


sections = st.lists(st.integers(1, 9), min_size=1, max_size=6).map(lambda sizes: parted(*sizes))
rows_alone = st.integers(0, 30).map(Sections)
geometries = st.builds(
    GridGeometry.lay_out,
    sections | rows_alone,
    st.integers(1, 5),
    st.builds(QSize, st.integers(1, 12), st.integers(1, 12)),
    st.integers(1, 9),
)
heights = st.integers(-20, 250)


def touches(rect: QRect, top: int, bottom: int) -> bool:
    return rect.top() < bottom and rect.bottom() >= top


def test_sections_know_their_rows_and_titles():
    made = parted(2, 3)
    assert [made.rows_of(0), made.rows_of(1)] == [range(2), range(2, 5)]
    assert [made.find_begun_by(row) for row in range(5)] == [0, None, 1, None, None]
    assert [made.title_of(row) for row in (-1, 1, 2, 5)] == ["", "title 0", "title 2", ""]
    assert Sections(4).title_of(2) == ""
    assert Sections(4).find_begun_by(0) is None


def test_each_section_begins_a_line_below_its_heading():
    places = laid_out(parted(4, 2))
    assert places.rect_of(0) == QRect(0, 5, 10, 8)
    assert places.rect_of(3) == QRect(0, 13, 10, 8)
    assert places.heading_rect(1) == QRect(0, 21, 30, 5)
    assert places.rect_of(5) == QRect(10, 26, 10, 8)
    assert places.height == 34


def test_rows_without_headings_stand_in_lines_alone():
    places = laid_out(Sections(4))
    assert places.rect_of(3) == QRect(0, 8, 10, 8)
    assert places.height == 16
    assert not places.headings_between(0, 100)
    assert places.find_heading_of(0) is None


def test_no_rows_take_no_room():
    places = laid_out(Sections())
    assert places.height == 0
    assert places.find_row_at(QPoint(0, 0)) is None
    assert not places.rows_between(-10, 10)
    assert places.runs_within(QRect(-5, -5, 50, 50)) == []
    assert not places.headings_between(-10, 10)


@given(geometries)
def test_each_row_is_found_where_it_stands(places):
    for row in range(places.n_rows):
        rect = places.rect_of(row)
        for corner in (rect.topLeft(), rect.center(), rect.bottomRight()):
            assert places.find_row_at(corner) == row


@given(geometries)
def test_nothing_lies_over_anything_else_and_nothing_reaches_out(places):
    cells = [places.rect_of(row) for row in range(places.n_rows)]
    headings = places.headings_between(0, places.height)
    taken = cells + [places.heading_rect(section) for section in headings]
    for number, rect in enumerate(taken):
        assert QRect(0, 0, places.width, places.height).contains(rect)
        assert not any(rect.intersects(other) for other in taken[:number])
    assert places.height == max((rect.bottom() + 1 for rect in taken), default=0)


@given(geometries)
def test_rows_stand_in_the_order_one_reads(places):
    corners = [places.rect_of(row).topLeft() for row in range(places.n_rows)]
    assert corners == sorted(corners, key=lambda corner: (corner.y(), corner.x()))


@given(geometries, heights, heights)
def test_what_lies_between_two_heights_is_found(places, top, bottom):
    rows = places.rows_between(top, bottom)
    if top < bottom:
        expected = [
            row for row in range(places.n_rows) if touches(places.rect_of(row), top, bottom)
        ]
        assert list(rows) == expected
    below = [row for row in range(places.n_rows) if places.rect_of(row).bottom() >= top]
    assert rows.start == min(below, default=places.n_rows)
    if top < bottom:
        n_headings = len(places.starts) if places.heading_px else 0
        assert list(places.headings_between(top, bottom)) == [
            section
            for section in range(n_headings)
            if touches(places.heading_rect(section), top, bottom)
        ]


@given(geometries, heights, heights, heights, heights)
def test_a_rectangle_holds_the_rows_that_it_touches(places, left, top, width, height):
    rect = QRect(left, top, abs(width) + 1, abs(height) + 1)
    runs = places.runs_within(rect)
    found = [row for run in runs for row in run]
    cells = {row: places.rect_of(row) for row in range(places.n_rows)}
    assert found == [row for row, cell in cells.items() if cell.intersects(rect)]
    assert all(runs)


@given(geometries.filter(lambda places: places.n_rows > 0), st.data())
def test_up_and_down_lead_to_the_next_line_in_the_same_column(places, data):
    row = data.draw(st.integers(0, places.n_rows - 1))
    column = data.draw(st.integers(0, places.n_columns - 1))
    line = places.line_of(row)
    assert all(places.rect_of(each).top() == places.rect_of(row).top() for each in line)
    above, below = places.row_above(row, column), places.row_below(row, column)
    for found, is_at_edge in ((above, line.start == 0), (below, line.stop == places.n_rows)):
        if is_at_edge:
            assert found == row
        else:
            there = places.line_of(found)
            assert found == there[min(column, len(there) - 1)]
    if line.start:
        assert places.line_of(above).stop == line.start
    if line.stop < places.n_rows:
        assert places.line_of(below).start == line.stop


@given(geometries.filter(lambda places: places.n_rows > 0), heights)
def test_there_is_always_a_row_near(places, y):
    row = places.row_near(y, 0)
    at_height = [
        each
        for each in range(places.n_rows)
        if touches(places.rect_of(each), y, y + 1) and places.rect_of(each).left() == 0
    ]
    assert row in (at_height or range(places.n_rows))


@pytest.mark.parametrize("row", [0, 2, 3, 6])
def test_the_first_line_of_a_section_knows_its_heading(row):
    places = laid_out(parted(6, 2))
    assert places.find_heading_of(row) == {0: 0, 2: 0, 3: None, 6: 1}[row]
