"""What the mouse does on a heading: the hand, the tool tip, and choosing what stands below it."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from ahash_desktop.gui.grid.sectioned_view import SectionedView

_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class HeadingPointer(QObject):
    """Watches the mouse over a view; a press on the text of a heading chooses its section.

    It is for the mouse alone: the keyboard chooses by Shift and the arrows.
    """

    def __init__(self, view: SectionedView) -> None:
        super().__init__(view)
        self._view = view
        self._is_pointed_at = False
        self._is_held = False
        view.viewport().installEventFilter(self)
        view.verticalScrollBar().valueChanged.connect(lambda _value: self._show_hand(on=False))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            return self._is_taken(event)
        if event.type() == QEvent.Type.Leave:
            self._show_hand(on=False)
        elif (
            isinstance(event, QHelpEvent)
            and event.type() == QEvent.Type.ToolTip
            and self._find(event.pos()) is not None
        ):
            QToolTip.showText(event.globalPos(), self.tr("Choose all of these"), self._view)
            return True
        return super().eventFilter(watched, event)

    def _is_taken(self, event: QMouseEvent) -> bool:
        """Does what the mouse asks of a heading; whether that leaves nothing to the view."""
        place = event.position().toPoint()
        if event.type() in _PRESSES:
            section = self._find(place) if event.button() == Qt.MouseButton.LeftButton else None
            self._is_held = section is not None
            if section is not None:
                self._view.choose_section(section, event.modifiers())
        elif event.type() == QEvent.Type.MouseMove:
            is_free = event.buttons() == Qt.MouseButton.NoButton
            self._is_held = self._is_held and not is_free
            self._show_hand(on=is_free and self._find(place) is not None)
        elif event.type() == QEvent.Type.MouseButtonRelease and self._is_held:
            self._is_held = False
            return True
        return self._is_held

    def _find(self, place: QPoint) -> int | None:
        return self._view.find_heading_at(place)

    def _show_hand(self, *, on: bool) -> None:
        if on == self._is_pointed_at:
            return
        self._is_pointed_at = on
        if on:
            self._view.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self._view.viewport().unsetCursor()
