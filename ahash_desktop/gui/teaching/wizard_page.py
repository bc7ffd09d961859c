"""What every page of the wizard has: a title, a hint, and whether one may go on from it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import label
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.teaching.keyed import KeyedWidget


class WizardPage(KeyedWidget):
    """A page; `state_changed` says that `may_go_on` or `next_text` may be others.

    Args:
        title: What is done here.
        hint: A sentence on how.
    """

    state_changed = Signal()

    def __init__(self, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._hint = label(hint, "soft", wraps=True)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(24, 20, 24, 12)
        self._body.setSpacing(10)
        self._body.addWidget(label(title, "title", wraps=True))
        self._body.addWidget(self._hint)
        self._hint.setVisible(bool(hint))

    @property
    def may_go_on(self) -> bool:
        """Whether the next page can be turned to."""
        return True

    @property
    def next_text(self) -> str:
        """What going on is called; empty where it is not offered."""
        return self.tr("&Next")

    def enter(self) -> None:
        """Called when the page is turned to."""

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""

    def say(self, hint: str) -> None:
        """Says something else below the title."""
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
