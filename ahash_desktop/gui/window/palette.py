"""The command palette: everything the menus offer, found by typing part of its name."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ahash_desktop.gui.base.wording import plain_menu_text
from ahash_desktop.gui.window.actions import ALSO_CALLED

_WIDTH_PX = 520
_HEIGHT_PX = 380
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(QDialog):
    """Lists the actions that can be used now; Enter or a click does one.

    Args:
        actions: Of the menus, in their order.
    """

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Commands"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        self._actions = [each for each in actions if each.isEnabled() and each.isVisible()]
        self._field = QLineEdit(clearButtonEnabled=True)
        self._field.setPlaceholderText(self.tr("What do you want to do?"))
        self._field.setAccessibleName(self.tr("Find a command"))
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Commands"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.addWidget(self._field)
        layout.addWidget(self._list, 1)
        self._field.textChanged.connect(self._show_matching)
        self._field.returnPressed.connect(self._do_current)
        self._field.installEventFilter(self)
        self._list.itemClicked.connect(lambda _item: self._do_current())
        self._show_matching("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self._field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in _LIST_KEYS
        ):
            self._list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _show_matching(self, text: str) -> None:
        words = text.casefold().split()
        self._list.clear()
        for action in self._actions:
            name = plain_menu_text(action.text())
            known_by = f"{name} {action.property(ALSO_CALLED) or ''}".casefold()
            if all(word in known_by for word in words):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                item = QListWidgetItem(f"{name}    {keys}" if keys else name)
                item.setData(Qt.ItemDataRole.UserRole, action)
                self._list.addItem(item)
        if not self._list.count():
            nothing = QListWidgetItem(self.tr("No command is called “{text}”").format(text=text))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)
        self._list.setCurrentRow(0)

    def _do_current(self) -> None:
        item = self._list.currentItem()
        if item is None:
            return
        action: QAction | None = item.data(Qt.ItemDataRole.UserRole)
        if action is None:
            return
        self.close()
        action.trigger()
