"""Says over the window what a drop would do."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGraphicsOpacityEffect, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import label

_MARGIN_PX = 12


class DropOverlay(QFrame):
    """Covers its parent while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.setObjectName("dropOverlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        effect = QGraphicsOpacityEffect(self)
        effect.setOpacity(0.92)
        self.setGraphicsEffect(effect)
        self._text = label(role="title")
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        QVBoxLayout(self).addWidget(self._text)
        self.hide()

    def show_text(self, text: str) -> None:
        """Shows what would happen."""
        self._text.setText(text)
        room = self._window.rect()
        self.setGeometry(room.adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX))
        self.raise_()
        self.show()
