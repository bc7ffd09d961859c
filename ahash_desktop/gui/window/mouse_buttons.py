"""The mouse's buttons for back and forward, wherever in the window they are pressed."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class MouseButtons(QObject):
    """Does something at the press of a button of the mouse, and keeps it from what lies below.

    Args:
        window: Whose surface it is; make this when its views are there.
        on_press: What to do at a press of each button.
    """

    def __init__(
        self, window: QWidget, on_press: Mapping[Qt.MouseButton, Callable[[], object]]
    ) -> None:
        super().__init__(window)
        self._on_press = dict(on_press)
        window.installEventFilter(self)
        for area in window.findChildren(QAbstractScrollArea):
            area.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent) or event.type() not in _PRESSES:
            return False
        if event.button() not in self._on_press:
            return False
        self._on_press[event.button()]()
        return True
