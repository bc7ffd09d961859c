"""Means of driving a grid of photos below headings, by mouse and keys."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle

from ahash_desktop.gui.grid.photo_delegate import PhotoDelegate
from ahash_desktop.gui.grid.photo_grid import PhotoGrid

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
KEY = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
SIZES = (7, 2, 12, 1, 40)
"""Photos of each month, the newest first; four stand in a line."""
BEGINS = (0, 7, 9, 21, 22)
N_PHOTOS = sum(SIZES)


class NoThumbnails(QObject):
    """Thumbnails that never come; `wanted` is what was asked for last."""

    arrived = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[int] = []

    def pixmap(self, _photo_id: int) -> None:
        return None

    def is_absent(self, _photo_id: int) -> bool:
        return False

    def set_wanted(self, _view_name: str, photo_ids: list[int], _edge_px: int) -> None:
        self.wanted = photo_ids


def taken_in_months(*sizes: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Photos from the newest on, so many in each month, and when they were taken."""
    moments = []
    for number, size in enumerate(sizes):
        years, month = divmod(number, 12)
        moment = datetime(2026 - years, 12 - month, 15, tzinfo=UTC).timestamp()
        moments += [int(moment)] * size
    ids = np.arange(len(moments), dtype=np.int64)
    return ids, (ids, np.array(moments, dtype=np.int64))


def rect_of(grid: PhotoGrid, row: int) -> QRect:
    return grid.visualRect(grid.model().index(row, 0))


def rows(grid: PhotoGrid) -> list[int]:
    return sorted(index.row() for index in grid.selectedIndexes())


def press(grid: PhotoGrid, key: KEY, modifier=NONE) -> int:
    QTest.keyClick(grid, key, modifier)
    return grid.currentIndex().row()


def click(grid: PhotoGrid, place: QPoint, modifier=NONE, button=LEFT) -> None:
    QTest.mouseClick(grid.viewport(), button, modifier, place)


def heading_of(grid: PhotoGrid, row: int) -> QPoint:
    """In the text of the heading above a row that begins a section."""
    return rect_of(grid, row).topLeft() + QPoint(20, -10)


def move(grid: PhotoGrid, place: QPoint, buttons=Qt.MouseButton.NoButton) -> None:
    where = QPointF(place), QPointF(grid.viewport().mapToGlobal(place))
    event = QMouseEvent(QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, buttons, NONE)
    QApplication.sendEvent(grid.viewport(), event)


def drag(grid: PhotoGrid, start: QPoint, end: QPoint, held: Callable[[], None]) -> None:
    """Draws a band, and does something before the button is let go."""
    QTest.mousePress(grid.viewport(), LEFT, NONE, start)
    for share in (0.3, 0.7, 1.0):
        move(grid, start + (end - start) * share, LEFT)
    held()
    QTest.mouseRelease(grid.viewport(), LEFT, NONE, end)


def painted_states(monkeypatch, grid: PhotoGrid) -> dict[int, QStyle.StateFlag]:
    """The rows that are painted when all of the view is, and how."""
    painted = {}

    def paint(_delegate, _painter, option, index) -> None:
        painted[index.row()] = QStyle.StateFlag(option.state)

    with monkeypatch.context() as patch:
        patch.setattr(PhotoDelegate, "paint", paint)
        grid.viewport().repaint()
    return painted


def scroll_range_fits(grid: PhotoGrid) -> bool:
    bar, page_px = grid.verticalScrollBar(), grid.viewport().height()
    n_rows = grid.model().rowCount()
    height = rect_of(grid, n_rows - 1).bottom() + 1 + bar.value() if n_rows else 0
    return bar.maximum() == max(0, height - page_px)
