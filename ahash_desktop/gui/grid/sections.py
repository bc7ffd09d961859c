"""Where rows stand that are parted into sections, each below a heading and in lines of its own."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """How many rows there are, and what headings part them.

    `starts` are the rows that begin a section, ascending from 0, `titles` what its heading says;
    rows without headings have neither.
    """

    n_rows: int = 0
    starts: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()

    def rows_of(self, section: int) -> range:
        """The rows of a section."""
        is_last = section == len(self.starts) - 1
        return range(self.starts[section], self.n_rows if is_last else self.starts[section + 1])

    def find_begun_by(self, row: int) -> int | None:
        """The section that begins with a row."""
        section = bisect_left(self.starts, row)
        return section if section < len(self.starts) and self.starts[section] == row else None

    def title_of(self, row: int) -> str:
        """The heading that a row stands below; empty if there is none."""
        section = bisect_right(self.starts, row) - 1
        return self.titles[section] if section >= 0 and row < self.n_rows else ""


@dataclass(frozen=True, slots=True, eq=False)
class GridGeometry:
    """Lines of equal cells from the left, and the headings above them.

    Places are in pixels from the upper left corner of the first heading, or of the first cell.
    `starts` and `tops` are the first row and the upper edge of each section; rows without headings
    are one section, no rows are none.
    """

    n_rows: int
    n_columns: int
    cell: QSize
    heading_px: int
    starts: tuple[int, ...]
    tops: tuple[int, ...]
    height: int

    @classmethod
    def lay_out(
        cls, sections: Sections, n_columns: int, cell: QSize, heading_px: int
    ) -> "GridGeometry":
        """Lays out rows.

        Args:
            sections: The rows.
            n_columns: How many cells stand in a line.
            cell: Their size.
            heading_px: How high a heading is.
        """
        starts = sections.starts or ((0,) if sections.n_rows else ())
        heading_px = heading_px if sections.starts else 0
        n_rows = np.diff(np.array([*starts, sections.n_rows], dtype=np.int64))
        heights = heading_px + -(-n_rows // n_columns) * cell.height()
        bottoms = np.cumsum(heights)
        return cls(
            n_rows=sections.n_rows,
            n_columns=n_columns,
            cell=cell,
            heading_px=heading_px,
            starts=starts,
            tops=tuple((bottoms - heights).tolist()),
            height=int(bottoms[-1]) if starts else 0,
        )

    @property
    def width(self) -> int:
        """Of a heading, and of a line that is full."""
        return self.n_columns * self.cell.width()

    def rect_of(self, row: int) -> QRect:
        """The cell of a row."""
        section = bisect_right(self.starts, row) - 1
        line, column = divmod(row - self.starts[section], self.n_columns)
        top = self.tops[section] + self.heading_px + line * self.cell.height()
        return QRect(QPoint(column * self.cell.width(), top), self.cell)

    def find_row_at(self, place: QPoint) -> int | None:
        """The row whose cell a place is in."""
        if not (0 <= place.x() < self.width and 0 <= place.y() < self.height):
            return None
        section = bisect_right(self.tops, place.y()) - 1
        inner = place.y() - self.tops[section] - self.heading_px
        if inner < 0:
            return None
        row = self._first_of_line(section, inner) + place.x() // self.cell.width()
        return row if row < self._end(section) else None

    def rows_between(self, top: int, bottom: int) -> range:
        """The rows of the lines that lie between two heights, wholly or in part.

        Where there are none the range is empty, and starts with the row that comes next.
        """
        if top >= self.height or not self.n_rows:
            return range(self.n_rows, self.n_rows)
        section = bisect_right(self.tops, max(0, top)) - 1
        inner = max(0, top) - self.tops[section] - self.heading_px
        first = self._first_of_line(section, max(0, inner))
        last_y = min(bottom, self.height) - 1
        if last_y < 0:
            return range(first, first)
        section = bisect_right(self.tops, last_y) - 1
        inner = last_y - self.tops[section] - self.heading_px
        after = self._first_of_line(section, inner) + self.n_columns
        end = self.starts[section] if inner < 0 else min(after, self._end(section))
        return range(first, max(first, end))

    def runs_within(self, rect: QRect) -> list[range]:
        """The rows whose cells touch a rectangle, as runs in ascending order."""
        first_column = max(0, rect.left() // self.cell.width())
        last_column = min(self.n_columns - 1, rect.right() // self.cell.width())
        rows = self.rows_between(rect.top(), rect.bottom() + 1)
        if first_column > last_column or not rows:
            return []
        if first_column == 0 and last_column == self.n_columns - 1:
            return [rows]
        runs = []
        row = rows.start
        while row < rows.stop:
            line = self.line_of(row)
            run = range(
                line.start + first_column, min(line.start + last_column + 1, line.stop, rows.stop)
            )
            if run:
                runs.append(run)
            row = line.stop
        return runs

    def headings_between(self, top: int, bottom: int) -> range:
        """The sections whose headings lie between two heights, wholly or in part."""
        if not self.heading_px:
            return range(0)
        first = bisect_right(self.tops, top - self.heading_px)
        return range(first, max(first, bisect_left(self.tops, bottom)))

    def heading_rect(self, section: int) -> QRect:
        """The heading of a section, from the left to the right."""
        return QRect(0, self.tops[section], self.width, self.heading_px)

    def find_heading_of(self, row: int) -> int | None:
        """The section whose heading is right above the line of a row."""
        section = bisect_right(self.starts, row) - 1
        is_below = self.heading_px and row - self.starts[section] < self.n_columns
        return section if is_below else None

    def line_of(self, row: int) -> range:
        """The rows in the line of a row, from the left."""
        section = bisect_right(self.starts, row) - 1
        start = self.starts[section]
        first = row - (row - start) % self.n_columns
        return range(first, min(first + self.n_columns, self._end(section)))

    def row_above(self, row: int, column: int) -> int:
        """What stands in a column one line up, or last there; the row itself in the first line."""
        line = self.line_of(row)
        return self._in_column(line.start - 1, column) if line.start else row

    def row_below(self, row: int, column: int) -> int:
        """What stands in a column one line down, or last there; the row itself in the last line."""
        line = self.line_of(row)
        return self._in_column(line.stop, column) if line.stop < self.n_rows else row

    def row_near(self, y: int, column: int) -> int:
        """What stands in a column at a height, or last in that line; below a heading its first."""
        y = min(max(0, y), self.height - 1)
        section = bisect_right(self.tops, y) - 1
        inner = max(0, y - self.tops[section] - self.heading_px)
        return self._in_column(self._first_of_line(section, inner), column)

    def _in_column(self, row: int, column: int) -> int:
        line = self.line_of(row)
        return min(line.start + column, line.stop - 1)

    def _first_of_line(self, section: int, inner: int) -> int:
        """The first row of the line so many pixels below a section's heading."""
        return self.starts[section] + inner // self.cell.height() * self.n_columns

    def _end(self, section: int) -> int:
        return self.starts[section + 1] if section + 1 < len(self.starts) else self.n_rows
