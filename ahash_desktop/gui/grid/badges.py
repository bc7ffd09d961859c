"""Small signs over a photo: a star on favourites."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from ahash_desktop.gui.base.theme import Colours

_STAR_PX = 20.0
_GAP_PX = 4.0
_POINTS = 5


def paint_star(painter: QPainter, tile: QRectF, colours: Colours) -> None:
    """A star on a disc, at the tile's lower left."""
    side = min(_STAR_PX, tile.width() / 2)
    disc = QRectF(tile.left() + _GAP_PX, tile.bottom() - side - _GAP_PX, side, side)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.surface))
    painter.drawEllipse(disc)
    painter.setBrush(QColor(colours.accent))
    middle, reach = disc.center(), side * 0.4
    corners = []
    for number in range(2 * _POINTS):
        angle = math.pi * (number / _POINTS - 0.5)
        far = reach if number % 2 == 0 else reach * 0.42
        corners.append(middle + QPointF(math.cos(angle), math.sin(angle)) * far)
    painter.drawPolygon(QPolygonF(corners))
