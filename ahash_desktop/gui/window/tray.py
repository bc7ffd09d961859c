"""The icon in the system tray: pausing, and a word when something long has ended."""

import time

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from ahash_desktop.gui.base.icons import program_icon

_WORTH_TELLING_S = 30.0


class Tray(QObject):
    """Shows an icon where the desktop has a tray; elsewhere it does nothing.

    Args:
        window: Is brought up by a click.
        pause: The window's action that pauses updates; it is in the icon's menu as well.
        leave: The window's action that ends the program.
    """

    opened = Signal()

    def __init__(self, window: QWidget, pause: QAction, leave: QAction) -> None:
        super().__init__(window)
        self._window = window
        self._began: float | None = None
        self._icon: QSystemTrayIcon | None = None
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._menu = QMenu(window)
            self._open = self._menu.addAction(self.tr("&Open"), self.bring_up)
            self._menu.addActions([pause, leave])
            self._icon = QSystemTrayIcon(program_icon(), self)
            self._icon.setToolTip("Ahash Desktop")
            self._icon.setContextMenu(self._menu)
            self._icon.activated.connect(self._on_activated)
            self._icon.messageClicked.connect(self.bring_up)
            self._icon.show()

    def bring_up(self) -> None:
        """Brings the window to the front."""
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        self.opened.emit()

    def put_away(self) -> None:
        """Takes the window from the screen: into the tray, or where there is none into its bar."""
        if self._icon is None:
            self._window.showMinimized()
        else:
            self._window.hide()

    def note_start(self) -> None:
        """Notes that something began which may take long."""
        self._began = time.monotonic()

    def tell_end(self, text: str) -> bool:
        """Tells that it has ended, if it took long and the window is not being looked at.

        Returns:
            Whether there was something to tell.
        """
        began, self._began = self._began, None
        is_worth_it = began is not None and time.monotonic() - began >= _WORTH_TELLING_S
        return is_worth_it and self.tell(text)

    def tell(self, text: str) -> bool:
        """Tells something, if the window is not being looked at.

        Returns:
            Whether it was told.
        """
        if self._window.isActiveWindow():
            return False
        if self._icon is not None:
            self._icon.showMessage("Ahash Desktop", text, program_icon())
        return True

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.bring_up()
