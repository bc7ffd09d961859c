"""The steps of a lesson in a column: where one is, where one has been, where one may go."""

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout, QWidget

_WIDTH_PX = 190


class Step(IntEnum):
    """The pages in their order."""

    CHOOSE = 0
    CHECK = 1
    SET_UP = 2
    TRAIN = 3
    JUDGE = 4
    ADOPT = 5


class StepRail(QFrame):
    """A button for each step; `chosen` carries its number."""

    chosen = Signal(int)

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stepRail")
        self.setFixedWidth(_WIDTH_PX)
        self._buttons: list[QPushButton] = []
        group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 20, 12, 12)
        layout.setSpacing(4)
        for number, name in enumerate(names):
            made = QPushButton(f"{number + 1}   {name}")
            made.setAutoDefault(False)
            made.setCheckable(True)
            made.setProperty("role", "step")
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(lambda _on, number=number: self.chosen.emit(number))
            group.addButton(made)
            layout.addWidget(made)
            self._buttons.append(made)
        layout.addStretch(1)

    def show_state(self, current: int, reachable: Sequence[bool]) -> None:
        """Shows where one is and what can be turned to."""
        for number, step in enumerate(self._buttons):
            step.setChecked(number == current)
            step.setEnabled(reachable[number] or number == current)
