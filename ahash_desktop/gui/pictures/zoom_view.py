"""One picture that can be enlarged and moved, with its evidence map and a box to be corrected."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.pictures.grips import Grip, grip_at
from ahash_desktop.gui.pictures.picture_view import CORNER_PX, PictureView, part_of_rect
from ahash_desktop.gui.pictures.pyramid import Pyramid
from ahash_desktop.gui.pictures.zoom import (
    FITTED,
    Zoom,
    actual_size,
    panned,
    percent,
    placed,
    zoomed,
)

_STEP = 1.25
_WHEEL_BASE = 1.0015
_PAN_SHARE = 0.15
_FOCUS_PX = 2.0


class ZoomView(PictureView):
    """The wheel zooms at the pointer, a drag moves, a double click fits or shows actual size.

    The sides and corners of the box can be dragged; `box_corrected` carries it when it is let go.
    """

    zoom_changed = Signal(object)
    box_corrected = Signal(object)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(colours, parent)
        self._pyramid: Pyramid | None = None
        self._true_size = QSizeF()
        self._zoom = FITTED
        self._drag_from: QPointF | None = None
        self._grip: Grip | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    @property
    def zoom(self) -> Zoom:
        """How the picture is looked at."""
        return self._zoom

    @property
    def percent(self) -> float:
        """How large the picture is on the screen, 100 being a pixel on a pixel."""
        return percent(self._zoom, self._size, self._room(), self.devicePixelRatio())

    @property
    def has_picture(self) -> bool:
        """Whether there is something to look at."""
        return self._pyramid is not None

    def show_picture(self, picture: QImage | QPixmap | None) -> None:
        """Shows a picture of which no larger version is known, or none."""
        if isinstance(picture, QPixmap):
            picture = picture.toImage()
        self.show_pyramid(None if picture is None else Pyramid((picture,)))

    def show_pyramid(self, pyramid: Pyramid | None) -> None:
        """Shows a picture, another version of the same picture, or none."""
        self._pyramid = pyramid
        if pyramid is None:
            self._true_size = QSizeF()
            self.show_overlay(None)
            self.show_box(None)
        self.update()

    def set_picture_size(self, size: QSizeF) -> None:
        """Tells how many pixels the picture has, which may be more than are at hand."""
        self._true_size = size
        self.update()

    def set_zoom(self, zoom: Zoom) -> None:
        """Looks at the picture in another way."""
        if zoom != self._zoom:
            self._zoom = zoom
            self.update()

    def fit(self) -> None:
        """Shows all of the picture."""
        self._change(FITTED)

    def show_actual_size(self) -> None:
        """Shows a pixel of the picture on a pixel of the screen."""
        if self.has_picture:
            self._change(actual_size(self._zoom, self._size, self._room(), self.devicePixelRatio()))

    def zoom_by_steps(self, steps: int) -> None:
        """Enlarges about the middle, or makes smaller."""
        self._zoom_at(_STEP**steps, QPointF(self.width() / 2, self.height() / 2))

    def picture_rect(self) -> QRectF:
        """Where the picture lies in the widget, in logical pixels; it may reach beyond."""
        return placed(self._zoom, self._size, self._room())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._colours.accent), _FOCUS_PX))
            edge = _FOCUS_PX / 2
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), CORNER_PX, CORNER_PX
            )

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._zoom_at(_WHEEL_BASE ** event.angleDelta().y(), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self._zoom_at(1.0 + event.value(), event.position())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grip = self._grip_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton:
            self._grip = None
        if self._grip is not None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None and self._box is not None:
            self.show_box(self._grip.moved(self._box, self._fraction(event.position())))
        elif not event.buttons():
            grip = self._grip_at(event.position())
            self.setCursor(Qt.CursorShape.OpenHandCursor if grip is None else grip.cursor)
        if self._drag_from is not None:
            self._pan(event.position() - self._drag_from)
            self._drag_from = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag_from = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if self._grip is not None:
            self._grip = None
            self.box_corrected.emit(self._box)

    def _grip_at(self, place: QPointF) -> Grip | None:
        if self._box is None or not self.has_picture:
            return None
        return grip_at(part_of_rect(self.picture_rect(), self._box), place)

    def _fraction(self, place: QPointF) -> QPointF:
        rect = self.picture_rect()
        return QPointF(
            (place.x() - rect.left()) / rect.width(), (place.y() - rect.top()) / rect.height()
        )

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._zoom.is_fitted:
            self.fit()
        elif self.has_picture:
            factor = 100.0 / self.percent
            self._zoom_at(factor if factor > 1 else _STEP**4, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _PAN_SHARE * min(self.width(), self.height())
        ways: dict[int, QPointF] = {
            Qt.Key.Key_Left: QPointF(step, 0),
            Qt.Key.Key_Right: QPointF(-step, 0),
            Qt.Key.Key_Up: QPointF(0, step),
            Qt.Key.Key_Down: QPointF(0, -step),
        }
        if event.key() in ways and not self._zoom.is_fitted and not event.modifiers():
            self._pan(ways[event.key()])
        else:
            super().keyPressEvent(event)

    def _paint_picture(self, painter: QPainter, rect: QRectF) -> None:
        if self._pyramid is not None:
            self._pyramid.draw(painter, rect, QRectF(self.rect()), self.devicePixelRatio())

    def _zoom_at(self, by: float, place: QPointF) -> None:
        if self.has_picture:
            room = self._room()
            self._change(zoomed(self._zoom, by, place, self._size, room, self.devicePixelRatio()))

    def _pan(self, by: QPointF) -> None:
        self._change(panned(self._zoom, by, self._size, self._room()))

    def _change(self, zoom: Zoom) -> None:
        self.set_zoom(zoom)
        self.zoom_changed.emit(zoom)

    @property
    def _size(self) -> QSizeF:
        if self._pyramid is None or not self._true_size.isEmpty():
            return self._true_size
        return self._pyramid.levels[0].size().toSizeF()

    def _room(self) -> QSizeF:
        return self.size().toSizeF()
