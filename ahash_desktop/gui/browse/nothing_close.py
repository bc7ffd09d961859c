"""The line above matches of which none is close, with what can be done about it."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ahash_desktop.gui.base.controls import button, label


class NothingClose(QFrame):
    """Says that nothing close was found; hidden until someone shows it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("nothingClose")
        text = self.tr("Nothing close. These are the nearest, and hardly of the same kind.")
        self.models = button(self.tr("Try another model"), "link")
        self.teach = button(self.tr("Teach it"), "link")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(12)
        layout.addWidget(label(text, wraps=True), 1)
        layout.addWidget(self.models)
        layout.addWidget(self.teach)
        self.hide()

    def follow(self, models: QAction, teach: QAction) -> None:
        """Has the buttons do what these do; one that cannot be seen in the menus is hidden here."""
        self.models.clicked.connect(models.trigger)
        self.teach.clicked.connect(teach.trigger)
        self.teach.setVisible(teach.isVisible())
        teach.visibleChanged.connect(lambda: self.teach.setVisible(teach.isVisible()))
