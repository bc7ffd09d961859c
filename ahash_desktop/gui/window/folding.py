"""Has a part of the window go while the window is too narrow for it, and come back after that."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget


class Folding(QObject):
    """Switches a part off below a width, unless the user switches it on there.

    Args:
        window: Whose width counts.
        action: Switches the part on and off.
        least_px: Below this width, in logical pixels, the part goes.
    """

    def __init__(self, window: QWidget, action: QAction, least_px: int) -> None:
        super().__init__(window)
        self._action = action
        self._least_px = least_px
        self._is_folded = False
        self._is_narrow = False
        window.installEventFilter(self)

    @property
    def is_wanted(self) -> bool:
        """Whether the part is shown where there is room for it."""
        return self._is_folded or self._action.isChecked()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._follow(watched.width())
        return False

    def _follow(self, width_px: int) -> None:
        is_narrow = width_px < self._least_px
        if is_narrow == self._is_narrow:
            return
        self._is_narrow = is_narrow
        if is_narrow and self._action.isChecked():
            self._action.setChecked(False)
            self._is_folded = True
        elif not is_narrow and self._is_folded:
            self._is_folded = False
            self._action.setChecked(True)
