"""Paints the bits: activations as signed bars, agreement as a sign, rules as small switches."""

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QObject,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from ahash_desktop.gui.base.icons import drawing
from ahash_desktop.gui.base.rows import Index
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.inspector.bit_table import UNCLEAR_BELOW, BitColumn, BitRole
from ahash_desktop.gui.search.bit_rules import BitRule

ROW_PX = 28
TALL_ROW_PX = 46
"""The height of a row in which the bars stand below the name."""
_BAR_PX = 10
_SIGN_PX = 5.0
_PADDING_PX = 8
_SWITCH_PX = 24
_ICON_PX = 16

RULES_PX = _SWITCH_PX * len(BitRule) + 4
"""Width that the switches take."""


class BitDelegate(QStyledItemDelegate):
    """A bar to the right of zero is a bit that is on; "=" agrees, "≠" differs.

    Where the table is narrow, names have its width and the bars stand below them. `rule_clicked`
    reports the bit and the switch that was clicked.
    """

    rule_clicked = Signal(int, object)

    def __init__(self, colours: Colours, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._icons: dict[tuple[BitRule, str], QPixmap] = {}
        self._is_tall = False

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours

    def set_tall(self, tall: bool) -> None:
        """Whether the bars stand below the name."""
        self._is_tall = tall

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(option.rect.width(), TALL_ROW_PX if self._is_tall else ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(self._colours.accent_soft))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(self._colours.hover))
        rect = QRectF(option.rect)
        if index.column() == BitColumn.NAME:
            self._paint_name(painter, option, index)
            if self._is_tall:
                self._paint_bars_below(painter, rect, index)
        elif index.column() == BitColumn.AGREEMENT:
            self._paint_sign(painter, rect, index.data(BitRole.AGREES))
        elif index.column() == BitColumn.RULES:
            self._paint_switches(painter, option, index.data(BitRole.RULES))
        else:
            self._paint_bar(painter, rect, index.data(BitRole.ACTIVATION), index)
        painter.restore()

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Turns a click on a switch into `rule_clicked`."""
        rule = None
        if (
            index.column() == BitColumn.RULES
            and isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and event.button() == Qt.MouseButton.LeftButton
        ):
            rule = _switch_at(option.rect, event.position().x())
        if rule is None:
            return super().editorEvent(event, model, option, index)
        self.rule_clicked.emit(index.data(BitRole.BIT), rule)
        return True

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Says what the switch below the pointer does."""
        if event.type() != QEvent.Type.ToolTip or index.column() != BitColumn.RULES:
            return super().helpEvent(event, view, option, index)
        rule = _switch_at(option.rect, event.pos().x())
        if rule is None:
            return False
        texts = {
            BitRule.REQUIRED: self.tr("Require: only photos that have this bit like the query"),
            BitRule.IGNORED: self.tr("Ignore: this bit does not count"),
            BitRule.INVERTED: self.tr("Invert: prefer photos that have this bit the other way"),
        }
        QToolTip.showText(event.globalPos(), texts[rule], view)
        return True

    def _paint_switches(
        self, painter: QPainter, option: QStyleOptionViewItem, rules: frozenset[BitRule]
    ) -> None:
        is_near = option.state & (
            QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver
        )
        for rule in BitRule:
            rect = QRectF(_switch_rect(option.rect, rule))
            is_on = rule in rules
            if is_on:
                painter.setPen(QPen(QColor(self._colours.accent), 1))
                painter.setBrush(QColor(self._colours.accent_soft))
                painter.drawRoundedRect(rect.adjusted(1.5, 3.5, -1.5, -3.5), 5, 5)
            strong = self._colours.accent if is_on else self._colours.text_soft
            colour = strong if is_on or is_near else self._colours.border_strong
            painter.setOpacity(1.0 if is_on or is_near else 0.8)
            half = _ICON_PX / 2
            painter.drawPixmap(rect.center() - QPointF(half, half), self._icon(rule, colour))
            painter.setOpacity(1.0)

    def _icon(self, rule: BitRule, colour: str) -> QPixmap:
        if (rule, colour) not in self._icons:
            self._icons[rule, colour] = drawing(f"bit-{rule}", colour, _ICON_PX)
        return self._icons[rule, colour]

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect.adjusted(_PADDING_PX, 0, -4, 0)
        if self._is_tall:
            rect.setHeight(rect.height() * 3 // 5)
        text = option.fontMetrics.elidedText(
            index.data() or "", Qt.TextElideMode.ElideRight, rect.width()
        )
        painter.setPen(QColor(self._colours.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_bars_below(self, painter: QPainter, rect: QRectF, index: Index) -> None:
        """The bar of the query, and beside it that of the match if there is one."""
        found = [
            index.sibling(index.row(), column).data(BitRole.ACTIVATION)
            for column in (BitColumn.QUERY, BitColumn.MATCH)
        ]
        shown = [activation for activation in found if activation is not None]
        place = QRectF(rect.left(), rect.bottom() - 16, rect.width() / max(1, len(shown)), 12)
        for activation in shown:
            self._paint_bar(painter, place, activation, index)
            place.translate(place.width(), 0)

    def _paint_bar(
        self, painter: QPainter, rect: QRectF, activation: float | None, index: Index
    ) -> None:
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
        if abs(activation) < UNCLEAR_BELOW:
            colour = self._colours.border_strong
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


def _switch_rect(cell: QRect, rule: BitRule) -> QRect:
    left = cell.left() + (cell.width() - _SWITCH_PX * len(BitRule)) // 2
    across = left + list(BitRule).index(rule) * _SWITCH_PX
    return QRect(across, cell.center().y() - ROW_PX // 2, _SWITCH_PX, ROW_PX)


def _switch_at(cell: QRect, x: float) -> BitRule | None:
    for rule in BitRule:
        rect = _switch_rect(cell, rule)
        if rect.left() <= x < rect.left() + rect.width():
            return rule
    return None
