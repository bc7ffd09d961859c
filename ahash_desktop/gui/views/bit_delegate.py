"""Paints the bits: activations as signed bars, agreement as a sign with a colour."""

from PySide6.QtCore import QModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ahash_desktop.gui.models.bit_table import BitColumn, BitRole
from ahash_desktop.gui.theme import Colours

ROW_PX = 28
_BAR_PX = 10
_SIGN_PX = 5.0
_PADDING_PX = 8


class BitDelegate(QStyledItemDelegate):
    """A bar to the right of zero is a bit that is on; "=" agrees, "≠" differs."""

    def __init__(self, colours: Colours, parent=None) -> None:
        super().__init__(parent)
        self._colours = colours

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(option.rect.width(), ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(self._colours.accent_soft))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(self._colours.hover))
        rect = QRectF(option.rect)
        if index.column() == BitColumn.NAME:
            self._paint_name(painter, option, index)
        elif index.column() == BitColumn.AGREEMENT:
            self._paint_sign(painter, rect, index.data(BitRole.AGREES))
        else:
            self._paint_bar(painter, rect, index)
        painter.restore()

    def _paint_name(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        rect = option.rect.adjusted(_PADDING_PX, 0, -4, 0)
        text = option.fontMetrics.elidedText(
            index.data() or "", Qt.TextElideMode.ElideRight, rect.width()
        )
        painter.setPen(QColor(self._colours.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_bar(self, painter: QPainter, rect: QRectF, index: QModelIndex) -> None:
        activation = index.data(BitRole.ACTIVATION)
        if activation is None:
            return
        track = rect.adjusted(_PADDING_PX, 0, -_PADDING_PX, 0)
        zero = track.center().x()
        groove = QRectF(track.left(), rect.center().y() - _BAR_PX / 2, track.width(), _BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.placeholder))
        painter.drawRoundedRect(groove, 2, 2)
        length = max(-1.0, min(1.0, activation)) * track.width() / 2
        bar = QRectF(zero, groove.top(), length, _BAR_PX).normalized()
        differs = index.data(BitRole.AGREES) is False
        colour = self._colours.differ if differs else self._colours.agree
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setPen(QPen(QColor(self._colours.text_soft), 1))
        painter.drawLine(
            QPointF(zero, rect.center().y() - _BAR_PX / 2 - 3),
            QPointF(zero, rect.center().y() + _BAR_PX / 2 + 3),
        )

    def _paint_sign(self, painter: QPainter, rect: QRectF, agrees: bool | None) -> None:
        if agrees is None:
            return
        centre = rect.center()
        colour = QColor(self._colours.agree if agrees else self._colours.differ)
        painter.setPen(QPen(colour, 2, c=Qt.PenCapStyle.RoundCap))
        for dy in (-2.5, 2.5):
            painter.drawLine(centre + QPointF(-_SIGN_PX, dy), centre + QPointF(_SIGN_PX, dy))
        if not agrees:
            painter.drawLine(
                centre + QPointF(_SIGN_PX - 1, -_SIGN_PX - 2),
                centre + QPointF(1 - _SIGN_PX, _SIGN_PX + 2),
            )
