"""One picture, fitted to its place, with an evidence map and the box of its subject over it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from ahash_desktop.core.records import Region
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.pictures.overlays import Overlay
from ahash_desktop.imaging.overlay import AGAINST_RGB, FOR_RGB

CORNER_PX = 8.0
_MARK_RADIUS_PX = 6.0
_TEXT_PX = 4
_UNSEEN = QColor(0, 0, 0, 150)
_BOX_SHADE = QColor(0, 0, 0, 140)


class PictureView(QWidget):
    """Shows a picture as large as fits, its proportions kept, sharp at any scale."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._picture = QPixmap()
        self._fitted = QPixmap()
        self._overlay: Overlay | None = None
        self._box: Region | None = None
        self._message = ""
        self._opacity = 0.7
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 96)

    def sizeHint(self) -> QSize:
        return QSize(200, 200)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self.update()

    def show_picture(self, picture: QImage | QPixmap | None) -> None:
        """Shows a picture or none; an overlay goes away with the old one."""
        if isinstance(picture, QImage):
            picture = QPixmap.fromImage(picture)
        self._picture = picture if picture is not None else QPixmap()
        self._fitted = QPixmap()
        self._overlay = None
        self._message = ""
        self.update()

    def show_message(self, message: str) -> None:
        """Says why there is no picture; in its tool tip, too, for a place may be small."""
        self.show_picture(None)
        self._message = message
        self.setToolTip(plain_tool_tip(message))

    @property
    def message(self) -> str:
        """Why there is no picture, if that was said."""
        return self._message

    def show_overlay(self, overlay: Overlay | None) -> None:
        """Lays an evidence map over the picture."""
        self._overlay = overlay
        self.update()

    def show_box(self, box: Region | None) -> None:
        """Draws where the subject of the picture is."""
        self._box = box
        self.update()

    @property
    def box(self) -> Region | None:
        """Where the subject is drawn."""
        return self._box

    def set_opacity(self, opacity: float) -> None:
        """How strongly the evidence map covers the picture, 0 … 1."""
        self._opacity = opacity
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether there is something to look at."""
        return not self._picture.isNull()

    @property
    def has_overlay(self) -> bool:
        """Whether an evidence map lies over the picture."""
        return self._overlay is not None

    def picture_rect(self) -> QRectF:
        """Where the picture lies in the widget, in logical pixels."""
        if self._picture.isNull():
            return QRectF(self.rect())
        size = self._picture.size().toSizeF()
        size.scale(self.size().toSizeF(), Qt.AspectRatioMode.KeepAspectRatio)
        left = (self.width() - size.width()) / 2
        top = (self.height() - size.height()) / 2
        return QRectF(QPointF(round(left), round(top)), size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        self._paint_mat(painter, QRectF(self.rect()))
        if not self.has_picture:
            self._paint_message(painter)
            return
        rect = self.picture_rect()
        self._paint_picture(painter, rect)
        if self._overlay is not None:
            self._paint_overlay(painter, rect, self._overlay)
        if self._box is not None:
            self._paint_box(painter, part_of_rect(rect, self._box))

    def _paint_box(self, painter: QPainter, box: QRectF) -> None:
        """A white line in a dark one, which is seen on any picture."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((_BOX_SHADE, 3.5), (QColor("white"), 1.5)):
            painter.setPen(QPen(colour, width))
            painter.drawRoundedRect(box, 3, 3)

    def _paint_message(self, painter: QPainter) -> None:
        if self._message:
            place = self.rect().adjusted(_TEXT_PX, _TEXT_PX, -_TEXT_PX, -_TEXT_PX)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.setPen(QColor(self._colours.text_soft))
            painter.drawText(place, int(flags), self._message)

    def _paint_picture(self, painter: QPainter, rect: QRectF) -> None:
        fitted = self._fitted_to(rect)
        painter.drawPixmap(rect, fitted, QRectF(fitted.rect()))

    def _paint_overlay(self, painter: QPainter, rect: QRectF, overlay: Overlay) -> None:
        """Tints what the network saw and darkens what it did not."""
        part = part_of_rect(rect, overlay.seen)
        painter.setOpacity(self._opacity)
        unseen = QPainterPath()
        unseen.addRect(rect)
        unseen.addRect(part)
        painter.fillPath(unseen, _UNSEEN)
        painter.drawImage(part, overlay.image)
        painter.setOpacity(1.0)
        if self._opacity > 0:
            self._paint_mark(painter, part, overlay.strongest_for, FOR_RGB, "+")
            self._paint_mark(painter, part, overlay.strongest_against, AGAINST_RGB, "–")

    def _fitted_to(self, rect: QRectF) -> QPixmap:
        wanted = (rect.size() * self.devicePixelRatio()).toSize()
        if self._fitted.size() != wanted:
            self._fitted = self._picture.scaled(
                wanted,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        return self._fitted

    def _paint_mark(
        self,
        painter: QPainter,
        rect: QRectF,
        place: tuple[float, float] | None,
        rgb: tuple[int, int, int],
        sign: str,
    ) -> None:
        if place is None:
            return
        inner = rect.adjusted(*(2 * [_MARK_RADIUS_PX + 2] + 2 * [-_MARK_RADIUS_PX - 2]))
        x = rect.left() + place[0] * rect.width()
        y = rect.top() + place[1] * rect.height()
        centre = QPointF(
            min(max(x, inner.left()), inner.right()), min(max(y, inner.top()), inner.bottom())
        )
        painter.setBrush(QColor(*rgb).darker(150))
        painter.setPen(QPen(QColor("white"), 1.25))
        painter.drawEllipse(centre, _MARK_RADIUS_PX, _MARK_RADIUS_PX)
        arm = _MARK_RADIUS_PX * 0.5
        painter.drawLine(centre - QPointF(arm, 0), centre + QPointF(arm, 0))
        if sign == "+":
            painter.drawLine(centre - QPointF(0, arm), centre + QPointF(0, arm))

    def _paint_mat(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.placeholder))
        painter.drawRoundedRect(rect, CORNER_PX, CORNER_PX)
        shape = QPainterPath()
        shape.addRoundedRect(rect, CORNER_PX, CORNER_PX)
        painter.setClipPath(shape)


def part_of_rect(rect: QRectF, region: Region) -> QRectF:
    """The part of a picture's place that a region covers."""
    return QRectF(
        rect.left() + region.x * rect.width(),
        rect.top() + region.y * rect.height(),
        region.width * rect.width(),
        region.height * rect.height(),
    )
