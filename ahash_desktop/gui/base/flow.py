"""A layout that puts its items side by side, and into another line where there is no more room."""

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowRow(QWidget):
    """Parts in lines as `FlowLayout` puts them.

    A layout of Python's within another layout loses its items when others are taken down, and then
    the program crashes; as the one layout of a widget it keeps them.

    Args:
        parts: In their order; more can be added.
        gap_px: As for `FlowLayout`, and so is the next.
        ends_right: Whether lines end at the right.
    """

    def __init__(
        self, parts: Iterable[QWidget] = (), *, gap_px: int = 6, ends_right: bool = False
    ) -> None:
        super().__init__()
        self._lines = FlowLayout(self, gap_px=gap_px, ends_right=ends_right)
        for part in parts:
            self.add(part)

    def add(self, part: QWidget) -> None:
        """Has a part stand after the others."""
        self._lines.addWidget(part)


class FlowLayout(QLayout):
    """Lines of items, each as large as it likes, but none wider than the whole.

    Args:
        widget: The one whose layout it is.
        gap_px: Between two items and two lines.
        ends_right: Whether lines end at the right rather than begin at the left.
    """

    def __init__(self, widget: QWidget, *, gap_px: int = 6, ends_right: bool = False) -> None:
        super().__init__(widget)
        self._items: list[QLayoutItem] = []
        self._gap_px = gap_px
        self._ends_right = ends_right
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), moves=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, moves=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(QSize(0, item.sizeHint().height()))
        return size

    def _arrange(self, rect: QRect, *, moves: bool) -> int:
        """Finds places for the items; how high they are together."""
        top = rect.top()
        for line in self._lines(rect.width()):
            left = rect.left()
            if self._ends_right:
                left += rect.width() - self._width_of(line)
            for item, size in line if moves else ():
                item.setGeometry(QRect(QPoint(left, top), size))
                left += size.width() + self._gap_px
            top += max(size.height() for _, size in line) + self._gap_px
        return max(0, top - self._gap_px - rect.top())

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """The items that stand side by side, each with its size."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint().expandedTo(item.minimumSize())
            size.setWidth(min(size.width(), width))
            if not lines or self._width_of([*lines[-1], (item, size)]) > width:
                lines.append([])
            lines[-1].append((item, size))
        return lines

    def _width_of(self, line: list[tuple[QLayoutItem, QSize]]) -> int:
        return sum(size.width() for _, size in line) + self._gap_px * (len(line) - 1)
