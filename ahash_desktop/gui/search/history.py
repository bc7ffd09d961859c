"""Back and forward through what was searched."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from ahash_desktop.gui.search.controller import SearchController, without_bits

_DEEPEST = 200


class SearchHistory(QObject):
    """Steps through the states of a search as a browser steps through pages.

    Args:
        search: What is asked; every change of it is a step.
        back: Goes one step back; enabled while there is one.
        forward: Goes one step forward again.
    """

    def __init__(
        self, search: SearchController, back: QAction, forward: QAction, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._search = search
        self._back = back
        self._forward = forward
        self._states = [search.state]
        self._place = 0
        self._is_stepping = False
        search.asked.connect(self._on_asked)
        back.triggered.connect(lambda: self._step(-1))
        forward.triggered.connect(lambda: self._step(1))
        self._refresh()

    def forget_bits(self) -> None:
        """Keeps of each step only what another model can be asked too."""
        self._states = [without_bits(state) for state in self._states]

    def _on_asked(self) -> None:
        state = self._search.state
        if self._is_stepping or state == self._states[self._place]:
            return
        self._states = [*self._states[: self._place + 1], state][-_DEEPEST:]
        self._place = len(self._states) - 1
        self._refresh()

    def _step(self, by: int) -> None:
        place = self._place + by
        if not 0 <= place < len(self._states):
            return
        self._place = place
        self._is_stepping = True
        try:
            self._search.restore(self._states[place])
        finally:
            self._is_stepping = False
        self._refresh()

    def _refresh(self) -> None:
        self._back.setEnabled(self._place > 0)
        self._forward.setEnabled(self._place + 1 < len(self._states))
