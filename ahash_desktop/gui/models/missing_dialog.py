"""Says at the start that the library's model is not there, and lets another one take its place."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.base.controls import button, copyable, label


class ModelMissingDialog(QDialog):
    """Accepted to try again, with the model in `chosen` if it names one; rejected to leave.

    Args:
        missing: The model that is not there.
        names: The models that are.
        folder: Where models lie that the user added.
    """

    def __init__(
        self, missing: str, names: Sequence[str], folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ahash Desktop")
        self.setMinimumWidth(520)
        self.chosen = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        heading = self.tr("The model “{name}” is not there").format(name=missing)
        layout.addWidget(label(heading, "heading", wraps=True))
        hint = self.tr(
            "This library was read with it. Put its folder back into {folder} and try again."
        )
        layout.addWidget(copyable(hint.format(folder=folder)))
        buttons = QHBoxLayout()
        self.leave = button(self.tr("&Quit"))
        self.leave.clicked.connect(self.reject)
        self.again = button(self.tr("&Try again"))
        self.again.clicked.connect(self.accept)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.again)
        if names:
            self.models = QComboBox()
            self.models.setAccessibleName(self.tr("Model"))
            self.models.addItems(list(names))
            self.models.setCurrentText(Settings().model)
            other = self.tr(
                "Or use another model. It reads the photos anew in the background; nothing "
                "that is known of them is lost, and you can go back when the old one is there."
            )
            layout.addWidget(copyable(other))
            layout.addWidget(self.models)
            self.use = button(self.tr("&Use this model"), "primary")
            self.use.clicked.connect(self._on_use)
            self.use.setDefault(True)
            buttons.addWidget(self.use)
        else:
            self.again.setDefault(True)
        layout.addLayout(buttons)

    def _on_use(self) -> None:
        self.chosen = self.models.currentText()
        self.accept()
