"""What is the matter with the photos, before anything is trained; nothing on disk is changed."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QListView,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.base.controls import button, label
from ahash_desktop.gui.base.empty_state import EmptyState
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import (
    duration_text,
    error_text,
    number_text,
    photos_text,
    translate,
)
from ahash_desktop.gui.grid.photo_row import Mark, PhotoRow, ShownPhoto
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.draft import Draft
from ahash_desktop.gui.teaching.finding_list import FindingListModel
from ahash_desktop.gui.teaching.wizard_page import WizardPage
from ahash_desktop.services.teaching.checking import Checker
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.findings import (
    CheckProgress,
    CheckReport,
    Finding,
    FindingKind,
    Remedy,
    follow,
)
from ahash_desktop.training.ask.lesson import LessonPlan

_EDGE_PX = 112
_N_PHOTOS = 6


class CheckPage(WizardPage):
    """Checks the draft when it is turned to, and deals with what is found, one by one.

    Args:
        draft: The photos; remedies change it.
        checking: Looks at them.
        runner: Runs the check.
        pictures: Small pictures of files.
    """

    checked = Signal(object)

    def __init__(
        self,
        draft: Draft,
        checking: Checker,
        runner: JobRunner,
        pictures: FilePictures,
        colours: Colours,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(translate("check", "Is anything the matter with them?"), "", parent)
        self._draft = draft
        self._checking = checking
        self._job = LatestJob(runner, Lane.LESSON)
        self._base = ""
        self._checked: LabelledSet | None = None
        self._report: CheckReport | None = None
        self._is_checking = False
        self.finding_model = FindingListModel(colours, self)
        self.findings = QListView()
        self.findings.setModel(self.finding_model)
        self.findings.setObjectName("folderList")
        self.findings.setUniformItemSizes(True)
        self.findings.setAccessibleName(self.tr("What was found"))
        self._empty = EmptyState("check", colours)
        self._views = QStackedWidget()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(self.tr("Progress of the check"))
        self._progress = label(role="soft")
        self._summary = label(role="heading")
        self._text = label(wraps=True)
        self._photos_title = label(role="soft", wraps=True)
        self._photos = PhotoRow(pictures, colours, _EDGE_PX, self.tr("Photos"))
        self._beside_title = label(role="soft", wraps=True)
        self._beside = PhotoRow(pictures, colours, _EDGE_PX, self.tr("Beside"))
        self._fix = button("", "primary")
        self._exclude = button(self.tr("&Leave out"))
        self._ignore = button(self.tr("&Ignore"))
        self._all = button(self.tr("All of this &kind"), "link")
        self._undo = button(self.tr("&Undo"))
        self._dealt: list[tuple[Finding, bool]] = []
        self._lay_out()
        self._connect()
        self._show_finding()

    @property
    def may_go_on(self) -> bool:
        blocks = any(finding.is_blocking for finding in self.finding_model.findings)
        return not self._is_checking and self._report is not None and not blocks

    @property
    def together(self) -> Mapping[Path, str]:
        """What the check says belongs together."""
        return {} if self._report is None else self._report.same_pictures()

    def set_base(self, base: str) -> None:
        """By which model photos are compared."""
        self._base = base

    def enter(self) -> None:
        if self._checked is not self._draft.labelled:
            self._check()
        self.findings.setFocus()

    def set_colours(self, colours: Colours) -> None:
        self.finding_model.set_colours(colours)
        self._empty.set_colours(colours)
        self._photos.set_colours(colours)
        self._beside.set_colours(colours)

    def stop(self) -> None:
        """Ends a check under way."""
        if self._is_checking:
            self._job.stop()
            self._set_checking(False)

    def _check(self) -> None:
        labelled = self._checked = self._draft.labelled
        self._report = None
        self._dealt.clear()
        self.finding_model.show_findings(())
        checking, plan = self._checking, LessonPlan("check", self._base)
        job = self._job.start(lambda token: checking.check(labelled, plan, token))
        job.progressed.connect(self._on_progressed)
        job.failed.connect(self._on_failed)
        job.finished.connect(lambda: self._set_checking(False))
        self._bar.setRange(0, 0)
        self._progress.setText(self.tr("Looking at the photos"))
        self._set_checking(True)

    def _on_progressed(self, record: object) -> None:
        if isinstance(record, CheckProgress):
            self._bar.setRange(0, max(1, record.n_to_do))
            self._bar.setValue(record.n_done)
            text = self.tr("{done} of {all} photos").format(
                done=number_text(record.n_done), all=number_text(record.n_to_do)
            )
            if record.seconds_left:
                left = duration_text(record.seconds_left)
                text += "  ·  " + self.tr("about {time} left").format(time=left)
            self._progress.setText(text)
        elif isinstance(record, CheckReport):
            self._report = record
            self._set_checking(False)
            self.finding_model.show_findings(record.findings)
            if record.findings:
                self.findings.setCurrentIndex(self.finding_model.index(0, 0))
            self._show_nothing()
            self.checked.emit(record)

    def _on_failed(self, error: Exception) -> None:
        self._checked = None
        self._empty.show_message(self.tr("The check did not work"), error_text(error))
        self._views.setCurrentWidget(self._empty)

    def _set_checking(self, checking: bool) -> None:
        self._is_checking = checking
        self._bar.setVisible(checking)
        self._progress.setVisible(checking)
        self._show_finding()
        self.state_changed.emit()

    def _show_nothing(self) -> None:
        """What is said where nothing is left to deal with."""
        n_left = self.finding_model.rowCount()
        if n_left:
            self._views.setCurrentIndex(1)
        else:
            self._empty.show_message(
                self.tr("Nothing is the matter"),
                self.tr("{photos} of {kinds} kinds are ready.").format(
                    photos=photos_text(len(self._draft.labelled.photos)),
                    kinds=len(self._draft.labelled.classes),
                ),
            )
            self._views.setCurrentWidget(self._empty)
        self._show_finding()
        self.state_changed.emit()

    def _current(self) -> Finding | None:
        index = self.findings.currentIndex()
        return self.finding_model.finding_at(index.row()) if index.isValid() else None

    def _show_finding(self) -> None:
        finding = None if self._is_checking else self._current()
        n_left = self.finding_model.rowCount()
        self._summary.setText(
            self.tr("{count} to look at").format(count=number_text(n_left)) if n_left else ""
        )
        self._undo.setEnabled(bool(self._dealt))
        parts = (self._text, self._photos_title, self._photos, self._beside_title, self._beside)
        controls = (self._fix, self._exclude, self._ignore, self._all)
        for part in (*parts, *controls):
            part.setVisible(finding is not None)
        if finding is None:
            return
        self._text.setText(f"{sentence_text(str(finding.text))}.")
        self._show_photos(finding)
        self._fix.setVisible(Remedy.FIX in finding.remedies and bool(finding.suggested))
        self._fix.setText(
            self.tr("C&all it {kind}").format(kind=finding.suggested.replace("&", "&&"))
        )
        self._exclude.setVisible(Remedy.EXCLUDE in finding.remedies)
        self._ignore.setVisible(not finding.is_blocking)
        alike = sum(each.kind == finding.kind for each in self.finding_model.findings)
        self._all.setVisible(alike > 1 and not finding.is_blocking)
        self._all.setText(
            self.tr("Ignore all {count} of this &kind").format(count=number_text(alike))
        )

    def _show_photos(self, finding: Finding) -> None:
        own = ", ".join(finding.kinds)
        is_doubt = finding.kind == FindingKind.DOUBTFUL_LABEL
        mark = Mark.WRONG if is_doubt else Mark.NONE
        self._photos_title.setText(own)
        self._photos.show_photos(
            [ShownPhoto(path, mark, own) for path in finding.photos[:_N_PHOTOS]]
        )
        self._photos.setVisible(bool(finding.photos))
        beside = finding.suggested or self.tr("Beside them")
        self._beside_title.setText(
            self.tr("The nearest are {kind}").format(kind=finding.suggested) if is_doubt else beside
        )
        self._beside.show_photos(
            [ShownPhoto(path, note=beside) for path in finding.beside[:_N_PHOTOS]]
        )
        self._beside.setVisible(bool(finding.beside))
        self._beside_title.setVisible(bool(finding.beside))

    def _deal(self, remedy: Remedy) -> None:
        finding = self._current()
        if finding is None or self._is_checking:
            return
        if remedy != Remedy.IGNORE and remedy not in finding.remedies:
            return
        if remedy == Remedy.IGNORE and finding.is_blocking:
            return
        changes = remedy != Remedy.IGNORE
        if changes:
            self._draft.change(partial(follow, finding=finding, remedy=remedy))
        self._dealt.append((finding, changes))
        row = self.findings.currentIndex().row()
        self.finding_model.take_out(finding)
        left = self.finding_model.rowCount()
        if left:
            self.findings.setCurrentIndex(self.finding_model.index(min(row, left - 1), 0))
        self._show_nothing()

    def _ignore_alike(self) -> None:
        finding = self._current()
        if finding is None:
            return
        left = []
        for each in self.finding_model.findings:
            if each.kind == finding.kind and not each.is_blocking:
                self._dealt.append((each, False))
            else:
                left.append(each)
        self.finding_model.show_findings(left)
        if left:
            self.findings.setCurrentIndex(self.finding_model.index(0, 0))
        self._show_nothing()

    def _take_back(self) -> None:
        if not self._dealt:
            return
        finding, changed = self._dealt.pop()
        if changed:
            self._draft.undo()
        self.finding_model.show_findings([finding, *self.finding_model.findings])
        row = self.finding_model.findings.index(finding)
        self.findings.setCurrentIndex(self.finding_model.index(row, 0))
        self._show_nothing()

    def _on_draft_changed(self) -> None:
        """What the remedies here change needs no other check."""
        if self._report is not None and self.isVisible():
            self._checked = self._draft.labelled
            self._show_nothing()

    def _connect(self) -> None:
        self.findings.selectionModel().currentChanged.connect(lambda *_: self._show_finding())
        self._fix.clicked.connect(lambda: self._deal(Remedy.FIX))
        self._exclude.clicked.connect(lambda: self._deal(Remedy.EXCLUDE))
        self._ignore.clicked.connect(lambda: self._deal(Remedy.IGNORE))
        self._all.clicked.connect(self._ignore_alike)
        self._undo.clicked.connect(self._take_back)
        self._draft.changed.connect(self._on_draft_changed)
        self.set_keys(
            {
                "Ctrl+Z": self._take_back,
                "F": lambda: self._deal(Remedy.FIX),
                "I": lambda: self._deal(Remedy.IGNORE),
                "Del": lambda: self._deal(Remedy.EXCLUDE),
            },
            self.findings,
        )

    def _lay_out(self) -> None:
        self.say(
            self.tr(
                "F takes the suggestion, I ignores, Delete leaves the photos out of the lesson. "
                "Files are never touched."
            )
        )
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(self._summary)
        line.addWidget(self._progress, 1)
        line.addStretch(1)
        line.addWidget(self._undo)
        detail = QVBoxLayout()
        detail.setSpacing(8)
        detail.addWidget(self._text)
        beside = QGridLayout()
        beside.setHorizontalSpacing(24)
        beside.setVerticalSpacing(4)
        for place, parts in enumerate(
            ((self._photos_title, self._photos), (self._beside_title, self._beside))
        ):
            for row, part in enumerate(parts):
                beside.addWidget(part, row, place)
            beside.setColumnStretch(place, 1)
        detail.addLayout(beside)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        for control in (self._fix, self._exclude, self._ignore, self._all):
            tools.addWidget(control)
        tools.addStretch(1)
        detail.addLayout(tools)
        listing = QWidget()
        column = QVBoxLayout(listing)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.findings, 1)
        column.addLayout(detail)
        self._views.addWidget(self._empty)
        self._views.addWidget(listing)
        self._body.addLayout(line)
        self._body.addWidget(self._bar)
        self._body.addWidget(self._views, 1)
