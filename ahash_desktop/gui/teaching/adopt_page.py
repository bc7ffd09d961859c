"""The last page of a lesson: the model gets its name and is put into use, or only kept."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QWidget

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.wording import duration_text, photos_text, translate
from ahash_desktop.gui.teaching.verdict_banner import verdict_text
from ahash_desktop.gui.teaching.wizard_page import WizardPage
from ahash_desktop.training.ask.lesson import LessonReport, Verdict

_FIELD_PX = 320


class AdoptPage(WizardPage):
    """Says what is wanted; `adopt_wanted` and `keep_wanted` carry a name."""

    adopt_wanted = Signal(str)
    keep_wanted = Signal(str)
    discard_wanted = Signal()
    back_wanted = Signal()
    rest_wanted = Signal()
    name_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(translate("adopt", "Use what it learned"), "", parent)
        self._fault: str | None = None
        self._is_done = False
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the model"))
        self.name.setFixedWidth(_FIELD_PX)
        self._note = label(role="soft", wraps=True)
        self._verdict = label(wraps=True)
        self._cost = label(wraps=True)
        self._safe = label(
            self.tr(
                "The codes there are serve until the new ones are ready. Going back later costs "
                "nothing, for they are kept."
            ),
            "soft",
            wraps=True,
        )
        self._adopt = button(self.tr("&Use it now"), "primary")
        self._keep = button(self.tr("Only &keep it"))
        self._keep.setToolTip(self.tr("Puts it among the models without using it"))
        self._discard = button(self.tr("&Throw it away"))
        self._state = label(role="heading", wraps=True)
        self._back = button(self.tr("&Go back to the model before"))
        self._rest = button(self.tr("Na&me the rest…"), "primary")
        self._lay_out()
        self._connect()
        self._show_state()

    @property
    def may_go_on(self) -> bool:
        return False

    @property
    def next_text(self) -> str:
        return ""

    def enter(self) -> None:
        self.name.setFocus()
        self.name.selectAll()

    def show_report(self, report: LessonReport) -> None:
        """Begins with the name that was given, and reminds of the verdict."""
        self._is_done = False
        self._state.setText("")
        self.name.setText(report.name)
        texts = {
            Verdict.BETTER: self.tr("It finds your kinds better than the model it starts from."),
            Verdict.NO_CLEAR_DIFFERENCE: self.tr(
                "It finds your kinds about as well as the model it starts from: there is little "
                "to gain by using it."
            ),
            Verdict.WORSE: self.tr(
                "It finds your kinds worse than the model it starts from: better not use it."
            ),
            Verdict.UNKNOWN: self.tr("Whether it got better cannot be said of so few photos."),
        }
        self._verdict.setText(
            self.tr("{verdict}: {why}").format(
                verdict=verdict_text(report.verdict), why=texts[report.verdict]
            )
        )
        self._show_state()

    def show_cost(self, n_photos: int, seconds: float) -> None:
        """Says how long the change takes."""
        self._cost.setText(
            self.tr("{photos} are read again in the background, which takes about {time}.").format(
                photos=photos_text(n_photos), time=duration_text(seconds)
            )
        )

    def show_name_fault(self, fault: str | None) -> None:
        """Says why the name does not do."""
        self._fault = fault
        self._note.setText(f"{sentence_text(fault)}." if fault else "")
        self._show_state()

    def show_changing(self) -> None:
        """The change is under way."""
        self._state.setText(self.tr("The photos are read again; the bar below says how far it is."))
        self._is_done = True
        self._show_state()

    def show_used(self, name: str) -> None:
        """It is in use."""
        self._state.setText(self.tr("{name} is in use.").format(name=name))
        self._is_done = True
        self._show_state()
        self._back.show()
        self._rest.show()

    def show_kept(self, name: str) -> None:
        """It is among the models."""
        self._state.setText(self.tr("{name} is among the models now.").format(name=name))
        self._is_done = True
        self._show_state()

    def show_refused(self) -> None:
        """It was not put into use: everything can be chosen again."""
        self._is_done = False
        self._state.setText("")
        self._show_state()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(self.tr("&Name"), self.name)
        form.addRow("", self._note)
        choices = QHBoxLayout()
        choices.setSpacing(8)
        for control in (self._adopt, self._keep, self._discard):
            choices.addWidget(control)
        choices.addStretch(1)
        after = QHBoxLayout()
        after.setSpacing(8)
        for control in (self._rest, self._back):
            after.addWidget(control)
        after.addStretch(1)
        for part in (self._verdict, form, self._cost, self._safe, choices, self._state, after):
            if isinstance(part, QWidget):
                self._body.addWidget(part)
            else:
                self._body.addLayout(part)
        self._body.addStretch(1)

    def _connect(self) -> None:
        self.name.textEdited.connect(self.name_changed)
        self._adopt.clicked.connect(lambda: self.adopt_wanted.emit(self.name.text().strip()))
        self._keep.clicked.connect(lambda: self.keep_wanted.emit(self.name.text().strip()))
        self._discard.clicked.connect(self.discard_wanted)
        self._back.clicked.connect(self.back_wanted)
        self._rest.clicked.connect(self.rest_wanted)

    def _show_state(self) -> None:
        may = not self._is_done and self._fault is None and bool(self.name.text().strip())
        for control in (self._adopt, self._keep):
            control.setEnabled(may)
        self._discard.setEnabled(not self._is_done)
        self.name.setEnabled(not self._is_done)
        self._note.setVisible(bool(self._note.text()))
        self._state.setVisible(bool(self._state.text()))
        self._cost.setVisible(bool(self._cost.text()))
        self._back.hide()
        self._rest.hide()
