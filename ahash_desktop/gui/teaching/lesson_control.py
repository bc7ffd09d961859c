"""The lesson under way: begun, paused, ended, resumed, judged, and put among the models."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane
from ahash_desktop.services.switching import ModelSwitch
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.lesson import (
    Lesson,
    LessonEntry,
    LessonPlan,
    LessonProgress,
    LessonReport,
    OtherPhoto,
)

FindOthers = Callable[[LabelledSet, int, int], Sequence[OtherPhoto]]


class LessonControl(QObject):
    """Runs one lesson at a time in its own lane; its state is on disk, whatever happens here.

    `progressed` carries a `LessonProgress` with the latest curve and queries, `judged` a
    `LessonReport`, `unfinished_found` the lessons that can be taken up again.
    """

    started = Signal(object)
    progressed = Signal(object)
    judged = Signal(object)
    cancelled = Signal()
    failed = Signal(object)
    ended = Signal()
    pause_changed = Signal(bool)
    unfinished_found = Signal(object)

    def __init__(self, lessons: Lessons, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lessons = lessons
        self._runner = runner
        self._job: Job | None = None
        self._lesson_id = ""
        self._is_ending = False
        self.latest: LessonProgress | None = None
        self.report: LessonReport | None = None
        self.name = ""

    @property
    def is_running(self) -> bool:
        """Whether a lesson is being taught."""
        return self._job is not None

    @property
    def is_paused(self) -> bool:
        """Whether it holds."""
        return self._job is not None and self._job.is_paused

    @property
    def is_ending(self) -> bool:
        """Whether it was asked to end with the best there is."""
        return self._is_ending

    @property
    def lesson_id(self) -> str:
        """The lesson that is taught, or was last."""
        return self._lesson_id

    def look_for_unfinished(self) -> None:
        """Finds lessons that were broken off."""
        job = self._runner.start(lambda _token: self._lessons.unfinished(), Lane.LOOKUP)
        job.succeeded.connect(self._on_unfinished)
        job.failed.connect(self.failed)

    def start(self, plan: LessonPlan, labelled: LabelledSet, find_others: FindOthers) -> None:
        """Keeps a new lesson on the disk and teaches it.

        Args:
            plan: How.
            labelled: On which photos.
            find_others: In a worker: photos of the library that it does not teach.
        """
        if self._job is not None:
            return
        lessons = self._lessons

        def make() -> Lesson:
            others = find_others(labelled, plan.most_others, plan.seed)
            return lessons.begin(plan, labelled, others)

        self._run(plan.name, make)

    def resume_lesson(self, entry: LessonEntry) -> None:
        """Goes on with a lesson that was broken off."""
        if self._job is None:
            lessons = self._lessons
            self._run(entry.name, lambda: lessons.get(entry.lesson_id))

    def discard(self, lesson_id: str) -> None:
        """Forgets a lesson."""
        job = self._runner.start(lambda _token: self._lessons.discard(lesson_id), Lane.LOOKUP)
        job.failed.connect(self.failed)

    def pause_or_go_on(self) -> None:
        """Holds the lesson, or lets it go on."""
        if self._job is None:
            return
        if self._job.is_paused:
            self._job.resume()
        else:
            self._job.pause()

    def end_early(self) -> None:
        """Ends it with the best there is; it is judged."""
        if self._job is not None:
            self._is_ending = True
            self._job.end_early()

    def cancel(self) -> None:
        """Breaks it off; what was done is kept, and it can be taken up again."""
        if self._job is not None:
            self._job.cancel()

    def forget(self) -> None:
        """Lets go of a lesson that is over."""
        if self._job is None:
            self._lesson_id, self.name, self.latest, self.report = "", "", None, None

    def adoption(self, name: str) -> "Adoption":
        """What puts the judged lesson's model into use under a name."""
        return Adoption(self._lessons, self._lesson_id, name)

    def _run(self, name: str, make: Callable[[], Lesson]) -> None:
        lessons = self._lessons
        self.name, self.latest, self.report, self._is_ending = name, None, None, False

        def work(token: CancelToken) -> Iterator[object]:
            lesson = make()
            yield lesson
            yield from lessons.run(lesson.lesson_id, token)

        self._job = self._runner.start(work, Lane.LESSON)
        self._job.progressed.connect(self._on_progressed)
        self._job.failed.connect(self.failed)
        self._job.cancelled.connect(self.cancelled)
        self._job.pause_changed.connect(self.pause_changed)
        self._job.finished.connect(self._on_finished)
        self.started.emit(self._job)

    def _on_progressed(self, record: object) -> None:
        if isinstance(record, Lesson):
            self._lesson_id = record.lesson_id
        elif isinstance(record, LessonReport):
            self.report = record
        elif isinstance(record, LessonProgress):
            before = self.latest
            if before is not None:
                record = replace(
                    record,
                    curve=record.curve or before.curve,
                    queries=record.queries or before.queries,
                    before_map=before.before_map
                    if record.before_map is None
                    else record.before_map,
                    best_map=before.best_map if record.best_map is None else record.best_map,
                )
            self.latest = record
            self.progressed.emit(record)

    def _on_finished(self) -> None:
        self._job = None
        if self.report is not None:
            self.judged.emit(self.report)
        self.ended.emit()

    def _on_unfinished(self, entries: list[LessonEntry]) -> None:
        if entries and self._job is None:
            self.unfinished_found.emit(entries)


class Adoption:
    """Puts a lesson's model among those of the library and changes to it.

    Args:
        lessons: The lessons of the library.
        lesson_id: Which.
        name: What the model is to be called.
    """

    def __init__(self, lessons: Lessons, lesson_id: str, name: str) -> None:
        self._lessons = lessons
        self._lesson_id = lesson_id
        self.name = name

    def records(self, switch: ModelSwitch, token: CancelToken) -> Iterator[object]:
        """In a worker: what `Lessons.adopt` yields."""
        return self._lessons.adopt(self._lesson_id, self.name, switch, token)

    def keep_only(self) -> object:
        """In a worker: puts the model on the shelf without using it."""
        return self._lessons.shelve(self._lesson_id, self.name)
