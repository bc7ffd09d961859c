"""Offers another model where the one of the library no longer comes with the program."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.wording import duration_text, photos_text


class SuccessorOffer(QDialog):
    """Says what goes on as before, what does not, and how long changing takes.

    `taken` says that the user wants the other model.

    Args:
        gone: The name of the model that is gone.
        successor: The name of the one to change to.
        n_photos: How many photos it would read.
    """

    taken = Signal()

    def __init__(
        self, gone: str, successor: str, n_photos: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ahash Desktop")
        self.setMinimumWidth(520)
        self._what = self.tr(
            "“{successor}” takes its place: it reads {photos} again in the background, and until "
            "it is done the old codes serve."
        ).format(successor=successor, photos=photos_text(n_photos))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(12)
        heading = self.tr("The model “{name}” no longer comes with the program").format(name=gone)
        layout.addWidget(label(heading, "heading", wraps=True))
        kept = self.tr(
            "All photos are here and can be searched by the codes that they have. New photos "
            "wait, and pictures from elsewhere cannot be searched by, until you change to "
            "another model."
        )
        layout.addWidget(label(kept, wraps=True))
        self.time = label(self._what, wraps=True)
        layout.addWidget(self.time)
        buttons = QHBoxLayout()
        self.later = button(self.tr("&Later"))
        self.take = button(self.tr("&Change the model"), "primary")
        self.take.setDefault(True)
        self.later.clicked.connect(self.reject)
        self.take.clicked.connect(self._on_taken)
        buttons.addStretch(1)
        buttons.addWidget(self.later)
        buttons.addWidget(self.take)
        layout.addLayout(buttons)

    def show_time(self, seconds: float) -> None:
        """Says how long it takes."""
        takes = self.tr("It takes about {duration} on this machine.").format(
            duration=duration_text(seconds)
        )
        self.time.setText(f"{self._what} {takes}")
        self.adjustSize()

    def _on_taken(self) -> None:
        self.accept()
        self.taken.emit()
