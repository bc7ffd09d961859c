"""A picture in several sizes, so that it is drawn fast and without shimmer at any zoom."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

_SMALLEST_PX = 256
_CRISP_FROM = 8.0


@dataclass(frozen=True, slots=True)
class Pyramid:
    """A picture, its half, its quarter and so on, largest first; at least one."""

    levels: tuple[QImage, ...]

    @classmethod
    def of(cls, picture: QImage) -> "Pyramid":
        """The pyramid of a picture; slow for large ones."""
        levels = [picture]
        while min(levels[-1].width(), levels[-1].height()) >= 2 * _SMALLEST_PX:
            last = levels[-1]
            levels.append(
                last.scaled(
                    last.width() // 2,
                    last.height() // 2,
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
        return cls(tuple(levels))

    def draw(self, painter: QPainter, place: QRectF, visible: QRectF, pixel_ratio: float) -> None:
        """Draws the part of the picture that is visible.

        Args:
            painter: Draws in logical pixels.
            place: Where the whole picture lies.
            visible: What of the painter's space is in view.
            pixel_ratio: Screen pixels a logical pixel takes.
        """
        shown = place.intersected(visible)
        if shown.isEmpty():
            return
        wanted_px = place.width() * pixel_ratio
        level = next(
            (one for one in reversed(self.levels) if one.width() >= wanted_px), self.levels[0]
        )
        scale_x, scale_y = level.width() / place.width(), level.height() / place.height()
        source = QRectF(
            (shown.left() - place.left()) * scale_x,
            (shown.top() - place.top()) * scale_y,
            shown.width() * scale_x,
            shown.height() * scale_y,
        )
        is_smooth = wanted_px < _CRISP_FROM * level.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(shown, level, source)
