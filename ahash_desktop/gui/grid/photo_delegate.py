"""Paints one photo of a grid: the picture, its ring when chosen, and how close a match is."""

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ahash_desktop.gui.base.rows import Index
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.grid.badges import paint_star
from ahash_desktop.gui.grid.photo_list import PhotoRole
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.grid.tiles import CORNER_PX, TileCache

_MARGIN_PX = 6
_RING_PX = 3.0
_BAR_PX = 4
_LONGEST_BAR_PX = 64.0
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
        with_caption: Whether rows are matches whose closeness is told.
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
        self._with_name = False
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

    def set_names(self, with_name: bool) -> None:
        """Whether the file's name stands below each photo that is no match."""
        self._with_name = with_name and not self._with_caption

    def caption_height(self, metrics: QFontMetrics) -> int:
        """Pixels below the photo that the caption takes."""
        if not (self._with_caption or self._with_name):
            return 0
        return _CAPTION_GAP_PX + metrics.height() + 4

    def cell_height(self, width: int, metrics: QFontMetrics) -> int:
        """How high a cell of this width is: tiles are 4 : 3, as most photos are."""
        tile_height = round((width - 2 * _MARGIN_PX) * _TILE_SHAPE)
        return tile_height + 2 * _MARGIN_PX + self.caption_height(metrics)

    def wanted_edge(self) -> int:
        """The longest side that a thumbnail needs; one that is cut needs more."""
        edge = max(16, self._cell.width() - 2 * _MARGIN_PX)
        return round(edge * _FILL_RESERVE) if self._fills_tiles else edge

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        photo_id, tile = index.data(PhotoRole.PHOTO_ID), self._tile(option)
        if photo_id is None or tile.isEmpty():
            return
        painter.save()
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
        if index.data(PhotoRole.IS_FAVOURITE):
            paint_star(painter, QRectF(tile), self._colours)
        self._paint_state(painter, QRectF(tile), option.state)
        if self._with_caption:
            self._paint_caption(painter, option, index)
        elif self._with_name:
            self._paint_name(painter, option, str(index.data(PhotoRole.CAPTION) or ""))
        painter.restore()

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, name: str) -> None:
        metrics = QFontMetrics(option.font)
        top = self._tile(option).bottom() + _CAPTION_GAP_PX
        room = QRect(option.rect.left() + 4, top, option.rect.width() - 8, metrics.height())
        painter.setFont(option.font)
        painter.setPen(QColor(self._colours.text_soft))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shown)

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

    def picture_rect(self, cell: QRect, metrics: QFontMetrics, photo_id: int) -> QRect:
        """Where in a cell the picture of a photo lies."""
        tile = self._tile_of(cell, metrics)
        pixmap = self._thumbnails.pixmap(photo_id)
        return tile if pixmap is None or self._fills_tiles else self._fitted(tile, pixmap)

    def _tile(self, option: QStyleOptionViewItem) -> QRect:
        return self._tile_of(option.rect, QFontMetrics(option.font))

    def _tile_of(self, cell: QRect, metrics: QFontMetrics) -> QRect:
        inner = cell.adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        if self._with_caption or self._with_name:
            inner.setHeight(inner.height() - self.caption_height(metrics))
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
        """A bar that is the longer the closer the match, and a word for it."""
        metrics = QFontMetrics(option.font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = QRectF(self._tile(option)).bottom() + _CAPTION_GAP_PX
        place = QRectF(option.rect.left() + 4, top, option.rect.width() - 8, metrics.height())
        bar_px = min(_LONGEST_BAR_PX, place.width() / 3)
        room = place.width() - bar_px - _CAPTION_GAP_PX
        caption = index.data(PhotoRole.CAPTION)
        if metrics.horizontalAdvance(caption) > room:
            caption = metrics.elidedText(
                index.data(PhotoRole.SHORT_CAPTION), Qt.TextElideMode.ElideRight, int(room)
            )
        text_px = metrics.horizontalAdvance(caption)
        left = place.center().x() - (bar_px + (text_px and text_px + _CAPTION_GAP_PX)) / 2
        bar = QRectF(left, round(place.center().y()) - _BAR_PX / 2, bar_px, _BAR_PX)
        painter.setFont(option.font)
        painter.setPen(QColor(self._colours.text_soft))
        place.setLeft(bar.right() + _CAPTION_GAP_PX)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, caption)
        self._paint_bar(painter, bar, float(index.data(PhotoRole.NEARNESS)))

    def _paint_bar(self, painter: QPainter, bar: QRectF, nearness: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.border))
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
        bar.setWidth(max(float(_BAR_PX), bar.width() * nearness))
        painter.setBrush(QColor(self._colours.accent))
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
