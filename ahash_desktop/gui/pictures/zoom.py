"""Where a picture lies in its view: fitted, enlarged about a point, or moved."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF

_LARGEST = 16.0


@dataclass(frozen=True, slots=True)
class Zoom:
    """How a picture is looked at, the same for pictures of any size.

    `factor` is relative to the picture fitted into its view. `x` and `y` are the fractions of the
    picture that lie in the middle of the view.
    """

    factor: float = 1.0
    x: float = 0.5
    y: float = 0.5

    @property
    def is_fitted(self) -> bool:
        """Whether the whole picture is in view, as large as possible."""
        return self.factor == 1.0


FITTED = Zoom()


def fit_scale(picture: QSizeF, view: QSizeF) -> float:
    """View units a picture unit takes when the picture is fitted."""
    if picture.isEmpty():
        return 1.0
    return min(view.width() / picture.width(), view.height() / picture.height())


def placed(zoom: Zoom, picture: QSizeF, view: QSizeF) -> QRectF:
    """Where the picture lies in view units; never with a gap that moving it could fill."""
    size = picture * (fit_scale(picture, view) * zoom.factor)
    left = _start(zoom.x, size.width(), view.width())
    top = _start(zoom.y, size.height(), view.height())
    return QRectF(QPointF(left, top), size)


def actual_size(zoom: Zoom, picture: QSizeF, view: QSizeF, pixel_ratio: float) -> Zoom:
    """The same place with a pixel of the picture on a pixel of the screen."""
    factor = 1.0 / (fit_scale(picture, view) * pixel_ratio)
    return _settled(Zoom(factor, zoom.x, zoom.y), picture, view)


def percent(zoom: Zoom, picture: QSizeF, view: QSizeF, pixel_ratio: float) -> float:
    """How large the picture is on the screen, 100 being a pixel on a pixel."""
    return 100.0 * fit_scale(picture, view) * zoom.factor * pixel_ratio


def zoomed(
    zoom: Zoom, by: float, place: QPointF, picture: QSizeF, view: QSizeF, pixel_ratio: float
) -> Zoom:
    """Enlarged or made smaller; what lies below `place` stays there where it can.

    The least is the fitted or the actual size, whichever is less; the most is sixteen times the
    greater of the two.
    """
    actual = 1.0 / (fit_scale(picture, view) * pixel_ratio)
    factor = min(max(zoom.factor * by, min(1.0, actual)), _LARGEST * max(1.0, actual))
    if abs(factor - 1.0) < 1e-3:
        return FITTED
    before = placed(zoom, picture, view)
    if before.isEmpty():
        return zoom
    x = (place.x() - before.left()) / before.width()
    y = (place.y() - before.top()) / before.height()
    size = picture * (fit_scale(picture, view) * factor)
    moved = Zoom(
        factor,
        x + (view.width() / 2 - place.x()) / size.width(),
        y + (view.height() / 2 - place.y()) / size.height(),
    )
    return _settled(moved, picture, view)


def panned(zoom: Zoom, by: QPointF, picture: QSizeF, view: QSizeF) -> Zoom:
    """Moved by so many view units."""
    size = picture * (fit_scale(picture, view) * zoom.factor)
    if size.isEmpty():
        return zoom
    moved = Zoom(zoom.factor, zoom.x - by.x() / size.width(), zoom.y - by.y() / size.height())
    return _settled(moved, picture, view)


def _settled(zoom: Zoom, picture: QSizeF, view: QSizeF) -> Zoom:
    """The zoom whose middle is where the picture really comes to lie."""
    rect = placed(zoom, picture, view)
    if rect.isEmpty():
        return zoom
    return Zoom(
        zoom.factor,
        (view.width() / 2 - rect.left()) / rect.width(),
        (view.height() / 2 - rect.top()) / rect.height(),
    )


def _start(middle: float, length: float, room: float) -> float:
    if length <= room:
        return (room - length) / 2
    return min(0.0, max(room - length, room / 2 - middle * length))
