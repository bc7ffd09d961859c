"""How far an update of the library is, with pause and cancel; then what it did."""

from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from ahash_desktop.core.updates import Hold, HoldKind, IndexProgress, IndexSummary, ModelChange
from ahash_desktop.gui.base.controls import ElidedLabel, button, label, tool_button
from ahash_desktop.gui.base.icons import icon
from ahash_desktop.gui.base.jobs import Job
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import (
    duration_text,
    error_text,
    hold_text,
    number_text,
    photos_text,
    problems_text,
)

_ICON_PX = 18
_STAYS_MS = 8_000


@dataclass(slots=True, eq=False)
class _Followed:
    """A job that has not ended; `is_quiet` as long as it had nothing to do.

    `model` is the name of the one it changes to, if it does.
    """

    job: Job
    is_quiet: bool
    model: str = ""
    summary: IndexSummary | None = None


class JobBar(QFrame):
    """Follows jobs that run one after the other, and shows the one whose turn it is.

    Hidden when there is nothing to tell.
    """

    problems_clicked = Signal()
    pause_chosen = Signal(bool)
    pause_seen = Signal(bool)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("jobBar")
        self._colours = colours
        self._followed: deque[_Followed] = deque()
        self._n_problems = 0
        self._paused = False
        self._going = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._going.timeout.connect(self.hide)
        self._phase = label(role="heading")
        self._detail = ElidedLabel("soft", Qt.TextElideMode.ElideRight)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setAccessibleName(self.tr("Progress of the update"))
        self._problems = button("", "link")
        self._pause = tool_button(self.tr("Pause"))
        self._cancel = tool_button(self.tr("Cancel the update"))
        self._dismiss = tool_button(self.tr("Close this message"), tool_tip=self.tr("Close"))
        self._problems.clicked.connect(self.problems_clicked)
        self._pause.clicked.connect(self._on_pause_clicked)
        self._cancel.clicked.connect(self._on_cancel_clicked)
        self._dismiss.clicked.connect(self.hide)
        self._lay_out()
        self.set_colours(colours)
        self.hide()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        self._cancel.setIcon(icon("close", colours, _ICON_PX))
        self._dismiss.setIcon(icon("close", colours, _ICON_PX))
        self._show_pause(self._paused)

    def follow(self, job: Job, model: str = "", *, quietly: bool = False) -> None:
        """Shows a job from its turn to its end.

        Args:
            job: Changes the library; it runs when those followed before it have ended.
            model: The name of the model that photos are read for, if it is about another one.
            quietly: Whether to show it only once it has something to do.
        """
        followed = _Followed(job, quietly, model)
        self._followed.append(followed)
        job.progressed.connect(lambda record: self._on_progressed(followed, record))
        job.succeeded.connect(lambda outcome: self._on_succeeded(followed, outcome))
        job.failed.connect(lambda error: self._on_failed(followed, error))
        job.cancelled.connect(lambda: self._on_cancelled(followed))
        job.finished.connect(lambda: self._on_finished(followed))
        if len(self._followed) == 1:
            self._begin(hides=True)

    @property
    def _current(self) -> _Followed | None:
        """The job whose turn it is."""
        return self._followed[0] if self._followed else None

    def _begin(self, *, hides: bool) -> None:
        """Shows the job whose turn it is; a quiet one hides the bar, or what it says stays."""
        current = self._followed[0]
        if current.is_quiet:
            if hides:
                self.hide()
            return
        self._show_start(current)

    def _show_start(self, current: _Followed) -> None:
        self._going.stop()
        self._say(self.tr("Starting"), "")
        self._progress.setRange(0, 0)
        self._show_running(True)
        self._show_pause(current.job.is_paused)
        self.show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._going.stop()

    def show_n_problems(self, n_problems: int) -> None:
        """How many problems the link leads to."""
        self._n_problems = n_problems
        self._problems.setText(problems_text(n_problems))
        running = not self._cancel.isHidden()
        self._problems.setVisible(n_problems > 0 and not running and not self.isHidden())

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 12, 8)
        layout.setSpacing(12)
        self._progress.setFixedWidth(240)
        layout.addWidget(self._phase)
        layout.addWidget(self._progress)
        layout.addWidget(self._detail, 1)
        layout.addWidget(self._problems)
        for control in (self._pause, self._cancel, self._dismiss):
            control.setIconSize(QSize(_ICON_PX, _ICON_PX))
            layout.addWidget(control)

    def _say(self, phase: str, detail: str) -> None:
        self._phase.setText(phase)
        self._detail.show_text(detail)

    def _show_up(self) -> None:
        """Shows a quiet job that turned out to have something to tell."""
        current = self._current
        if current is not None and current.is_quiet:
            current.is_quiet = False
            self._show_start(current)

    def _show_running(self, running: bool) -> None:
        for part in (self._progress, self._pause, self._cancel):
            part.setVisible(running)
        self._dismiss.setVisible(not running)
        self._problems.setVisible(not running and self._n_problems > 0)

    def _show_pause(self, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self.pause_seen.emit(paused)
        self._pause.setIcon(icon("play" if paused else "pause", self._colours, _ICON_PX))
        text = self.tr("Resume") if paused else self.tr("Pause")
        self._pause.setToolTip(text)
        self._pause.setAccessibleName(text)

    def _on_progressed(self, followed: _Followed, record: object) -> None:
        if isinstance(record, IndexSummary):
            followed.summary = record
        elif isinstance(record, IndexProgress) and followed is self._current:
            self._show_progress(followed, record)

    def _show_progress(self, current: _Followed, record: IndexProgress) -> None:
        if record.hold is not None:
            self._show_hold(record.hold)
            return
        if current.job.is_paused or (current.is_quiet and record.n_to_do <= 0):
            return
        self._show_up()
        self._show_pause(False)
        self._progress.setVisible(True)
        if record.n_to_do <= 0:
            self._progress.setRange(0, 0)
            self._say(
                self.tr("Looking for photos"),
                self.tr("{photos} found").format(photos=photos_text(record.n_found)),
            )
            return
        self._progress.setRange(0, record.n_to_do)
        self._progress.setValue(record.n_done)
        self._say(self._reading_text(current), self._progress_text(record))

    def _reading_text(self, current: _Followed) -> str:
        if not current.model:
            return self.tr("Reading photos")
        return self.tr("Reading photos for {model}").format(model=current.model)

    def _show_hold(self, hold: Hold) -> None:
        self._show_up()
        is_paused = hold.kind is HoldKind.PAUSED
        self._show_pause(is_paused)
        self._progress.setVisible(hold.kind is not HoldKind.SHORTAGE)
        self._say(self.tr("Paused") if is_paused else self.tr("Waiting"), hold_text(hold))

    def _progress_text(self, record: IndexProgress) -> str:
        parts = [
            self.tr("{done} of {all}").format(
                done=number_text(record.n_done), all=number_text(record.n_to_do)
            )
        ]
        if record.per_second > 0:
            decimals = 1 if record.per_second < 10 else 0
            parts.append(
                self.tr("{rate} photos/s").format(rate=number_text(record.per_second, decimals))
            )
        if record.seconds_left is not None and record.n_done < record.n_to_do:
            parts.append(
                self.tr("about {time} left").format(time=duration_text(record.seconds_left))
            )
        return "  ·  ".join(parts)

    def _on_pause_clicked(self) -> None:
        current = self._current
        if current is None:
            return
        if self._paused:
            current.job.resume()
            self._phase.setText(self._reading_text(current))
        else:
            current.job.pause()
            self._say(self.tr("Paused"), hold_text(Hold(HoldKind.PAUSED)))
        self._show_pause(current.job.is_paused)
        self.pause_chosen.emit(self._paused)

    def _on_cancel_clicked(self) -> None:
        current = self._current
        if current is not None:
            self._say(self.tr("Cancelling"), self.tr("What is finished is kept."))
            current.job.cancel()

    def _on_succeeded(self, followed: _Followed, outcome: object) -> None:
        if followed.is_quiet or followed is not self._current:
            return
        if isinstance(outcome, IndexSummary):
            self._say(self.tr("Library up to date"), self._summary_text(outcome))
        elif isinstance(outcome, ModelChange):
            self._say(self.tr("Model changed"), self._change_text(outcome))
            self._going.start()

    def _on_cancelled(self, followed: _Followed) -> None:
        if followed.is_quiet or followed is not self._current:
            return
        text = self.tr("What was finished is kept; the next update goes on from there.")
        summary = followed.summary
        if summary is not None and summary.encoded:
            encoded = self.tr("{photos} read.").format(photos=photos_text(summary.encoded))
            text = f"{encoded} {text}"
        self._say(self.tr("Cancelled"), text)

    def _on_failed(self, followed: _Followed, error: Exception) -> None:
        if followed is self._current:
            self._show_up()
            self._say(self.tr("The update stopped"), error_text(error))

    def _on_finished(self, followed: _Followed) -> None:
        was_current = followed is self._current
        self._followed.remove(followed)
        if not was_current:
            return
        self._show_running(False)
        if self._followed:
            self._begin(hides=False)

    def _change_text(self, change: ModelChange) -> str:
        parts = [self.tr("{name} is in use").format(name=change.name)]
        if change.n_encoded:
            encoded = photos_text(change.n_encoded)
            parts.append(self.tr("{photos} read").format(photos=encoded))
        if change.n_lacking:
            lacking = photos_text(change.n_lacking)
            parts.append(self.tr("{photos} out of reach, read later").format(photos=lacking))
        return "  ·  ".join(parts)

    def _summary_text(self, summary: IndexSummary) -> str:
        counts = (
            (summary.encoded, self.tr("{n} read")),
            (summary.reused, self.tr("{n} recognised")),
            (summary.unchanged, self.tr("{n} unchanged")),
            (summary.missing, self.tr("{n} missing")),
            (summary.ignored, self.tr("{n} ignored")),
            (summary.in_cloud, self.tr("{n} in the cloud only")),
        )
        parts = [text.format(n=number_text(n)) for n, text in counts if n]
        if summary.offline_roots:
            folders = ", ".join(str(root) for root in summary.offline_roots)
            parts.append(self.tr("cannot be reached: {folders}").format(folders=folders))
        for _, place in summary.moved_roots:
            parts.append(self.tr("found again at {folder}").format(folder=place))
        head = photos_text(summary.found)
        text = f"{head}: {', '.join(parts)}" if parts else head
        if summary.encoded and summary.seconds >= 1:
            text += "  ·  " + duration_text(summary.seconds)
        return text
