"""Paints one photo of a grid: the picture, its ring when chosen, and a match's distance."""

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ahash_desktop.gui.base.rows import Index
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.grid.photo_list import PhotoRole
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.grid.tiles import CORNER_PX, TileCache

_MARGIN_PX = 6
_RING_PX = 3.0
_BAR_PX = 3
_CAPTION_GAP_PX = 6
_FILL_RESERVE = 1.4
_AWAY_OPACITY = 0.45
_BADGE_PX = 22.0
_TILE_SHAPE = 0.75
_MARKED = (
    QStyle.StateFlag.State_Selected
    | QStyle.StateFlag.State_HasFocus
    | QStyle.StateFlag.State_MouseOver
)


class PhotoDelegate(QStyledItemDelegate):
    """Photos fill square tiles or are shown whole; matches have a caption below.

    Args:
        thumbnails: Pixmaps by photo id.
        with_caption: Whether rows are matches with a distance to tell.
    """

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        colours: Colours,
        *,
        with_caption: bool,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._colours = colours
        self._with_caption = with_caption
        self._tiles = TileCache()
        self._fills_tiles = False
        self._cell = QSize(180, 180)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours

    def set_cell(self, cell: QSize) -> None:
        """The size of one cell of the grid."""
        self._cell = cell

    def make_room(self, view: QSize, ratio: float) -> None:
        """Prepares for a view of this size, in logical pixels of so many device pixels."""
        self._tiles.make_room(view, ratio)

    def set_fills_tiles(self, fills: bool) -> None:
        """Whether photos are cut to fill their tile, or shown whole."""
        self._fills_tiles = fills

    def caption_height(self, metrics: QFontMetrics) -> int:
        """Pixels below the photo that the caption takes."""
        if not self._with_caption:
            return 0
        return _CAPTION_GAP_PX + 2 * metrics.height() + 4

    def cell_height(self, width: int, metrics: QFontMetrics) -> int:
        """How high a cell of this width is: tiles are 4 : 3, as most photos are."""
        tile_height = round((width - 2 * _MARGIN_PX) * _TILE_SHAPE)
        return tile_height + 2 * _MARGIN_PX + self.caption_height(metrics)

    def wanted_edge(self) -> int:
        """The longest side that a thumbnail needs; one that is cut needs more."""
        edge = max(16, self._cell.width() - 2 * _MARGIN_PX)
        return round(edge * _FILL_RESERVE) if self._fills_tiles else edge

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        photo_id = index.data(PhotoRole.PHOTO_ID)
        if photo_id is None:
            return
        painter.save()
        tile = self._tile(option)
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._thumbnails.pixmap(photo_id)
        if pixmap is None:
            absent = self._thumbnails.is_absent(photo_id)
            shown = self._tiles.placeholder(self._colours, tile.size(), ratio, absent=absent)
        else:
            if not self._fills_tiles:
                tile = self._fitted(tile, pixmap)
            shown = self._tiles.photo(photo_id, pixmap, tile.size(), ratio)
        is_away = bool(index.data(PhotoRole.IS_AWAY))
        if is_away:
            painter.setOpacity(_AWAY_OPACITY)
        painter.drawPixmap(tile.topLeft(), shown)
        painter.setOpacity(1.0)
        if is_away:
            self._paint_badge(painter, QRectF(tile))
        self._paint_state(painter, QRectF(tile), option.state)
        if self._with_caption:
            self._paint_caption(painter, option, index)
        painter.restore()

    def _paint_badge(self, painter: QPainter, tile: QRectF) -> None:
        """A plug that is out: two prongs apart from their socket, so that shape tells it too."""
        side = min(_BADGE_PX, tile.width() / 2)
        badge = QRectF(tile.right() - side - 4, tile.top() + 4, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.surface))
        painter.drawEllipse(badge)
        painter.setPen(QPen(QColor(self._colours.text), 1.6))
        unit, middle = side / 10, badge.center()
        for across in (-1.2, 1.2):
            x = middle.x() + across * unit
            painter.drawLine(QPointF(x, middle.y() - 3 * unit), QPointF(x, middle.y() - unit))
        socket = QRectF(middle.x() - 2 * unit, middle.y() + 0.6 * unit, 4 * unit, 2.2 * unit)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(socket, unit, unit)

    def _tile(self, option: QStyleOptionViewItem) -> QRect:
        inner = option.rect.adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        if self._with_caption:
            inner.setHeight(inner.height() - self.caption_height(QFontMetrics(option.font)))
        return inner

    def _fitted(self, tile: QRect, pixmap: QPixmap) -> QRect:
        size = pixmap.size().scaled(tile.size(), Qt.AspectRatioMode.KeepAspectRatio)
        size = size.expandedTo(QSize(1, 1))
        left = (tile.width() - size.width()) // 2
        room = tile.height() - size.height()
        top = room if self._with_caption else room // 2
        return QRect(tile.left() + left, tile.top() + top, size.width(), size.height())

    def _paint_state(self, painter: QPainter, rect: QRectF, state: QStyle.StateFlag) -> None:
        if not state & _MARKED:
            return
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if selected:
            grown = rect.adjusted(-_RING_PX, -_RING_PX, _RING_PX, _RING_PX)
            painter.setPen(QPen(QColor(self._colours.accent), _RING_PX))
            painter.drawRoundedRect(grown, CORNER_PX + _RING_PX, CORNER_PX + _RING_PX)
        else:
            colour = self._colours.text_soft if focused else self._colours.border_strong
            grown = rect.adjusted(-2, -2, 2, 2)
            painter.setPen(QPen(QColor(colour), 1.5))
            painter.drawRoundedRect(grown, CORNER_PX + 2, CORNER_PX + 2)

    def _paint_caption(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        metrics = QFontMetrics(option.font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text_top = QRectF(self._tile(option)).bottom() + _CAPTION_GAP_PX
        text_rect = QRectF(
            option.rect.left() + 4, text_top, option.rect.width() - 8, metrics.height()
        )
        painter.setFont(option.font)
        painter.setPen(QColor(self._colours.text_soft))
        caption = index.data(PhotoRole.CAPTION)
        if metrics.horizontalAdvance(caption) > text_rect.width():
            caption = index.data(PhotoRole.SHORT_CAPTION)
        painter.drawText(text_rect, Qt.AlignmentFlag.AlignCenter, caption)
        text_rect.translate(0, metrics.height() + 2)
        self._paint_score(painter, text_rect, metrics, index)

    def _paint_score(
        self, painter: QPainter, rect: QRectF, metrics: QFontMetrics, index: Index
    ) -> None:
        """A bar for the share of bits that agree, and the similarity as a number."""
        score = f"{index.data(PhotoRole.HIT).score:.2f}"
        bar_width = min(72.0, rect.width() / 2)
        text_width = metrics.horizontalAdvance(score)
        left = rect.center().x() - (bar_width + _CAPTION_GAP_PX + text_width) / 2
        bar = QRectF(left, round(rect.center().y()) - 1, bar_width, _BAR_PX)
        painter.drawText(
            rect.adjusted(bar.right() + _CAPTION_GAP_PX - rect.left(), 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            score,
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.border))
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
        nearness = float(index.data(PhotoRole.NEARNESS))
        bar.setWidth(max(float(_BAR_PX), bar_width * nearness))
        painter.setBrush(QColor(self._colours.accent))
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
