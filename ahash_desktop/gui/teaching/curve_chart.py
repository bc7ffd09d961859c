"""A small chart of curves that grow, with a line to compare them with."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text

_LEFT_PX, _TOP_PX, _RIGHT_PX, _BOTTOM_PX = 44, 26, 12, 24
_N_LINES = 4
_DOT_PX = 5.0
_FLAT = 1e-9
_FINE = 0.1


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (x, y) under a name; `colour` names one of the theme's colours."""

    name: str
    points: tuple[tuple[float, float], ...]
    colour: str = "accent"


class CurveChart(QWidget):
    """Draws curves, with their names in their colours above them.

    Args:
        title: What the heights are.
    """

    def __init__(self, title: str, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._colours = colours
        self._curves: tuple[Curve, ...] = ()
        self._level: tuple[str, float] | None = None
        self._top: float | None = None
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """What is drawn."""
        return self._curves

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self.update()

    def show_curves(
        self,
        curves: Sequence[Curve],
        level: tuple[str, float] | None = None,
        top: float | None = None,
    ) -> None:
        """Draws these.

        Args:
            curves: From left to right.
            level: The name and height of the line to compare with.
            top: The most that there can be; None where there is no most.
        """
        self._curves = tuple(curve for curve in curves if curve.points)
        self._level, self._top = level, top
        said = [f"{c.name} {number_text(c.points[-1][1], 3)}" for c in self._curves]
        if level is not None:
            said.append(f"{level[0]} {number_text(level[1], 3)}")
        self.setAccessibleDescription(", ".join(said))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(_LEFT_PX, _TOP_PX, -_RIGHT_PX, -_BOTTOM_PX)
        painter.setPen(QColor(self._colours.text))
        painter.drawText(QRectF(0, 0, self.width(), _TOP_PX - 6), 0, self._title)
        low, high = self._heights()
        self._paint_grid(painter, frame, low, high)
        self._paint_level(painter, frame, low, high)
        for curve in self._curves:
            self._paint_curve(painter, frame, curve, low, high)
        self._paint_names(painter)
        painter.end()

    def _heights(self) -> tuple[float, float]:
        values = [y for curve in self._curves for _, y in curve.points]
        if self._level is not None:
            values.append(self._level[1])
        if not values:
            return 0.0, self._top or 1.0
        low, high = min(values), max(values)
        margin = max(0.02, (high - low) * 0.1)
        above = high + margin if self._top is None else min(self._top, high + margin)
        return max(0.0, low - margin), above

    def _widths(self) -> tuple[float, float]:
        values = [x for curve in self._curves for x, _ in curve.points]
        return (min(values), max(values)) if values else (0.0, 1.0)

    def _at(self, frame: QRectF, x: float, y: float, low: float, high: float) -> QPointF:
        left, right = self._widths()
        across = (x - left) / (right - left) if right - left > _FLAT else 1.0
        up = (y - low) / (high - low) if high - low > _FLAT else 0.5
        return QPointF(frame.left() + across * frame.width(), frame.bottom() - up * frame.height())

    def _paint_grid(self, painter: QPainter, frame: QRectF, low: float, high: float) -> None:
        for number in range(_N_LINES + 1):
            value = low + (high - low) * number / _N_LINES
            height = frame.bottom() - frame.height() * number / _N_LINES
            painter.setPen(QPen(QColor(self._colours.border), 1.0))
            painter.drawLine(QPointF(frame.left(), height), QPointF(frame.right(), height))
            painter.setPen(QColor(self._colours.text_soft))
            place = QRectF(0, height - 9, _LEFT_PX - 6, 18)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, right, number_text(value, 2 if high - low > _FINE else 3))

    def _paint_level(self, painter: QPainter, frame: QRectF, low: float, high: float) -> None:
        if self._level is None:
            return
        name, value = self._level
        height = self._at(frame, 0, value, low, high).y()
        painter.setPen(QPen(QColor(self._colours.differ), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(frame.left(), height), QPointF(frame.right(), height))
        text = f"{name} {number_text(value, 3)}"
        above = height - frame.top() > 20
        place = QRectF(frame.left() + 6, height - 19 if above else height + 2, frame.width(), 18)
        painter.setPen(QColor(self._colours.differ))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_curve(
        self, painter: QPainter, frame: QRectF, curve: Curve, low: float, high: float
    ) -> None:
        colour = QColor(getattr(self._colours, curve.colour))
        points = QPolygonF([self._at(frame, x, y, low, high) for x, y in curve.points])
        painter.setPen(QPen(colour, 2.0))
        painter.drawPolyline(points)
        last = self._at(frame, *curve.points[-1], low, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(last, _DOT_PX / 2 + 1, _DOT_PX / 2 + 1)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_names(self, painter: QPainter) -> None:
        right = float(self.width() - _RIGHT_PX)
        metrics = painter.fontMetrics()
        for curve in reversed(self._curves):
            text = f"{curve.name} {number_text(curve.points[-1][1], 3)}"
            width = metrics.horizontalAdvance(text)
            right -= width
            painter.setPen(QColor(getattr(self._colours, curve.colour)))
            painter.drawText(QRectF(right, 0, width + 2, _TOP_PX - 6), 0, text)
            right -= 16
