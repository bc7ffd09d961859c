"""Many random actions on the window: nothing breaks, nothing warns, nothing piles up."""

import logging
import random

import psutil
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from ahash_desktop.gui.window.main_window import MainWindow
from tests import patience

_log = logging.getLogger(__name__)

_KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space),
    *(Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Home),
    *(Qt.Key.Key_End, Qt.Key.Key_PageDown, Qt.Key.Key_A, Qt.Key.Key_5, Qt.Key.Key_Plus),
)
_LARGEST_GROWTH_BYTES = 50_000_000
_WARM_AFTER = 2000
"""By then every view has been opened and the thumbnails are in memory."""


class Monkey:
    """Does at random what a person can do, but for what asks the system for files.

    Args:
        window: The window.
        seed: Of what it does.
    """

    def __init__(self, window: MainWindow, seed: int) -> None:
        self._window = window
        self._random = random.Random(seed)
        commands = window.commands
        beyond = {
            *(commands.quit, commands.add_folder, commands.open_picture, commands.trash),
            *(commands.show_in_folder, commands.open_file, commands.full_screen),
        }
        self._actions = [action for action in commands.all() if action not in beyond]
        # A menu below a button waits for the user within the click that opened it.
        self._menu_seen: QWidget | None = None
        self._looks_for_menus = QTimer(window, interval=50)
        self._looks_for_menus.timeout.connect(self._leave_menu)
        self._looks_for_menus.start()

    def act(self) -> None:
        """Does one thing and lets the window follow."""
        deed = self._random.choice(
            [self._trigger, self._press, self._press, self._click, self._click, self._resize]
        )
        deed()
        QTest.qWait(self._random.choice([0, 0, 1, 5]))
        if self._random.random() < 0.4:
            self._leave_dialogs()

    def _trigger(self) -> None:
        action: QAction = self._random.choice(self._actions)
        if action.isEnabled():
            action.trigger()

    def _press(self) -> None:
        target = QApplication.focusWidget() or self._window
        QTest.keyClick(target, self._random.choice(_KEYS))

    def _click(self) -> None:
        """Not on menus or buttons that ask the system for a file."""
        top = QApplication.activeModalWidget() or self._window
        shown = [
            part
            for part in top.findChildren(QWidget)
            if part.isVisible()
            and min(part.width(), part.height()) > 2
            and not isinstance(part, QMenu)
        ]
        part = self._random.choice(shown)
        if part.objectName() == "opens-files" or "…" in getattr(part, "text", str)():
            return
        place = QPoint(self._random.randrange(part.width()), self._random.randrange(part.height()))
        QTest.mouseClick(part, Qt.MouseButton.LeftButton, pos=place)

    def _resize(self) -> None:
        self._window.resize(self._random.randrange(700, 1500), self._random.randrange(480, 1000))

    def _leave_menu(self) -> None:
        """Closes a menu that has been open for a while."""
        shown = QApplication.activePopupWidget()
        if shown is not None and shown is self._menu_seen:
            shown.close()
        self._menu_seen = shown

    def _leave_dialogs(self) -> None:
        for dialog in self._window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()


@pytest.mark.long
@pytest.mark.timeout(patience.minutes(50))
def test_random_actions_leave_the_window_whole(qtbot, full_window, thorough):
    n_actions = 10_000 if thorough else 300
    full_window.show()
    monkey = Monkey(full_window, seed=1)
    process = psutil.Process()
    warm_bytes = None
    for number in range(n_actions):
        monkey.act()
        if number == _WARM_AFTER:
            warm_bytes = process.memory_info().rss
        if number % 1000 == 0:
            _log.info("%d actions: %.1f MB", number, process.memory_info().rss / 1e6)
    monkey._leave_dialogs()
    qtbot.waitUntil(lambda: not full_window.catalogue.is_indexing)
    if warm_bytes is not None:
        grown_bytes = process.memory_info().rss - warm_bytes
        _log.info("%d actions: %.1f MB grown since %d", n_actions, grown_bytes / 1e6, _WARM_AFTER)
        assert grown_bytes < _LARGEST_GROWTH_BYTES
    assert full_window.catalogue.contents.counts.total > 0
