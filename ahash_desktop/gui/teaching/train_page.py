"""A lesson while it is taught: how far, how well by now, and what four photos find."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import duration_text, error_text, number_text, translate
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.curve_chart import Curve, CurveChart
from ahash_desktop.gui.teaching.lesson_control import LessonControl
from ahash_desktop.gui.teaching.query_rows import QueryRows
from ahash_desktop.gui.teaching.wizard_page import WizardPage
from ahash_desktop.services.teaching.lessons import share_done
from ahash_desktop.training.ask.lesson import LessonProgress

_STEPS = 1000
_LOSS_COLOURS = ("against", "differ", "agree", "text_soft")


class TrainPage(WizardPage):
    """Follows the lesson under way; `tray_wanted` asks for the window to go out of the way."""

    tray_wanted = Signal()
    resume_wanted = Signal()

    def __init__(
        self,
        control: LessonControl,
        pictures: FilePictures,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(translate("train", "It learns"), "", parent)
        self._control = control
        self._phase = label(role="heading")
        self._left = label(role="soft")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, _STEPS)
        self._bar.setAccessibleName(self.tr("Progress of the lesson"))
        self._notice = label(role="warning", wraps=True)
        self._notice.hide()
        self.quality = CurveChart(self.tr("Photos kept back found (mAP)"), colours)
        self.losses = CurveChart(self.tr("Losses"), colours)
        self._queries_title = label(self.tr("What four of your photos find by now"), "heading")
        self.queries = QueryRows(pictures, colours)
        self._pause = button(self.tr("&Pause"))
        self._end = button(self.tr("Stop and &keep the best"))
        self._cancel = button(self.tr("&Cancel"))
        self._tray = button(self.tr("&Minimise"))
        self._tray.setToolTip(self.tr("It goes on; you are told when it is over"))
        self._again = button(self.tr("&Go on with it"), "primary")
        self._lay_out()
        self._connect()
        self._show_running(False)

    @property
    def may_go_on(self) -> bool:
        return self._control.report is not None

    @property
    def next_text(self) -> str:
        return self.tr("&Judge")

    def enter(self) -> None:
        self._pause.setFocus()

    def set_colours(self, colours: Colours) -> None:
        self.quality.set_colours(colours)
        self.losses.set_colours(colours)
        self.queries.set_colours(colours)

    def show_error(self, error: Exception) -> None:
        """Says why it stopped."""
        self._notice.setText(error_text(error))
        self._notice.show()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self._phase)
        line.addWidget(self._left, 1)
        charts = QVBoxLayout()
        charts.setSpacing(12)
        charts.addWidget(self.quality, 3)
        charts.addWidget(self.losses, 2)
        shown = QWidget()
        inner = QVBoxLayout(shown)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self._queries_title)
        inner.addWidget(self.queries)
        inner.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(shown)
        columns = QHBoxLayout()
        columns.setSpacing(24)
        columns.addLayout(charts, 1)
        columns.addWidget(scroll, 1)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        for control in (self._pause, self._end, self._cancel, self._again):
            tools.addWidget(control)
        tools.addStretch(1)
        tools.addWidget(self._tray)
        self._body.addLayout(line)
        self._body.addWidget(self._bar)
        self._body.addWidget(self._notice)
        self._body.addLayout(columns, 1)
        self._body.addLayout(tools)

    def _connect(self) -> None:
        control = self._control
        control.started.connect(lambda _job: self._on_started())
        control.progressed.connect(self._on_progressed)
        control.failed.connect(self.show_error)
        control.cancelled.connect(self._on_cancelled)
        control.pause_changed.connect(self._on_pause_changed)
        control.judged.connect(lambda _report: self._on_judged())
        control.ended.connect(lambda: self._show_running(False))
        self._pause.clicked.connect(control.pause_or_go_on)
        self._end.clicked.connect(self._on_end_clicked)
        self._cancel.clicked.connect(control.cancel)
        self._tray.clicked.connect(self.tray_wanted)
        self._again.clicked.connect(self.resume_wanted)

    def _on_started(self) -> None:
        self._notice.hide()
        self._phase.setText(self.tr("Starting"))
        self._left.setText("")
        self._bar.setRange(0, 0)
        self.quality.show_curves(())
        self.losses.show_curves(())
        self.queries.show_queries(())
        self._queries_title.hide()
        self._show_running(True)

    def _on_progressed(self, record: LessonProgress) -> None:
        self._bar.setRange(0, _STEPS)
        self._bar.setValue(round(share_done(record) * _STEPS))
        if not self._control.is_paused:
            self._phase.setText(phase_text(record))
            self._left.setText(left_text(record))
        told = [f"{sentence_text(str(notice))}." for notice in record.notices]
        if told:
            self._notice.setText(" ".join(told))
            self._notice.show()
        self._show_curves(record)
        self._queries_title.setVisible(bool(record.queries))
        self.queries.show_queries(record.queries)

    def _show_curves(self, record: LessonProgress) -> None:
        points = record.curve
        quality = [
            (float(each.at), each.validation_map)
            for each in points
            if each.validation_map is not None
        ]
        level = None
        if record.before_map is not None:
            level = (self.tr("the model it starts from"), record.before_map)
        self.quality.show_curves([Curve(self.tr("now"), tuple(quality), "accent")], level, top=1.0)
        names = sorted({name for each in points for name in each.losses})
        curves = [
            Curve(
                _loss_text(name),
                tuple(
                    (float(each.at), each.losses[name]) for each in points if name in each.losses
                ),
                _LOSS_COLOURS[number % len(_LOSS_COLOURS)],
            )
            for number, name in enumerate(names)
        ]
        self.losses.show_curves(curves[:4])
        self.losses.setVisible(bool(curves))

    def _on_end_clicked(self) -> None:
        self._control.end_early()
        self._end.setEnabled(False)
        self._phase.setText(self.tr("Ending with the best so far"))

    def _on_pause_changed(self, paused: bool) -> None:
        self._pause.setText(self.tr("&Resume") if paused else self.tr("&Pause"))
        if paused:
            self._phase.setText(self.tr("Paused"))
            self._left.setText(self.tr("What was learned is kept."))

    def _on_cancelled(self) -> None:
        self._phase.setText(self.tr("Cancelled"))
        self._left.setText(self.tr("What was learned is kept: it can go on from there."))

    def _on_judged(self) -> None:
        self._phase.setText(self.tr("It has learned"))
        self._left.setText("")
        self._bar.setValue(_STEPS)

    def _show_running(self, running: bool) -> None:
        for control in (self._pause, self._end, self._cancel, self._tray):
            control.setVisible(running)
        self._end.setEnabled(running)
        self._pause.setText(self.tr("&Pause"))
        self._again.setVisible(
            not running and self._control.report is None and bool(self._control.lesson_id)
        )
        if not running:
            self._bar.setRange(0, _STEPS)
        self.state_changed.emit()


def _loss_text(name: str) -> str:
    """A loss by what it is about; one of a recipe by its own name."""
    return translate("train", "kinds") if name == "kinds" else name.replace("_", " ")


def phase_text(record: LessonProgress) -> str:
    """What a lesson does now."""
    text = {
        "reading": translate("train", "Looking at the photos"),
        "learning": translate("train", "Learning"),
        "judging": translate("train", "Judging"),
    }.get(record.phase, record.phase)
    if record.phase == "learning" and record.n_epochs > 1:
        return translate("train", "{phase}, round {round} of {rounds}").format(
            phase=text, round=min(record.epoch + 1, record.n_epochs), rounds=record.n_epochs
        )
    return text


def left_text(record: LessonProgress) -> str:
    """How far it is in the phase, and how long it takes."""
    parts = []
    if record.phase == "reading" and record.n_to_do > 1:
        parts.append(
            translate("train", "{done} of {all} photos").format(
                done=number_text(record.n_done), all=number_text(record.n_to_do)
            )
        )
    if record.seconds_left is not None and record.seconds_left > 0:
        parts.append(
            translate("train", "about {time} left").format(time=duration_text(record.seconds_left))
        )
    return "  ·  ".join(parts)
