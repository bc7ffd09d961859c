"""Says that the library went away while it was open, and offers to put it back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ahash_desktop.core.errors import LibraryDeletedError, LibraryLostError
from ahash_desktop.gui.base.controls import button, copyable, label
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.wording import translate


class LibraryLostDialog(QDialog):
    """What happened, and what can be done about it.

    Args:
        error: A library that was deleted can be put back; one that was replaced cannot.
    """

    put_back_clicked = Signal()
    quit_clicked = Signal()

    def __init__(self, error: LibraryLostError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ahash Desktop")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(480)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(label(sentence_text(error.what), "heading", wraps=True))
        remedy = translate("wording", "{what}.").format(what=sentence_text(error.remedy))
        for text in (str(error.path or ""), remedy):
            layout.addWidget(copyable(text))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        self.leave = button(self.tr("&Quit"))
        self.leave.clicked.connect(self._on_quit)
        buttons.addWidget(self.leave)
        self.put_back = button(self.tr("&Put back"), "primary")
        self.put_back.clicked.connect(self._on_put_back)
        buttons.addWidget(self.put_back)
        layout.addLayout(buttons)
        can_put_back = isinstance(error, LibraryDeletedError)
        self.put_back.setVisible(can_put_back)
        (self.put_back if can_put_back else self.leave).setDefault(True)

    def _on_put_back(self) -> None:
        self.close()
        self.put_back_clicked.emit()

    def _on_quit(self) -> None:
        self.close()
        self.quit_clicked.emit()
