"""The pictures of a grid's cells, each made once as it is shown, so that painting only copies."""

import math
from collections.abc import Hashable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.grid.thumbnails import PixmapCache

CORNER_PX = 6.0
_LEAST_BYTES = 8 * 1024 * 1024
_BYTES_A_PIXEL = 4
_PLACEHOLDER = -1
_ABSENT = -2
_SHAPE = -3


class TileCache:
    """Photos cut to rounded tiles; what was not painted for longest goes first."""

    def __init__(self, capacity_bytes: int = _LEAST_BYTES) -> None:
        self._cache = PixmapCache(capacity_bytes)

    def make_room(self, view: QSize, ratio: float) -> None:
        """Keeps as many tiles as fill a view twice, for fewer would all be made anew each time."""
        pixels = view.width() * view.height() * ratio * ratio
        self._cache.set_capacity(max(_LEAST_BYTES, round(2 * pixels * _BYTES_A_PIXEL)))

    def photo(self, photo_id: int, source: QPixmap, size: QSize, ratio: float) -> QPixmap:
        """A photo that fills a rounded tile; what does not fit into its shape is cut.

        Args:
            photo_id: The photo.
            source: Its thumbnail.
            size: The tile, in logical pixels.
            ratio: Device pixels a logical one has.
        """
        made_for = (source.cacheKey(), size.width(), size.height(), ratio)
        found = self._find(photo_id, made_for)
        return found or self._keep(photo_id, made_for, self._rounded(source, size, ratio))

    def placeholder(self, colours: Colours, size: QSize, ratio: float, *, absent: bool) -> QPixmap:
        """What stands for a photo until its thumbnail is there, or for good if it is absent."""
        made_for = (colours, size.width(), size.height(), ratio)
        key = _ABSENT if absent else _PLACEHOLDER
        found = self._find(key, made_for)
        return found or self._keep(key, made_for, _blank(colours, size, ratio, absent=absent))

    def _find(self, key: int, made_for: Hashable) -> QPixmap | None:
        found = self._cache.find(key)
        return found[1] if found is not None and found[0] == made_for else None

    def _keep(self, key: int, made_for: Hashable, tile: QPixmap) -> QPixmap:
        self._cache.keep(key, made_for, tile)
        return tile

    def _rounded(self, source: QPixmap, size: QSize, ratio: float) -> QPixmap:
        """Copies the photo and takes its corners away, which is faster than to fill a path."""
        tile = _transparent(size, ratio)
        painter = QPainter(tile)
        if source.size() != tile.size():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(_whole(size), source, _cut(source, size))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        shape = self._shape(size, ratio)
        for corner in _corners(size, ratio):
            inside = QRectF(corner.topLeft() * ratio, corner.size() * ratio)
            painter.drawPixmap(corner, shape, inside)
        painter.end()
        return tile

    def _shape(self, size: QSize, ratio: float) -> QPixmap:
        """An opaque tile."""
        made_for = (size.width(), size.height(), ratio)
        found = self._find(_SHAPE, made_for)
        return found or self._keep(_SHAPE, made_for, _filled("black", size, ratio))


def _blank(colours: Colours, size: QSize, ratio: float, *, absent: bool) -> QPixmap:
    tile = _filled(colours.placeholder, size, ratio)
    if absent:
        side = min(24.0, size.width() / 3)
        cross = QRectF(0, 0, side, side)
        cross.moveCenter(_whole(size).center())
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border_strong), 1.5))
        painter.drawLine(cross.topLeft(), cross.bottomRight())
        painter.drawLine(cross.topRight(), cross.bottomLeft())
        painter.end()
    return tile


def _filled(colour: str, size: QSize, ratio: float) -> QPixmap:
    tile = _transparent(size, ratio)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(_whole(size), CORNER_PX, CORNER_PX)
    painter.end()
    return tile


def _transparent(size: QSize, ratio: float) -> QPixmap:
    tile = QPixmap(size * ratio)
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    return tile


def _corners(size: QSize, ratio: float) -> list[QRectF]:
    """Where a tile is not all opaque, in whole device pixels."""
    side = math.ceil(CORNER_PX * ratio) / ratio
    width, height = min(side, size.width() / 2), min(side, size.height() / 2)
    return [
        QRectF(left, top, width, height)
        for left in (0, size.width() - width)
        for top in (0, size.height() - height)
    ]


def _whole(size: QSize) -> QRectF:
    return QRectF(0, 0, size.width(), size.height())


def _cut(source: QPixmap, size: QSize) -> QRectF:
    """The part of a photo that fills a tile of this shape."""
    scale = max(size.width() / source.width(), size.height() / source.height())
    width, height = size.width() / scale, size.height() / scale
    return QRectF((source.width() - width) / 2, (source.height() - height) / 2, width, height)
