"""What a view says when it has nothing to show: what this is, and what to do next."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.icons import drawing
from ahash_desktop.gui.base.theme import Colours

_DRAWING_PX = 40


class EmptyState(QWidget):
    """A drawing, a title, a sentence and perhaps a button, in the middle of a view."""

    button_clicked = Signal()

    def __init__(self, drawing_name: str, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing_name = drawing_name
        self._drawing = QLabel()
        self._title = label(role="title", wraps=True)
        self._text = label(role="soft", wraps=True)
        self._button = button("", "primary")
        self._button.clicked.connect(self.button_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 32, 32, 32)
        layout.setSpacing(8)
        layout.addStretch(2)
        for part in (self._drawing, self._title, self._text):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(part)
        layout.addSpacing(8)
        self._parts = QVBoxLayout()
        layout.addLayout(self._parts)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.set_colours(colours)

    def add_part(self, part: QWidget) -> None:
        """Has a part stand below the sentence."""
        self._parts.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._drawing.setPixmap(drawing(self._drawing_name, colours.border_strong, _DRAWING_PX))

    def show_message(self, title: str, text: str, button_text: str = "") -> None:
        """Says something else; without a text there is no button."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._button.setText(button_text)
        self._button.setVisible(bool(button_text))
