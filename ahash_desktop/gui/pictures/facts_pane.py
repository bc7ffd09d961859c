"""What is known of a picture, in a few lines below it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QWidget

from ahash_desktop.gui.base.controls import ElidedLabel, label
from ahash_desktop.gui.pictures.facts import PhotoFacts

_HEIGHT_LINES = 6


class FactsPane(QWidget):
    """One line a fact; long ones are shortened and told whole by their tool tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(8, 4, 8, 4)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(2)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.setMinimumHeight(_HEIGHT_LINES * (self.fontMetrics().height() + 3) + 8)

    def show_facts(self, facts: PhotoFacts | None) -> None:
        """Shows the facts of another picture, or none."""
        while self._form.rowCount():
            self._form.removeRow(0)
        for what, text in facts.rows() if facts is not None else []:
            shown = ElidedLabel()
            shown.show_text(text)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._form.addRow(label(what, "soft"), shown)
