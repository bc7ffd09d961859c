"""Pages whose keys come before those of the window while the keyboard is in them."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

_KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)


class KeyedWidget(QWidget):
    """Does what its keys say, wherever in it the keyboard is; fields of text keep their own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._doing: dict[str, Callable[[], object]] = {}

    def set_keys(self, doing: Mapping[str, Callable[[], object]], *views: QWidget) -> None:
        """Sets the keys.

        Args:
            doing: By the portable text of a key, such as "Ctrl+Z" or "M".
            views: Lists and tables that would take letters for a search.
        """
        self._doing = dict(doing)
        for view in views:
            view.installEventFilter(self)

    def event(self, event: QEvent) -> bool:
        return self._take(event) or super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return self._take(event) or super().eventFilter(watched, event)

    def _take(self, event: QEvent) -> bool:
        if event.type() not in _KEYS or not isinstance(event, QKeyEvent):
            return False
        keys = QKeySequence(event.keyCombination()).toString(
            QKeySequence.SequenceFormat.PortableText
        )
        do = self._doing.get(keys)
        if do is None:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            do()
        return True
