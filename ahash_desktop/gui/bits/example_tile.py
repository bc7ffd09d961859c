"""A photo on a bit's page: its thumbnail, the evidence of the bit over it, its activation."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.pictures.overlays import Overlay
from ahash_desktop.gui.pictures.picture_view import PictureView

_TILE_PX = 108
_FOCUS_PX = 2.0


class ExampleTile(QWidget):
    """One photo; a click, Enter or the space bar chooses it."""

    chosen = Signal(int)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photo_id: int | None = None
        self._colours = colours
        self._view = PictureView(colours)
        self._view.setFixedSize(_TILE_PX, _TILE_PX)
        self._view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._caption = label(role="soft")
        self._caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(2)
        layout.addWidget(self._view)
        layout.addWidget(self._caption)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def photo_id(self) -> int | None:
        """The photo shown."""
        return self._photo_id

    @property
    def has_evidence(self) -> bool:
        """Whether an evidence map lies over the photo."""
        return self._view.has_overlay

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self._view.set_colours(colours)

    def show_photo(self, photo_id: int | None) -> None:
        """Makes room for a photo, or hides the tile."""
        self._photo_id = photo_id
        self._view.show_picture(None)
        self._caption.setText("")
        self.setVisible(photo_id is not None)

    def show_picture(self, picture: QImage | None, name: str, activation: str) -> None:
        """Shows the photo's thumbnail, its name in the tool tip, its activation below."""
        self._view.show_picture(picture)
        self._caption.setText(activation)
        self.setToolTip(plain_tool_tip(name))
        self.setAccessibleName(
            self.tr("{name}, activation {activation}").format(name=name, activation=activation)
        )

    def show_overlay(self, overlay: Overlay | None) -> None:
        """Lays the bit's evidence over the photo."""
        self._view.show_overlay(overlay)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._colours.accent), _FOCUS_PX))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _choose(self) -> None:
        if self._photo_id is not None:
            self.chosen.emit(self._photo_id)
