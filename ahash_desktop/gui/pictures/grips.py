"""Sides and corners of a box that can be taken hold of."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt

from ahash_desktop.core.records import Region

_REACH_PX = 7.0
_SMALLEST = 0.03


@dataclass(frozen=True, slots=True)
class Grip:
    """Which sides of a box move: -1 the left or upper one, 1 the other, 0 none."""

    across: int
    down: int

    @property
    def cursor(self) -> Qt.CursorShape:
        """What the pointer looks like on it."""
        if self.across and self.down:
            falls = self.across == self.down
            return Qt.CursorShape.SizeFDiagCursor if falls else Qt.CursorShape.SizeBDiagCursor
        return Qt.CursorShape.SizeHorCursor if self.across else Qt.CursorShape.SizeVerCursor

    def moved(self, box: Region, place: QPointF) -> Region:
        """The box with these sides at a place, in fractions of the picture; it stays inside."""
        left, width = _side(box.x, box.width, self.across, place.x())
        top, height = _side(box.y, box.height, self.down, place.y())
        return Region(left, top, width, height)


def grip_at(box: QRectF, place: QPointF) -> Grip | None:
    """What of a box is near a place, both in pixels."""
    reach = _REACH_PX
    if not box.adjusted(-reach, -reach, reach, reach).contains(place):
        return None
    across = _near(place.x(), box.left(), box.right())
    down = _near(place.y(), box.top(), box.bottom())
    return Grip(across, down) if across or down else None


def _near(value: float, low: float, high: float) -> int:
    if abs(value - low) <= _REACH_PX:
        return -1
    return 1 if abs(value - high) <= _REACH_PX else 0


def _side(start: float, length: float, moves: int, to: float) -> tuple[float, float]:
    """Where a box begins and how long it is once one of its sides has moved."""
    end = start + length
    if moves < 0:
        start = min(max(to, 0.0), end - _SMALLEST)
    elif moves > 0:
        end = max(min(to, 1.0), start + _SMALLEST)
    start = min(max(start, 0.0), 1.0 - _SMALLEST)
    return start, min(end, 1.0) - start
