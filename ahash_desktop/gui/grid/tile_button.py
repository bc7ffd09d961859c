"""A button on the photo below the pointer."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QToolButton

from ahash_desktop.gui.base.icons import icon
from ahash_desktop.gui.base.theme import Colours

_ICON_PX = 16
_INSET_PX = 5


class TileButton(QToolButton):
    """Stands in the corner of a picture while the pointer is on it; `wanted` carries the row.

    It is for the mouse alone: the keyboard has the same command of its own.

    Args:
        view: Shows the photos.
        picture_rect: Where in the view the picture of a row lies.
        icon_name: What is drawn on it.
        text: What it does.
    """

    wanted = Signal(QModelIndex)

    def __init__(
        self,
        view: QAbstractItemView,
        picture_rect: Callable[[QModelIndex], QRect],
        icon_name: str,
        text: str,
        colours: Colours,
    ) -> None:
        super().__init__(view.viewport())
        self._view = view
        self._picture_rect = picture_rect
        self._icon_name = icon_name
        self._index = QModelIndex()
        self.setProperty("role", "over-photo")
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.set_colours(colours)
        self.hide()
        self.clicked.connect(self._on_clicked)
        view.viewport().installEventFilter(self)
        view.verticalScrollBar().valueChanged.connect(lambda _value: self._show_at(QModelIndex()))
        for changed in (view.model().modelReset, view.model().layoutChanged):
            changed.connect(lambda: self._show_at(QModelIndex()))

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self.setIcon(icon(self._icon_name, colours, _ICON_PX))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            held = event.buttons() != Qt.MouseButton.NoButton
            place = event.position().toPoint()
            self._show_at(QModelIndex() if held else self._view.indexAt(place))
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.Resize):
            self._show_at(QModelIndex())
        return super().eventFilter(watched, event)

    def _show_at(self, index: QModelIndex) -> None:
        if index == self._index:
            return
        self._index = index
        self.setVisible(index.isValid())
        if index.isValid():
            size = self.sizeHint()
            corner = self._picture_rect(index).bottomRight()
            self.setGeometry(
                QRect(
                    corner - QPoint(size.width() + _INSET_PX - 1, size.height() + _INSET_PX - 1),
                    size,
                )
            )

    def _on_clicked(self) -> None:
        if self._index.isValid():
            self.wanted.emit(self._index)
