"""Two models on the same labelled photos, side by side."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import error_text, number_text
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.lesson_control import LessonControl
from ahash_desktop.gui.teaching.query_rows import QueryRows
from ahash_desktop.gui.teaching.tools import TeachingTools
from ahash_desktop.gui.teaching.verdict_banner import VerdictBanner
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.lesson import Comparison, LessonProgress

_EDGE_PX = 48
_N_MATCHES = 5


class CompareDialog(QDialog):
    """Compares a model with another one on photos that are chosen.

    Args:
        tools: Compare.
        control: The lesson that a comparison may have to wait for.
        names: The models there are.
        first: The one to compare with.
        second: The one that is compared.
        folders: Folders of the library, each of which may be the set, by what they are called.
        drafted: The photos of the lesson being set up, if there are any.
    """

    def __init__(
        self,
        tools: TeachingTools,
        control: LessonControl,
        runner: JobRunner,
        pictures: FilePictures,
        colours: Colours,
        names: tuple[str, ...],
        first: str,
        second: str,
        folders: Mapping[str, Path],
        drafted: LabelledSet | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Compare models"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(860, 620)
        self._tools = tools
        self._control = control
        self._is_waiting = False
        self._folders = dict(folders)
        self._job = LatestJob(runner, Lane.LESSON)
        self.comparison: Comparison | None = None
        self.first, self.second, self.photos = QComboBox(), QComboBox(), QComboBox()
        for field, name in (
            (self.first, self.tr("First model")),
            (self.second, self.tr("Second model")),
            (self.photos, self.tr("Photos to compare on")),
        ):
            field.setAccessibleName(name)
        self.first.addItems(list(names))
        self.second.addItems(list(names))
        self.first.setCurrentText(first)
        self.second.setCurrentText(second)
        self.photos.addItem(self.tr("Photos that have a name"), None)
        if drafted is not None and drafted.photos:
            self.photos.addItem(self.tr("Photos of the lesson being set up"), drafted)
        for text in self._folders:
            self.photos.addItem(text, text)
        self.start = button(self.tr("&Compare"), "primary")
        self._close = button(self.tr("Close"))
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(self.tr("Progress of the comparison"))
        self.bar.hide()
        self._told = label(role="soft", wraps=True)
        self.banner = VerdictBanner(colours)
        self.banner.hide()
        self._figures = label(wraps=True)
        self.before = QueryRows(pictures, colours, _EDGE_PX, n_matches=_N_MATCHES)
        self.after = QueryRows(pictures, colours, _EDGE_PX, n_matches=_N_MATCHES)
        self._before_title, self._after_title = label(role="heading"), label(role="heading")
        self._lay_out()
        self.start.clicked.connect(self._compare)
        self._close.clicked.connect(self.close)
        for field in (self.first, self.second):
            field.currentIndexChanged.connect(lambda _index: self._show_state())
        for changed in (control.pause_changed, control.ended):
            changed.connect(self._show_waiting)
        self._show_state()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._job.stop()
        super().closeEvent(event)

    def _show_state(self) -> None:
        self.start.setEnabled(self.first.currentText() != self.second.currentText())

    def _compare(self) -> None:
        tools, chosen = self._tools, self.photos.currentData()
        first, second = self.first.currentText(), self.second.currentText()
        folder = self._folders.get(chosen) if isinstance(chosen, str) else None

        def work(token: CancelToken) -> Iterator[object]:
            yield None  # its turn has come
            if isinstance(chosen, LabelledSet):
                labelled = chosen
            elif folder is not None:
                records = tools.collecting.folders([folder], token)
                labelled = next(each for each in records if isinstance(each, LabelledSet))
            else:
                labelled = tools.collecting.labels(tools.labels.all())
            yield from tools.planning.compare(first, second, labelled, "auto", token)

        job = self._job.start(work)
        job.progressed.connect(self._on_progressed)
        job.failed.connect(self._on_failed)
        job.finished.connect(self._on_finished)
        self._told.setText("")
        self.bar.setRange(0, 0)
        self._is_waiting = self._control.is_running
        self._show_waiting()
        self.bar.setVisible(not self._is_waiting)
        self.start.setEnabled(False)

    def _show_waiting(self) -> None:
        """Says what the comparison waits for, as both would take the machine from one another."""
        if not self._is_waiting:
            return
        self._told.setText(
            self.tr("The lesson is paused. The comparison begins when the lesson is over.")
            if self._control.is_paused
            else self.tr("The comparison begins when the lesson is over.")
        )

    def _on_progressed(self, record: object) -> None:
        if record is None:
            self._is_waiting = False
            self._told.setText("")
            self.bar.show()
        elif isinstance(record, LessonProgress):
            self.bar.setRange(0, record.n_to_do)
            self.bar.setValue(record.n_done)
        elif isinstance(record, Comparison):
            self._show(record)

    def _on_failed(self, error: Exception) -> None:
        self._told.setText(error_text(error))

    def _on_finished(self) -> None:
        self._is_waiting = False
        self.bar.hide()
        self._show_state()

    def _show(self, found: Comparison) -> None:
        self.comparison = found
        self.banner.show_verdict(found.verdict, found.why)
        self.banner.show()
        self._told.setText(" ".join(f"{sentence_text(str(each))}." for each in found.notices))
        self._figures.setText("")
        if found.before is not None and found.after is not None:
            self._figures.setText(
                self.tr("mAP as searches show it: {first} {before}, {second} {after}").format(
                    first=found.first,
                    before=number_text(found.before.as_shown, 3),
                    second=found.second,
                    after=number_text(found.after.as_shown, 3),
                )
            )
        self._before_title.setText(found.first)
        self._after_title.setText(found.second)
        self.before.show_queries(found.before_queries)
        self.after.show_queries(found.after_queries)

    def _lay_out(self) -> None:
        fields = QGridLayout()
        fields.setHorizontalSpacing(12)
        for column, (text, field) in enumerate(
            (
                (self.tr("First model"), self.first),
                (self.tr("Second model"), self.second),
                (self.tr("On which photos"), self.photos),
            )
        ):
            fields.addWidget(label(text, "soft"), 0, column)
            fields.addWidget(field, 1, column)
        fields.addWidget(self.start, 1, 3)
        fields.setColumnStretch(2, 1)
        searches = QWidget()
        row = QHBoxLayout(searches)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        for title, rows in ((self._before_title, self.before), (self._after_title, self.after)):
            column_layout = QVBoxLayout()
            column_layout.addWidget(title)
            column_layout.addWidget(rows)
            column_layout.addStretch(1)
            row.addLayout(column_layout, 1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(searches)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(10)
        layout.addLayout(fields)
        for part in (self.bar, self._told, self.banner, self._figures):
            layout.addWidget(part)
        layout.addWidget(scroll, 1)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignRight)
