"""Dialogs that list something of the library, or say that there is nothing to list."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.plain import plain_box
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import translate


class ListDialog(QDialog):
    """A list below a title and a hint, with buttons for what can be done; stays open.

    Args:
        empty: Shown while there is nothing to list.
    """

    def __init__(self, empty: EmptyState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty
        self._pages = QStackedWidget()
        self._close = button(translate("list", "Close"))
        self._close.clicked.connect(self.close)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._empty.set_colours(colours)

    def lay_out(
        self,
        title: QLabel,
        hint: QLabel,
        view: QAbstractItemView,
        buttons: Sequence[QPushButton],
    ) -> None:
        """Puts everything in its place; call it once."""
        listing = QWidget()
        column = QVBoxLayout(listing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(hint)
        column.addSpacing(8)
        column.addWidget(view, 1)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(listing)
        row = QHBoxLayout()
        row.setSpacing(8)
        for control in buttons:
            row.addWidget(control)
        row.addStretch(1)
        row.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(self._pages, 1)
        layout.addLayout(row)

    def show_listing(self, there_is_some: bool) -> None:
        """Shows the list, or what is said while it is empty."""
        self._pages.setCurrentIndex(1 if there_is_some else 0)

    def ask_to_forget(
        self, title: str, question: str, explanation: str, forget: Callable[[], None]
    ) -> None:
        """Asks before something is forgotten; keeping it is what the Enter key does."""
        box = plain_box(self, question, explanation)
        box.setWindowTitle(title)
        yes = box.addButton(translate("list", "Forget"), QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton(translate("list", "Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.buttonClicked.connect(lambda clicked: forget() if clicked is yes else None)
        box.open()
