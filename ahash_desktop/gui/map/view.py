"""The map itself: photos at their places, dots from afar and thumbnails where there is room."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.map.raster import draw_dots
from ahash_desktop.gui.map.sight import Sight

_THUMB_PX = 56
_CELL_PX = 72
_ZOOM_STEP = 1.25
_REACH_PX = 28
_SETTLE_MS = 60
_FEW_PHOTOS = 3000
_LARGE_DOTS = 2
_VIEW_NAME = "map"


@dataclass(frozen=True, slots=True)
class MapColours:
    """How dots look: a kind a photo, and a colour and a stamp a kind."""

    kinds: NDArray[np.uint8]
    colours: list[str]
    stamps: list[tuple[tuple[int, int], ...]]


class MapView(QWidget):
    """Pans by dragging, zooms at the pointer, selects with Shift; all of it by keys as well.

    Arrows go to the next photo in a direction, with Shift they move the map; + and − zoom, 0 shows
    everything, the space bar selects the current photo, Enter searches by it.
    """

    photo_activated = Signal(int)
    selection_changed = Signal()

    def __init__(
        self, thumbnails: ThumbnailLoader, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._colours = colours
        self._photo_ids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._places: NDArray[np.float32] = np.empty((0, 2), dtype=np.float32)
        self._looks = MapColours(np.empty(0, dtype=np.uint8), [colours.accent], [((0, 0),)])
        self._selected: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
        self._current: int | None = None
        self._sight = Sight()
        self._dots: QImage | None = None
        self._shows_thumbnails = True
        self._pressed: QPointF | None = None
        self._dragged = False
        self._band: QRectF | None = None
        self._settled = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settled.timeout.connect(self._want_thumbnails)
        thumbnails.arrived.connect(self._on_thumbnail_arrived)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(QSize(320, 240))
        self.setAccessibleName(self.tr("Map of the library"))

    @property
    def zoom(self) -> float:
        """1 shows everything."""
        return self._sight.zoom

    @property
    def current_id(self) -> int | None:
        """The photo that has the keyboard's attention."""
        return None if self._current is None else int(self._photo_ids[self._current])

    @property
    def photo_ids(self) -> NDArray[np.int64]:
        """The photos on the map, int64 (n,)."""
        return self._photo_ids

    def selected_ids(self) -> NDArray[np.int64]:
        """The selected photos, int64 (m,)."""
        return self._photo_ids[self._selected]

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self._redraw()

    def show_map(self, photo_ids: NDArray[np.int64], places: NDArray[np.float32]) -> None:
        """Shows photos, int64 (n,), at places, float32 (n, 2) in 0 … 1; all alike at first."""
        self._photo_ids, self._places = photo_ids, places
        self._selected = np.zeros(len(photo_ids), dtype=np.bool_)
        self._current = None
        self._looks = MapColours(
            np.zeros(len(photo_ids), dtype=np.uint8), [self._colours.accent], [((0, 0),)]
        )
        self.fit()
        self.selection_changed.emit()

    def show_looks(self, looks: MapColours) -> None:
        """Colours the dots."""
        self._looks = looks
        self._redraw()

    def set_shows_thumbnails(self, shows: bool) -> None:
        """Whether photos are shown where there is room."""
        self._shows_thumbnails = shows
        self._redraw()

    def fit(self) -> None:
        """Shows everything."""
        self._sight.fit()
        self._redraw()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zooms; what lies at a point of the widget, else in its middle, stays where it is."""
        pin = at or QPointF(self.width() / 2, self.height() / 2)
        self._sight.zoom_by(factor, pin, self.size())
        self._redraw()

    def select_in(self, area: QRectF, *, adds: bool = False) -> None:
        """Selects the photos in a rectangle of the widget."""
        points = self._points()
        inside = (
            (points[:, 0] >= area.left())
            & (points[:, 0] <= area.right())
            & (points[:, 1] >= area.top())
            & (points[:, 1] <= area.bottom())
        )
        self._selected = inside | self._selected if adds else inside
        self.update()
        self.selection_changed.emit()

    def clear_selection(self) -> None:
        """Selects nothing."""
        self._selected[:] = False
        self.update()
        self.selection_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._colours.surface))
        if not len(self._photo_ids):
            return
        if self._dots is None:
            self._dots = self._draw_dots()
        painter.drawImage(QRectF(self.rect()), self._dots)
        points = self._points()
        if self._shows_thumbnails:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for index in self._representatives(points):
                self._paint_thumbnail(painter, index, points[index])
        self._paint_marks(painter, points)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settled.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._thumbnails.set_wanted(_VIEW_NAME, [], 1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        self.zoom_by(_ZOOM_STEP**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            self._tell_name(event)
            return
        moved = event.position() - self._pressed
        if not self._dragged and moved.manhattanLength() < 4:
            return
        self._dragged = True
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or self._band is not None:
            self._band = QRectF(self._pressed, event.position()).normalized()
            self.update()
        else:
            self._sight.drag_by(moved, self.size())
            self._pressed = event.position()
            self._redraw()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        adds = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._band is not None:
            area, self._band = self._band, None
            self.select_in(area, adds=adds)
        elif not self._dragged:
            self._choose(self._nearest(event.position()), adds=adds)
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self._nearest(event.position())
        if index is not None:
            self.photo_activated.emit(int(self._photo_ids[index]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        directions: dict[int, tuple[int, int]] = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = event.key()
        if key in directions:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._sight.pan(*directions[key], self.size())
                self._redraw()
            else:
                self._go(*directions[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(_ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_Space and self._current is not None:
            self._selected[self._current] ^= True
            self.update()
            self.selection_changed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current is not None:
            self.photo_activated.emit(int(self._photo_ids[self._current]))
        else:
            super().keyPressEvent(event)

    def _points(self) -> NDArray[np.float32]:
        """Where the photos lie in the widget, float32 (n, 2) in logical pixels."""
        return self._sight.points(self._places, self.size())

    def _redraw(self) -> None:
        self._dots = None
        self._settled.start()
        self.update()

    def _draw_dots(self) -> QImage:
        ratio = self.devicePixelRatio()
        size = (max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        looks = self._looks
        grow = ratio * (_LARGE_DOTS if len(self._photo_ids) <= _FEW_PHOTOS else 1)
        return draw_dots(
            size, self._points() * ratio, looks.kinds, looks.colours, looks.stamps, grow
        )

    def _representatives(self, points: NDArray[np.float32]) -> NDArray[np.int64]:
        """One photo for each cell of a grid that moves with the map, so that pictures stay."""
        visible = np.flatnonzero(
            (points[:, 0] > -_THUMB_PX)
            & (points[:, 0] < self.width() + _THUMB_PX)
            & (points[:, 1] > -_THUMB_PX)
            & (points[:, 1] < self.height() + _THUMB_PX)
        )
        level = 2.0 ** np.round(np.log2(self._sight.scale(self.size()) / _CELL_PX))
        cells = np.floor(self._places[visible] * level).astype(np.int64)
        keys = cells[:, 1] * (1 << 32) + cells[:, 0]
        _, first = np.unique(keys, return_index=True)
        return visible[first]

    def _paint_thumbnail(self, painter: QPainter, index: int, point: NDArray[np.float32]) -> None:
        pixmap = self._thumbnails.pixmap(int(self._photo_ids[index]))
        if pixmap is None:
            return
        size = pixmap.size().scaled(_THUMB_PX, _THUMB_PX, Qt.AspectRatioMode.KeepAspectRatio)
        corner = QPointF(point[0] - size.width() / 2, point[1] - size.height() / 2)
        rect = QRectF(corner, size)
        painter.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))
        kind = int(self._looks.kinds[index])
        painter.setPen(QPen(QColor(self._looks.colours[kind]), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect)

    def _paint_marks(self, painter: QPainter, points: NDArray[np.float32]) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._colours.text), 1.5))
        chosen = points[self._selected]
        visible = chosen[(chosen >= -8).all(axis=1) & (chosen[:, 0] <= self.width() + 8)]
        for x, y in visible[:5000].tolist():
            painter.drawEllipse(QPointF(x, y), 5, 5)
        if self._current is not None:
            x, y = points[self._current].tolist()
            painter.setPen(QPen(QColor(self._colours.accent), 3))
            half = _THUMB_PX / 2 + 4
            painter.drawRoundedRect(QRectF(x - half, y - half, 2 * half, 2 * half), 6, 6)
        if self._band is not None:
            painter.setPen(QPen(QColor(self._colours.accent), 1, Qt.PenStyle.DashLine))
            painter.drawRect(self._band)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._colours.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _want_thumbnails(self) -> None:
        wanted: list[int] = []
        if self.isVisible() and self._shows_thumbnails and len(self._photo_ids):
            rows = self._representatives(self._points())
            wanted = self._photo_ids[rows].tolist()
        edge = round(_THUMB_PX * self.devicePixelRatio())
        self._thumbnails.set_wanted(_VIEW_NAME, wanted, edge)

    def _on_thumbnail_arrived(self, _photo_id: int) -> None:
        if self.isVisible():
            self.update()

    def _nearest(self, place: QPointF) -> int | None:
        """The photo at a point of the widget, if one is within reach."""
        if not len(self._photo_ids):
            return None
        away = np.linalg.norm(self._points() - np.array([place.x(), place.y()]), axis=1)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _REACH_PX else None

    def _choose(self, index: int | None, *, adds: bool) -> None:
        if not adds:
            self._selected[:] = False
        if index is not None:
            self._selected[index] = not self._selected[index] if adds else True
            self._make_current(index)
        self.update()
        self.selection_changed.emit()

    def _make_current(self, index: int) -> None:
        self._current = index
        name = self._thumbnails.name_of(int(self._photo_ids[index])) or self.tr("Photo")
        self.setAccessibleDescription(name)
        self.update()

    def _go(self, right: int, down: int) -> None:
        """To the photo that lies nearest in a direction; the map follows."""
        if not len(self._photo_ids):
            return
        if self._current is None:
            away = np.linalg.norm(self._places - self._sight.centre, axis=1)
            self._make_current(int(away.argmin()))
            return
        away = self._places - self._places[self._current]
        ahead = away @ np.array([right, down], dtype=np.float32)
        aside = np.abs(away @ np.array([down, right], dtype=np.float32))
        cost = np.where((ahead > 0) & (ahead >= aside), ahead + 2 * aside, np.inf)
        nearest = int(cost.argmin())
        if not np.isfinite(cost[nearest]):
            return
        self._make_current(nearest)
        x, y = self._points()[nearest].tolist()
        if not self.rect().adjusted(40, 40, -40, -40).contains(QRect(int(x), int(y), 1, 1)):
            self._sight.centre_on(self._places[nearest])
            self._redraw()

    def _tell_name(self, event: QMouseEvent) -> None:
        index = self._nearest(event.position())
        name = None if index is None else self._thumbnails.name_of(int(self._photo_ids[index]))
        if name:
            QToolTip.showText(event.globalPosition().toPoint(), plain_tool_tip(name), self)
        else:
            QToolTip.hideText()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
