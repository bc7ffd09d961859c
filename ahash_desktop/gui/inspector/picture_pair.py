"""The inspected pictures side by side, or one alone, each with its name."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import ElidedLabel
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.pictures.overlays import Overlay
from ahash_desktop.gui.pictures.picture_view import PictureView

_GAP_PX = 8
_SHAPE_PAIRED = 0.9
_SHAPE_ALONE = 0.7


class PicturePair(QWidget):
    """Query on the left, match on the right; the same height for both.

    `activated` reports a double click on a picture.
    """

    activated = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views = (PictureView(colours), PictureView(colours))
        self._captions = (ElidedLabel("soft"), ElidedLabel("soft"))
        self._holders = (QWidget(), QWidget())
        self._titles: tuple[str, ...] = ("", "")
        self._lay_out()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        for view in self._views:
            view.set_colours(colours)

    def make_room(self, titles: tuple[str, ...]) -> None:
        """Empties the places for one or two pictures, whose titles say what they are."""
        self._titles = titles
        self._holders[1].setVisible(self._paired)
        for view, caption in zip(self._views, self._captions, strict=True):
            view.show_picture(None)
            caption.show_text("")
        for view, title in zip(self._views, titles, strict=False):
            view.setAccessibleName(title)
        self._set_heights()

    def show_picture(self, position: int, picture: QImage) -> None:
        """Shows the query (0) or the match (1)."""
        self._views[position].show_picture(picture)

    def show_message(self, position: int, message: str) -> None:
        """Says why there is no picture of the query (0) or the match (1)."""
        self._views[position].show_message(message)

    def show_names(self, names: tuple[str, ...]) -> None:
        """Names the pictures."""
        for caption, title, name in zip(self._captions, self._titles, names, strict=False):
            caption.show_text(f"{title}: {name}" if self._paired else name)

    def show_overlays(self, overlays: tuple[Overlay, ...]) -> None:
        """Lays evidence maps over the pictures; with none, takes them away."""
        for position, view in enumerate(self._views):
            view.show_overlay(overlays[position] if position < len(overlays) else None)

    @property
    def has_overlays(self) -> bool:
        """Whether evidence maps lie over the pictures."""
        return self._views[0].has_overlay

    def set_opacity(self, opacity: float) -> None:
        """How strongly evidence maps cover the pictures, 0 … 1."""
        for view in self._views:
            view.set_opacity(opacity)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_heights()

    @property
    def _paired(self) -> bool:
        return len(self._titles) > 1

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.activated.emit()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP_PX)
        for holder, view, caption in zip(self._holders, self._views, self._captions, strict=True):
            column = QVBoxLayout(holder)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(4)
            column.addWidget(view)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(caption)
            layout.addWidget(holder, 1)

    def _set_heights(self) -> None:
        width = (self.width() - _GAP_PX) / 2 if self._paired else self.width()
        height = round(width * (_SHAPE_PAIRED if self._paired else _SHAPE_ALONE))
        for view in self._views:
            view.setFixedHeight(max(96, height))
