"""The pages of a lesson, one after the other: choose, check, set up, teach, judge, use."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import button
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.adopt_page import AdoptPage
from ahash_desktop.gui.teaching.check_page import CheckPage
from ahash_desktop.gui.teaching.choose_page import ChoosePage
from ahash_desktop.gui.teaching.draft import Draft
from ahash_desktop.gui.teaching.judge_page import JudgePage
from ahash_desktop.gui.teaching.lesson_control import LessonControl
from ahash_desktop.gui.teaching.setup_page import SetupPage
from ahash_desktop.gui.teaching.step_rail import Step, StepRail
from ahash_desktop.gui.teaching.tools import TeachingTools
from ahash_desktop.gui.teaching.train_page import TrainPage
from ahash_desktop.gui.teaching.wizard_page import WizardPage
from ahash_desktop.training.ask.lesson import LessonReport


class Wizard(QWidget):
    """Turns the pages of a lesson; what they ask for is done elsewhere.

    `teach_wanted` asks to begin with what was set up.
    """

    closed = Signal()
    teach_wanted = Signal()
    turned = Signal(int)

    def __init__(
        self,
        tools: TeachingTools,
        draft: Draft,
        control: LessonControl,
        runner: JobRunner,
        pictures: FilePictures,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._control = control
        self.choose = ChoosePage(draft, tools.collecting, tools.labels, pictures, colours)
        self.check = CheckPage(draft, tools.checking, runner, pictures, colours)
        self.set_up = SetupPage(pictures, colours)
        self.train = TrainPage(control, pictures, colours)
        self.judge = JudgePage(pictures, colours)
        self.adopt = AdoptPage()
        self.pages: tuple[WizardPage, ...] = (
            self.choose,
            self.check,
            self.set_up,
            self.train,
            self.judge,
            self.adopt,
        )
        self._rail = StepRail(
            [
                self.tr("Choose photos"),
                self.tr("Check"),
                self.tr("Set up"),
                self.tr("Teach"),
                self.tr("Judge"),
                self.tr("Use"),
            ]
        )
        self._stack = QStackedWidget()
        self._close = button(self.tr("&Back to the library"))
        self._previous = button(self.tr("Pre&vious"))
        self._next = button("", "primary")
        self._lay_out()
        for page in self.pages:
            self._stack.addWidget(page)
            page.state_changed.connect(self._show_state)
        self._rail.chosen.connect(self._on_step_chosen)
        self._close.clicked.connect(self.closed)
        self._previous.clicked.connect(lambda: self._go(Step(self.step - 1)))
        self._next.clicked.connect(self.go_on)
        control.started.connect(lambda _job: self._show_state())
        control.ended.connect(self._show_state)
        self._show_state()

    @property
    def step(self) -> Step:
        """The page in view."""
        return Step(self._stack.currentIndex())

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        for page in self.pages:
            page.set_colours(colours)

    def go_on(self) -> None:
        """To the next page; from the set-up by teaching."""
        if not self._next.isEnabled() or self.step == Step.ADOPT:
            return
        if self.step == Step.SET_UP:
            self.teach_wanted.emit()
        else:
            self._go(Step(self.step + 1))

    def turn_to(self, step: Step) -> None:
        """Turns to a page."""
        self._go(step)

    def show_report(self, report: LessonReport) -> None:
        """Shows what came of a lesson."""
        self.judge.show_report(report)
        self.adopt.show_report(report)
        self._go(Step.JUDGE)

    def begin_with(self, folders: Sequence[Path]) -> None:
        """Turns to the first page with these folders taken in, unless a lesson is taught."""
        if self._control.is_running:
            self._go(Step.TRAIN)
            return
        if folders:
            self._go(Step.CHOOSE)
            self.choose.add_folders(folders)

    def _go(self, step: Step) -> None:
        if step != self.step:
            self._stack.setCurrentIndex(step)
            self.turned.emit(step)
        self._show_state()
        self.pages[step].enter()

    def _on_step_chosen(self, number: int) -> None:
        self._go(Step(number))

    def _reachable(self) -> list[bool]:
        """Which pages can be turned to: those before a page that holds one up are not held."""
        is_running = self._control.is_running
        may_choose = not is_running
        may_check = may_choose and self.choose.may_go_on
        may_set_up = may_check and self.check.may_go_on
        has_lesson = is_running or bool(self._control.lesson_id)
        is_judged = self._control.report is not None and not is_running
        return [may_choose, may_check, may_set_up, has_lesson, is_judged, is_judged]

    def _show_state(self) -> None:
        page, step = self.pages[self.step], self.step
        reachable = self._reachable()
        self._rail.show_state(step, reachable)
        text = page.next_text
        self._next.setText(text)
        self._next.setVisible(bool(text))
        may = page.may_go_on and not (step == Step.SET_UP and self._control.is_running)
        self._next.setEnabled(may)
        self._previous.setVisible(step != Step.CHOOSE)
        self._previous.setEnabled(step != Step.CHOOSE and reachable[step - 1])

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 8, 24, 14)
        foot.setSpacing(8)
        foot.addWidget(self._close)
        foot.addStretch(1)
        foot.addWidget(self._previous)
        foot.addWidget(self._next)
        line = QFrame()
        line.setObjectName("wizardLine")
        line.setFixedHeight(1)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(line)
        column.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._rail)
        layout.addLayout(column, 1)
