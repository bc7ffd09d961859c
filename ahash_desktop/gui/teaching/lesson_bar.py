"""The line at the bottom of the window that follows a lesson, wherever one looks."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from ahash_desktop.gui.base.controls import ElidedLabel, button, label, tool_button
from ahash_desktop.gui.base.icons import icon
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import error_text
from ahash_desktop.gui.teaching.lesson_control import LessonControl
from ahash_desktop.gui.teaching.train_page import left_text, phase_text
from ahash_desktop.gui.teaching.verdict_banner import verdict_text
from ahash_desktop.services.teaching.lessons import share_done
from ahash_desktop.training.ask.lesson import LessonEntry, LessonProgress, LessonReport

_STEPS = 1000
_ICON_PX = 18


class LessonBar(QFrame):
    """Beside the bar of updates, for both go on at once; hidden when there is nothing to tell.

    `resume_wanted` and `discard_wanted` carry an entry.
    """

    show_wanted = Signal()
    resume_wanted = Signal(object)
    discard_wanted = Signal(object)

    def __init__(
        self, control: LessonControl, colours: Colours, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("jobBar")
        self._control = control
        self._colours = colours
        self._offered: LessonEntry | None = None
        self._phase = label(role="heading")
        self._detail = ElidedLabel("soft", Qt.TextElideMode.ElideRight)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setAccessibleName(self.tr("Progress of the lesson"))
        self._progress.setFixedWidth(240)
        self._show = button(self.tr("Show"), "link")
        self._resume = button(self.tr("Go on with it"), "link")
        self._discard = button(self.tr("Forget it"), "link")
        self._pause = tool_button(self.tr("Pause"))
        self._cancel = tool_button(self.tr("Cancel the lesson"))
        self._dismiss = tool_button(self.tr("Close this message"), tool_tip=self.tr("Close"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 12, 8)
        layout.setSpacing(12)
        layout.addWidget(self._phase)
        layout.addWidget(self._progress)
        layout.addWidget(self._detail, 1)
        for control_button in (self._resume, self._discard, self._show):
            layout.addWidget(control_button)
        for tool in (self._pause, self._cancel, self._dismiss):
            tool.setIconSize(QSize(_ICON_PX, _ICON_PX))
            layout.addWidget(tool)
        self._connect()
        self.set_colours(colours)
        self.hide()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self._cancel.setIcon(icon("close", colours, _ICON_PX))
        self._dismiss.setIcon(icon("close", colours, _ICON_PX))
        self._show_pause()

    def offer(self, entries: Sequence[LessonEntry]) -> None:
        """Offers to go on with a lesson that was broken off."""
        self._offered = entries[0]
        self._say(
            self.tr("A lesson was broken off"),
            self.tr("“{name}” is {percent} % done; what was learned is kept.").format(
                name=self._offered.name, percent=round(self._offered.share_done * 100)
            ),
        )
        self._show_parts(running=False, offers=True)
        self.show()

    def _connect(self) -> None:
        control = self._control
        control.started.connect(lambda _job: self._on_started())
        control.progressed.connect(self._on_progressed)
        control.judged.connect(self._on_judged)
        control.cancelled.connect(self._on_cancelled)
        control.failed.connect(self._on_failed)
        control.pause_changed.connect(lambda _paused: self._on_pause_changed())
        self._show.clicked.connect(self.show_wanted)
        self._pause.clicked.connect(control.pause_or_go_on)
        self._cancel.clicked.connect(control.cancel)
        self._dismiss.clicked.connect(self.hide)
        self._resume.clicked.connect(lambda: self._answer(self.resume_wanted))
        self._discard.clicked.connect(lambda: self._answer(self.discard_wanted))

    def _answer(self, signal: SignalInstance) -> None:
        self.hide()
        if self._offered is not None:
            signal.emit(self._offered)

    def _say(self, phase: str, detail: str) -> None:
        self._phase.setText(phase)
        self._detail.show_text(detail)

    def _name(self) -> str:
        return self.tr("Lesson “{name}”").format(name=self._control.name)

    def _on_started(self) -> None:
        self._offered = None
        self._say(self._name(), self.tr("Starting"))
        self._progress.setRange(0, 0)
        self._show_parts(running=True)
        self.show()

    def _on_progressed(self, record: LessonProgress) -> None:
        self._progress.setRange(0, _STEPS)
        self._progress.setValue(round(share_done(record) * _STEPS))
        if not self._control.is_paused:
            parts = [phase_text(record), left_text(record)]
            self._say(self._name(), "  ·  ".join(part for part in parts if part))

    def _on_pause_changed(self) -> None:
        self._show_pause()
        if self._control.is_paused:
            self._say(self._name(), self.tr("Paused"))

    def _on_judged(self, report: LessonReport) -> None:
        self._say(self._name(), verdict_text(report.verdict))
        self._show_parts(running=False)

    def _on_cancelled(self) -> None:
        self._say(self._name(), self.tr("Cancelled. What was learned is kept."))
        self._show_parts(running=False)

    def _on_failed(self, error: Exception) -> None:
        self._say(self._name(), error_text(error))
        self._show_parts(running=False)

    def _show_parts(self, *, running: bool, offers: bool = False) -> None:
        for part in (self._progress, self._pause, self._cancel):
            part.setVisible(running)
        self._dismiss.setVisible(not running)
        self._show.setVisible(not offers)
        self._resume.setVisible(offers)
        self._discard.setVisible(offers)
        self._show_pause()

    def _show_pause(self) -> None:
        paused = self._control.is_paused
        self._pause.setIcon(icon("play" if paused else "pause", self._colours, _ICON_PX))
        text = self.tr("Resume") if paused else self.tr("Pause")
        self._pause.setToolTip(text)
        self._pause.setAccessibleName(text)
