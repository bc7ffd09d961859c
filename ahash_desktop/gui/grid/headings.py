"""Paints the headings between photos: a title, how many photos stand below it, and a line."""

import math

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter

from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text

_INDENT_PX = 6
_ABOVE_PX = 14
_BELOW_PX = 4
_GAP_PX = 12
_COUNT_MARK = "  ·  "


class Headings:
    """How headings look; they follow the theme and the font, and not the size of the photos."""

    def __init__(self, colours: Colours) -> None:
        self._colours = colours

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours

    def height(self, font: QFont) -> int:
        """Of a heading with the room above and below its text, in pixels."""
        return _ABOVE_PX + QFontMetrics(_strong(font)).height() + _BELOW_PX

    def text_rect(self, heading: QRect, font: QFont, title: str, n_photos: int) -> QRect:
        """Where in a heading its text stands, with the room above and below."""
        width = _width(_strong(font), title) + _width(font, _count_text(n_photos))
        room = heading.width() - 2 * _INDENT_PX
        left = heading.left() + _INDENT_PX
        return QRect(left, heading.top(), min(width, room), heading.height())

    def paint(
        self, painter: QPainter, heading: QRect, font: QFont, title: str, n_photos: int
    ) -> None:
        """Paints a heading over its whole width."""
        text = self.text_rect(heading, font, title, n_photos)
        text.adjust(0, _ABOVE_PX, 0, -_BELOW_PX)
        count, strong = _count_text(n_photos), _strong(font)
        shown = _shortened(title, strong, text.width() - _width(font, count))
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(strong)
        painter.setPen(QColor(self._colours.text))
        painter.drawText(text, align, shown)
        painter.setFont(font)
        painter.setPen(QColor(self._colours.text_soft))
        painter.drawText(text.adjusted(_width(strong, shown), 0, 0, 0), align, count)
        start = QPoint(text.right() + _GAP_PX, text.center().y())
        end = QPoint(heading.right() - _INDENT_PX, start.y())
        if start.x() < end.x():
            painter.setPen(QColor(self._colours.border))
            painter.drawLine(start, end)


def _strong(font: QFont) -> QFont:
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    return made


def _shortened(title: str, font: QFont, room_px: int) -> str:
    return QFontMetrics(font).elidedText(title, Qt.TextElideMode.ElideRight, max(0, room_px))


def _width(font: QFont, text: str) -> int:
    """Whole pixels in which a text has room, which its own width rounded down has not."""
    return math.ceil(QFontMetricsF(font).horizontalAdvance(text)) + 1


def _count_text(n_photos: int) -> str:
    return _COUNT_MARK + number_text(n_photos)
