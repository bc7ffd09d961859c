"""The room of lessons: what is chosen, the lesson under way, and the pages that show both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.theme import Colours, ThemeController
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.models.change import ModelChanges
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.draft import Draft
from ahash_desktop.gui.teaching.lesson_bar import LessonBar
from ahash_desktop.gui.teaching.lesson_control import LessonControl
from ahash_desktop.gui.teaching.models_room import ModelsView
from ahash_desktop.gui.teaching.review_room import ReviewRoom
from ahash_desktop.gui.teaching.step_rail import Step
from ahash_desktop.gui.teaching.tools import TeachingTools
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import KindSummary
from ahash_desktop.training.ask.lesson import (
    LessonCost,
    LessonEntry,
    LessonPlan,
    LessonReport,
    OtherPhoto,
)

if TYPE_CHECKING:  # the window starts without the pages
    from ahash_desktop.gui.teaching.wizard import Wizard

_TRY_MS = 600


class TeachingRoom(QObject):
    """Makes the wizard when it is first wanted; the lesson goes on whatever is in view.

    `page_wanted` carries the page to turn to, `closed` asks for the library.

    Args:
        changes: Puts a lesson's model into use.
        tools: What collects, checks, plans and teaches.
    """

    page_wanted = Signal(QWidget)
    closed = Signal()
    tray_wanted = Signal()
    told = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        catalogue: Catalogue,
        changes: ModelChanges,
        thumbnails: ThumbnailLoader,
        theme: ThemeController,
        tools: TeachingTools,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._catalogue = catalogue
        self._changes = changes
        self._theme = theme
        self._tools = tools
        self.pictures = FilePictures(session, runner, self)
        self.draft = Draft(runner, self)
        self.control = LessonControl(tools.lessons, runner, self)
        self.bar = LessonBar(self.control, theme.colours)
        self.review = ReviewRoom(window, session, runner, thumbnails, theme)
        self.models = ModelsView(
            window,
            session,
            runner,
            changes,
            tools,
            self.control,
            self.draft,
            lambda: [root.path for root in catalogue.contents.roots],
            self.pictures,
            theme,
        )
        self._wizard: Wizard | None = None
        self._reading_models = LatestJob(runner, Lane.LOOKUP)
        self._naming = LatestJob(runner, Lane.LOOKUP)
        self._trying = LatestJob(runner, Lane.LESSON)
        self._sides: dict[Path, str] = {}
        self._try_soon = QTimer(self, singleShot=True, interval=_TRY_MS)
        self._try_soon.timeout.connect(self._try_plan)
        self._connect()

    @property
    def wizard(self) -> Wizard:
        """The pages of a lesson."""
        if self._wizard is None:
            self._wizard = self._make_wizard()
        return self._wizard

    def start(self) -> None:
        """Offers to go on with what was broken off."""
        self.control.look_for_unfinished()

    def open(self, folders: Sequence[Path] = ()) -> None:
        """Turns to the wizard, with folders taken in."""
        wizard = self.wizard
        wizard.choose.show_roots(self._catalogue.contents.roots)
        self.page_wanted.emit(wizard)
        wizard.begin_with(folders)
        wizard.pages[wizard.step].enter()

    def _teach_labels(self) -> None:
        """A lesson of the kinds that photos are labelled with."""
        self.open()
        if not self.control.is_running:
            self.wizard.choose.add_labels()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self.bar.set_colours(colours)
        if self._wizard is not None:
            self._wizard.set_colours(colours)

    def _connect(self) -> None:
        control, bar = self.control, self.bar
        for part in (self.review, self.models):
            part.page_wanted.connect(self.page_wanted)
            part.closed.connect(self.closed)
            part.failed.connect(self.failed)
        self.review.teach_wanted.connect(self._teach_labels)
        self.models.teach_wanted.connect(self._teach_more)
        self._theme.colours_changed.connect(self.set_colours)
        self.draft.failed.connect(self.failed)
        control.judged.connect(self._on_judged)
        control.unfinished_found.connect(bar.offer)
        bar.show_wanted.connect(self._show_lesson)
        bar.resume_wanted.connect(self._resume)
        bar.discard_wanted.connect(lambda entry: control.discard(entry.lesson_id))
        self._changes.changed.connect(self._on_model_changed)
        self._changes.failed.connect(lambda _error: self._on_not_adopted())
        self._changes.cancelled.connect(self._on_not_adopted)

    def _make_wizard(self) -> Wizard:
        from ahash_desktop.gui.teaching.wizard import Wizard

        made = Wizard(
            self._tools,
            self.draft,
            self.control,
            self._runner,
            self.pictures,
            self._theme.colours,
        )
        made.closed.connect(self.closed)
        made.teach_wanted.connect(self._teach)
        made.turned.connect(self._on_turned)
        made.check.set_base(self._session.model.name)
        made.train.tray_wanted.connect(self.tray_wanted)
        made.train.resume_wanted.connect(self._go_on)
        set_up, adopt = made.set_up, made.adopt
        set_up.divide_wanted.connect(self._divide)
        set_up.side_wanted.connect(self._change_side)
        set_up.name_changed.connect(lambda name: self._check_name(name, set_up.show_name_fault))
        set_up.plan_changed.connect(self._try_soon.start)
        adopt.name_changed.connect(lambda name: self._check_name(name, adopt.show_name_fault))
        adopt.adopt_wanted.connect(self._adopt)
        adopt.keep_wanted.connect(self._keep)
        adopt.discard_wanted.connect(self._discard)
        adopt.back_wanted.connect(self._changes.go_back)
        adopt.rest_wanted.connect(self._name_the_rest)
        self.draft.divided.connect(lambda made_of: self._on_divided(*made_of))
        return made

    def _on_turned(self, step: int) -> None:
        from ahash_desktop.gui.teaching.setup_page import name_for

        wizard = self.wizard
        if step == Step.SET_UP:
            self._read_models()
            if not wizard.set_up.name.text():
                name = name_for(self.draft.kinds, self.draft.sources)
                wizard.set_up.name.setText(name)
                self._check_name(name, wizard.set_up.show_name_fault)
        if step == Step.CHOOSE:
            wizard.check.stop()

    def _read_models(self) -> None:
        session, set_up = self._session, self.wizard.set_up
        used = session.model.model_id
        job = self._reading_models.start(lambda _token: session.shelf.all())
        job.succeeded.connect(lambda infos: set_up.show_models(infos, used))
        job.failed.connect(self.failed)

    def _check_name(self, name: str, show: Callable[[str | None], None]) -> None:
        lessons = self._tools.lessons
        job = self._naming.start(lambda _token: lessons.check_name(name.strip()))
        job.succeeded.connect(show)
        job.failed.connect(self.failed)

    def _divide(self, share: float, seed: int, anew: bool) -> None:
        if anew:
            self._sides.clear()
        together = self.wizard.check.together
        self.draft.divide(share, seed, together, dict(self._sides), anew=anew)

    def _on_divided(self, labelled: LabelledSet, kinds: Sequence[KindSummary]) -> None:
        set_up = self.wizard.set_up
        is_first = set_up.labelled is None or len(set_up.labelled.photos) != len(labelled.photos)
        set_up.show_sides(labelled, kinds)
        if is_first:
            set_up.forget_costs()
            self._try_soon.start()

    def _change_side(self, path: Path, side: str) -> None:
        self._sides[path] = side
        set_up = self.wizard.set_up
        self._divide(set_up.plan.validation_share, set_up.plan.seed, False)

    def _try_plan(self) -> None:
        """Says what the lesson would take, where that can be tried."""
        tools, set_up = self._tools, self.wizard.set_up
        labelled = set_up.labelled
        if labelled is None or self.control.is_running:
            return
        plan, n_library = set_up.plan, self._catalogue.contents.counts.total

        def work(token: CancelToken) -> Iterator[object]:
            others = self._find_others(labelled, plan.most_others, plan.seed)
            return tools.planning.estimate(plan, labelled, others, n_library, token)

        job = self._trying.start(work)
        job.succeeded.connect(
            lambda cost: self._on_cost(plan, cost) if isinstance(cost, LessonCost) else None
        )
        job.failed.connect(self.failed)

    def _on_cost(self, plan: LessonPlan, cost: LessonCost) -> None:
        wizard = self.wizard
        wizard.set_up.show_cost(plan.depth, cost)
        n_photos = self._catalogue.contents.counts.total
        if n_photos:
            wizard.adopt.show_cost(n_photos, cost.reencode_seconds)

    def _teach(self) -> None:
        set_up = self.wizard.set_up
        if set_up.labelled is None:
            return
        self._try_soon.stop()
        self._trying.stop()
        self.control.start(set_up.taught_plan, set_up.labelled, self._find_others)
        self.wizard.turn_to(Step.TRAIN)

    def _find_others(self, labelled: LabelledSet, most: int, seed: int) -> tuple[OtherPhoto, ...]:
        """Photos that a lesson does not teach, with what labels or folders say of them."""
        tools = self._tools
        return tools.collecting.others(labelled, most, seed, tools.labels.all())

    def _resume(self, entry: LessonEntry) -> None:
        self.open()
        self.control.resume_lesson(entry)
        self.wizard.turn_to(Step.TRAIN)

    def _go_on(self) -> None:
        """Takes up the lesson that was just broken off."""
        lessons, lesson_id = self._tools.lessons, self.control.lesson_id

        def find(_token: CancelToken) -> LessonEntry | None:
            return next((e for e in lessons.all() if e.lesson_id == lesson_id), None)

        job = self._runner.start(find, Lane.LOOKUP)
        job.succeeded.connect(
            lambda entry: self.control.resume_lesson(entry) if entry is not None else None
        )
        job.failed.connect(self.failed)

    def _name_the_rest(self) -> None:
        labelled = self.wizard.set_up.labelled
        if labelled is None:
            self.review.open()
        else:
            self.review.name_taught(labelled)

    def _teach_more(self, base: str) -> None:
        """A lesson that starts from a model of one's choice."""
        self.open()
        self.wizard.set_up.prefer_base(base)

    def _show_lesson(self) -> None:
        self.open()
        if self.control.report is not None:
            self.wizard.turn_to(Step.JUDGE)
        elif self.control.lesson_id or self.control.is_running:
            self.wizard.turn_to(Step.TRAIN)

    def _on_judged(self, report: LessonReport) -> None:
        self.wizard.show_report(report)
        if self.wizard.isVisible():
            self.bar.hide()
        self._check_name(report.name, self.wizard.adopt.show_name_fault)
        self.told.emit(self.tr("The lesson “{name}” is over.").format(name=report.name))

    def _adopt(self, name: str) -> None:
        self.wizard.adopt.show_changing()
        if not self._changes.adopt(name, self.control.adoption(name).records):
            self.wizard.adopt.show_refused()

    def _keep(self, name: str) -> None:
        adoption = self.control.adoption(name)
        job = self._runner.start(lambda _token: adoption.keep_only(), Lane.LOOKUP)
        job.succeeded.connect(lambda _info: self.wizard.adopt.show_kept(name))
        job.failed.connect(self.failed)

    def _discard(self) -> None:
        self.control.discard(self.control.lesson_id)
        self.control.forget()
        self.wizard.turn_to(Step.SET_UP if self.draft.kinds else Step.CHOOSE)
        self.bar.hide()

    def _on_model_changed(self, change: object) -> None:
        if self._wizard is None:
            return
        name = getattr(change, "name", "")
        self._wizard.check.set_base(name)
        if self.control.report is not None:
            self._wizard.adopt.show_used(name)

    def _on_not_adopted(self) -> None:
        if self._wizard is not None and self.control.report is not None:
            self._wizard.adopt.show_refused()
