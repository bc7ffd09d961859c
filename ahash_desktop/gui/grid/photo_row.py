"""Photos of files side by side in a row, each perhaps marked as right or wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ahash_desktop.gui.base.icons import drawing
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.pictures.file_pictures import FilePictures

_GAP_PX = 6
_CORNER_PX = 5.0
_PEN_PX = 2.0
_MARK_PX = 16


class Mark(StrEnum):
    """What is said of a photo by its frame and a sign in its corner."""

    NONE = "none"
    ASKED = "asked"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class ShownPhoto:
    """A photo, its mark and what its tool tip says beside its name."""

    path: Path
    mark: Mark = Mark.NONE
    note: str = ""


class PhotoRow(QWidget):
    """Squares of photos from the left, as many as there is room for.

    Args:
        pictures: Where the pictures come from.
        edge_px: The side of a square.
        name: What a screen reader calls the row.
    """

    def __init__(
        self,
        pictures: FilePictures,
        colours: Colours,
        edge_px: int,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._colours = colours
        self._edge_px = edge_px
        self._name = name
        self._photos: tuple[ShownPhoto, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        pictures.arrived.connect(self._on_arrived)

    @property
    def photos(self) -> tuple[ShownPhoto, ...]:
        """What is shown."""
        return self._photos

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self.update()

    def show_photos(self, photos: Sequence[ShownPhoto]) -> None:
        """Shows these photos."""
        if tuple(photos) == self._photos:
            return
        self._photos = tuple(photos)
        said = ", ".join(_said(photo) for photo in photos)
        self.setAccessibleName(f"{self._name}: {said}" if self._name else said)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        n_photos = max(1, len(self._photos))
        return QSize(n_photos * (self._edge_px + _GAP_PX), self._edge_px)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._edge_px, self._edge_px)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            photo = self._photo_at(event.pos())
            if photo is None:
                QToolTip.hideText()
            else:
                text = f"{photo.note}\n{photo.path}" if photo.note else str(photo.path)
                QToolTip.showText(event.globalPos(), plain_tool_tip(text), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, photo in enumerate(self._photos):
            square = self._square(number)
            if square.right() > self.width() + 1 and number:
                break
            paint_photo(painter, square, self._pictures.pixmap(photo.path), self._colours)
            paint_mark(painter, square, photo.mark, self._colours)
        painter.end()

    def _square(self, number: int) -> QRectF:
        return QRectF(number * (self._edge_px + _GAP_PX), 0, self._edge_px, self._edge_px)

    def _photo_at(self, place: QPoint) -> ShownPhoto | None:
        for number, photo in enumerate(self._photos):
            if self._square(number).contains(place):
                return photo
        return None

    def _on_arrived(self, path: Path) -> None:
        if any(photo.path == path for photo in self._photos):
            self.update()


def paint_photo(
    painter: QPainter, square: QRectF, pixmap: QPixmap | None, colours: Colours
) -> None:
    """Fills a rounded square with a photo, or with what stands for one until it is there."""
    shape = QPainterPath()
    shape.addRoundedRect(square, _CORNER_PX, _CORNER_PX)
    if pixmap is None:
        painter.fillPath(shape, QColor(colours.placeholder))
        return
    painter.save()
    painter.setClipPath(shape)
    side = min(pixmap.width(), pixmap.height())
    cut = QRectF((pixmap.width() - side) / 2, (pixmap.height() - side) / 2, side, side)
    painter.drawPixmap(square, pixmap, cut)
    painter.restore()


def paint_mark(painter: QPainter, square: QRectF, mark: Mark, colours: Colours) -> None:
    """Draws a frame in the colour of a mark, and its sign, so that colour is not all there is."""
    if mark is Mark.NONE:
        return
    colour = {Mark.RIGHT: colours.agree, Mark.WRONG: colours.differ}.get(mark, colours.text)
    inset = _PEN_PX / 2
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), _PEN_PX))
    frame = square.adjusted(inset, inset, -inset, -inset)
    painter.drawRoundedRect(frame, _CORNER_PX, _CORNER_PX)
    if mark is Mark.ASKED:
        return
    corner = QRectF(0, 0, _MARK_PX, _MARK_PX)
    corner.moveBottomRight(square.bottomRight())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(corner, _CORNER_PX, _CORNER_PX)
    sign = drawing("check" if mark is Mark.RIGHT else "close", colours.on_accent, 12)
    painter.drawPixmap(corner.topLeft().toPoint() + QPoint(2, 2), sign)


def _said(photo: ShownPhoto) -> str:
    return f"{photo.path.stem} ({photo.note})" if photo.note else photo.path.stem
