"""The bits in which two pictures agree and differ; each group can be looked at as a whole."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from ahash_desktop.gui.base.controls import label, tool_button
from ahash_desktop.gui.inspector.bit_evidence import BitGroup
from ahash_desktop.gui.inspector.bit_table import BitValues
from ahash_desktop.gui.inspector.reasons import difference_sentence, match_sentence


class ReasonRows(QWidget):
    """Two questions; the button before each shows its bits together.

    Answers in words stand here only of a model that says none in the field marks.
    """

    group_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons = {group: self._make_button(group) for group in BitGroup}
        self._answers = {group: label(role="soft", wraps=True) for group in BitGroup}
        questions = {
            BitGroup.AGREEING: self.tr("Why do they match?"),
            BitGroup.DIFFERING: self.tr("What tells them apart?"),
        }
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(0)
        layout.setColumnStretch(1, 1)
        for number, group in enumerate(BitGroup):
            row = 3 * number
            layout.addWidget(self._buttons[group], row, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
            layout.addWidget(label(questions[group], "heading"), row, 1)
            layout.addWidget(self._answers[group], row + 1, 1)
            layout.setRowMinimumHeight(row + 2, 6)

    @property
    def chosen(self) -> BitGroup | None:
        """The group whose evidence is wanted."""
        on = [group for group, choice in self._buttons.items() if choice.isChecked()]
        return on[0] if on else None

    def show_values(self, values: BitValues) -> None:
        """Counts for two pictures; of one alone there is nothing to answer."""
        if values.agree is None:
            return
        n_agreeing = int(values.agree.sum())
        counts = (n_agreeing, values.query.size - n_agreeing)
        sentences = (match_sentence(values), difference_sentence(values))
        names = (
            self.tr("All {n} agreeing bits together"),
            self.tr("All {n} differing bits together"),
        )
        for group, sign, count, sentence, name in zip(
            BitGroup, "=≠", counts, sentences, names, strict=True
        ):
            choice = self._buttons[group]
            choice.setText(f"{sign} {count}")
            choice.setEnabled(count > 0)
            choice.setAccessibleName(name.format(n=count))
            choice.setToolTip(
                self.tr("{bits}: show where they looked").format(bits=name.format(n=count))
            )
            self._answers[group].setText(sentence)
            self._answers[group].setVisible(not values.speaks)

    def release(self) -> None:
        """Chooses no group, without saying so."""
        for choice in self._buttons.values():
            choice.setChecked(False)

    def _make_button(self, group: BitGroup) -> QToolButton:
        names = {
            BitGroup.AGREEING: self.tr("All agreeing bits together"),
            BitGroup.DIFFERING: self.tr("All differing bits together"),
        }
        made = tool_button(names[group], role="chip")
        made.setCheckable(True)
        made.setProperty("group", group.value)
        made.setMinimumWidth(56)
        made.clicked.connect(lambda on, group=group: self._on_clicked(group, on))
        return made

    def _on_clicked(self, group: BitGroup, on: bool) -> None:
        for other, choice in self._buttons.items():
            choice.setChecked(on and other is group)
        self.group_chosen.emit(group if on else None)
