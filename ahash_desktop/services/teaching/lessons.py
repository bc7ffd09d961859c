"""The lessons of a library: begun, taught, taken up again after anything, judged and adopted."""

import contextlib
import logging
import secrets
import shutil
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import psutil
from filelock import FileLock, Timeout

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.updates import IndexProgress, IndexSummary, ModelChange
from ahash_desktop.engine.lesson_process import TEACH, LessonProcess
from ahash_desktop.engine.spawned import ProcessEndedError
from ahash_desktop.hashing.bundle import MANIFEST
from ahash_desktop.hashing.manifest import is_model_name
from ahash_desktop.services.models import ModelInfo, ModelShelf
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import divided, sample_size, sampled
from ahash_desktop.training.ask.labels import VALIDATION, Notice
from ahash_desktop.training.ask.lesson import (
    Depth,
    Lesson,
    LessonEntry,
    LessonPlan,
    LessonProgress,
    LessonReport,
    LessonState,
    OtherPhoto,
)
from ahash_desktop.training.ask.lesson_files import (
    MODEL,
    Standing,
    find_report,
    load_lesson,
    load_standing,
    save_lesson,
    save_standing,
)

if TYPE_CHECKING:
    from ahash_desktop.services.switching import ModelSwitch

_log = logging.getLogger(__name__)

_FIRST_BATCH = 64
_LEAST_BATCH = 4
_KILLED = -9
_SHORT_BYTES = 1 << 30
_LATELY_S = 10.0
_PHASES = {
    "reading": (0.0, 0.3),
    "preparing": (0.3, 0.1),
    "learning": (0.4, 0.5),
    "judging": (0.9, 0.1),
}
_KEEP_STANDING_S = 5.0


class Worker(Protocol):
    """What runs pieces of work in a process; a fake without one in tests."""

    def records(self, work: str, arguments: tuple[Any, ...], token: CancelToken) -> Iterator[Any]:
        """What a piece of work tells, see `LessonProcess.records`."""
        ...


class Lessons:
    """The lessons of one library, each in a folder of its own; any thread may call it.

    Args:
        paths: The library's files.
        shelf: The models there are.
        worker: Runs the work; a spawned process by default.
    """

    def __init__(
        self, paths: LibraryPaths, shelf: ModelShelf, worker: Worker | None = None
    ) -> None:
        self._folder = paths.lessons
        self._models = paths.models
        self._shelf = shelf
        self._worker = worker or LessonProcess(paths.logs / "lesson.log")

    @property
    def features(self) -> Path:
        """Where what models see in photos is kept for all lessons."""
        return self._folder / "features"

    def check_name(self, name: str) -> str | None:
        """Why a model cannot have a name; None if it can.

        A model of one's own may be replaced by a lesson, one that comes with the program not.
        """
        if not is_model_name(name):
            return 'It needs a short name without / \\ : * ? " < > |, not beginning with a dot'
        for info in self._shelf.all():
            if info.manifest.name.casefold() == name.casefold():
                return f"There is a model called {info.manifest.name!r} already"
        return None

    def begin(
        self, plan: LessonPlan, labelled: LabelledSet, others: Sequence[OtherPhoto] = ()
    ) -> Lesson:
        """Keeps a lesson on the disk, ready to be taught.

        Photos without a side are divided here, once, so that what is shown is what is used. Where
        the plan does not say how many photos of a kind teach, a sample does if they are very many.

        Raises:
            UserFacingError: If the name or the base does not do, or nothing can be written.
        """
        if not is_model_name(plan.name):
            raise UserFacingError(
                "a model cannot have this name",
                path=plan.name,
                remedy='Choose a shorter one without / \\ : * ? " < > |',
            )
        base_folder(self._shelf, plan)
        sided = labelled
        if any(photo.split is None for photo in labelled.photos):
            sided = divided(labelled, plan.validation_share, plan.seed)
        lesson = Lesson(
            lesson_id=secrets.token_hex(8),
            plan=plan,
            labelled=sampled(sided, plan.most_photos or sample_size(sided)),
            others=tuple(others[: plan.most_others]) if plan.keep_knowledge else tuple(others),
            created=datetime.now(UTC).isoformat(timespec="microseconds"),
        )
        folder = self._folder / lesson.lesson_id
        save_lesson(folder, lesson)
        save_standing(folder, Standing())
        return lesson

    def all(self) -> list[LessonEntry]:
        """All lessons, the latest first; those that cannot be read are logged and left out."""
        entries = []
        for folder in self._folder.glob("*/"):
            if folder == self.features:
                continue
            try:
                lesson = load_lesson(folder)
            except UserFacingError as error:
                _log.warning("left out: %s", error)
                continue
            standing = load_standing(folder)
            entries.append(
                LessonEntry(
                    lesson.lesson_id,
                    lesson.plan.name,
                    lesson.plan.depth,
                    standing.state,
                    len(lesson.labelled.photos),
                    len(lesson.labelled.classes),
                    lesson.created,
                    standing.share_done,
                )
            )
        return sorted(entries, key=lambda entry: entry.created, reverse=True)

    def unfinished(self) -> list[LessonEntry]:
        """Lessons that were broken off, by whatever it was: resuming is offered at the start."""
        return [entry for entry in self.all() if entry.state == LessonState.BROKEN_OFF]

    def get(self, lesson_id: str) -> Lesson:
        """What was asked.

        Raises:
            UserFacingError: If there is no such lesson.
        """
        return load_lesson(self._folder_of(lesson_id))

    def report(self, lesson_id: str) -> LessonReport | None:
        """What came of a lesson; None if it is not over."""
        return find_report(self._folder_of(lesson_id))

    def learned_from(self, model_id: str) -> frozenset[Path]:
        """The photos that a model was taught with here, and the models that it started from."""
        taught: dict[str, list[str]] = {}
        for entry in self.all():
            report = self.report(entry.lesson_id)
            if report is not None:
                taught.setdefault(report.model_id, []).append(entry.lesson_id)
        found, waiting, seen = set[Path](), [model_id], {model_id}
        while waiting:  # from a model to those it started from, whatever the clock said of them
            for lesson_id in taught.get(waiting.pop(), ()):
                lesson = self.get(lesson_id)
                found |= {p.path for p in lesson.labelled.photos if p.split != VALIDATION}
                with contextlib.suppress(UserFacingError):
                    base = self._shelf.get(lesson.plan.base).manifest.model_id
                    if base not in seen:
                        seen.add(base)
                        waiting.append(base)
        return frozenset(found)

    def run(self, lesson_id: str, token: CancelToken) -> Iterator[LessonProgress | LessonReport]:
        """Teaches a lesson from where it is; the last record is the report.

        When memory runs out while the network learns, the batch is halved, which is told, and it
        goes on.

        Args:
            lesson_id: Which.
            token: Pauses it, cancels it (what was done is kept), or (a `FinishToken`) ends it with
                the best there is.

        Raises:
            Cancelled: If the token asks for it; `run` again goes on.
            UserFacingError: If it is refused, another process teaches it, or its process dies.
        """
        folder = self._folder_of(lesson_id)
        lesson = load_lesson(folder)
        lock = FileLock(folder / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise UserFacingError(
                "this lesson is being taught already", remedy="Wait for it"
            ) from error
        try:
            yield from self._run(folder, lesson, token)
        finally:
            lock.release()

    def _run(
        self, folder: Path, lesson: Lesson, token: CancelToken
    ) -> Iterator[LessonProgress | LessonReport]:
        base = base_folder(self._shelf, lesson.plan)
        standing = replace(load_standing(folder), state=LessonState.BROKEN_OFF)
        save_standing(folder, standing)
        kept_at = time.monotonic()
        free = _FreeMemory()
        while True:
            latest: LessonProgress | None = None
            try:
                arguments = (folder, base, self.features, standing.batch_size)
                for record in self._worker.records(TEACH, arguments, token):
                    free.look()
                    if isinstance(record, LessonProgress):
                        latest = record
                        standing = replace(standing, share_done=share_done(record))
                        if time.monotonic() - kept_at >= _KEEP_STANDING_S:
                            kept_at = time.monotonic()
                            save_standing(folder, standing)
                    elif isinstance(record, LessonReport):
                        save_standing(folder, Standing(LessonState.JUDGED, 1.0))
                    yield record
                return
            except (MemoryError, ProcessEndedError) as error:
                free.look()
                if isinstance(error, ProcessEndedError) and not (
                    error.exit_code == _KILLED and free.was_short
                ):
                    raise
                size = _smaller(standing, lesson, latest)
                if size < _LEAST_BATCH:
                    raise UserFacingError(
                        "the memory of this machine does not do for this lesson",
                        remedy="Close other programs, or choose fewer photos"
                        if lesson.plan.depth == Depth.QUICK
                        else "Close other programs, choose a quick lesson, or fewer photos",
                    ) from error
                standing = replace(standing, batch_size=size)
                save_standing(folder, standing)
                told = Notice(f"Memory ran out: it goes on with {size} photos at a time")
                yield LessonProgress("reading", 0, 1, notices=(told,))

    def adopt(
        self, lesson_id: str, name: str, switch: "ModelSwitch", token: CancelToken
    ) -> Iterator[IndexProgress | IndexSummary | ModelChange]:
        """Puts a lesson's model on the shelf under a name, and changes the library to it.

        The old codes serve until the last record; `ModelSwitch` goes back at no cost. Called again
        after an interruption it does the rest.

        Raises:
            UserFacingError: If the name is taken, there is no model, or `ModelSwitch.use` refuses.
            Cancelled: If the token asks for it.
        """
        info = self.shelve(lesson_id, name)
        yield from switch.use(info.manifest.name, token, at_once=True)
        folder = self._folder_of(lesson_id)
        save_standing(folder, Standing(LessonState.ADOPTED, 1.0))

    def shelve(self, lesson_id: str, name: str) -> ModelInfo:
        """Puts a lesson's model among the models of the library, without using it yet.

        Raises:
            UserFacingError: If the name is taken by another model, or there is no model.
        """
        folder = self._folder_of(lesson_id)
        report = find_report(folder)
        if report is None or not (folder / MODEL / MANIFEST).is_file():
            raise UserFacingError("this lesson has no model yet", remedy="Let it end first")
        for info in self._shelf.all():
            if info.manifest.model_id == report.model_id:
                return info
        return self._shelf.add_copy(folder / MODEL, name)

    def discard(self, lesson_id: str) -> None:
        """Forgets a lesson and its model, if that is not on the shelf; photos stay untouched.

        Raises:
            UserFacingError: If it is being taught.
        """
        folder = self._folder_of(lesson_id)
        lock = FileLock(folder / "lock")
        try:
            with lock.acquire(timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
        except Timeout as error:
            raise UserFacingError("this lesson is being taught", remedy="Stop it first") from error
        shutil.rmtree(folder, ignore_errors=True)

    def _folder_of(self, lesson_id: str) -> Path:
        if not lesson_id.isalnum():
            raise UserFacingError("there is no such lesson", remedy="Choose one of the list")
        return self._folder / lesson_id


class _FreeMemory:
    """Whether memory was short lately: a process that was killed then was killed for that."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def look(self) -> None:
        """Notes how much is free now."""
        now = time.monotonic()
        self._seen.append((now, psutil.virtual_memory().available))
        while now - self._seen[0][0] > _LATELY_S:
            self._seen.popleft()

    @property
    def was_short(self) -> bool:
        """Whether hardly any was left."""
        return min(free for _, free in self._seen) < _SHORT_BYTES


def _smaller(standing: Standing, lesson: Lesson, latest: LessonProgress | None) -> int:
    """Half of the batch there was; 0 where memory ran out of something else than a batch."""
    if lesson.plan.depth == Depth.QUICK or latest is None:
        return 0
    if latest.phase != "preparing" and not (latest.phase == "learning" and latest.n_epochs):
        return 0  # without epochs only the hash layer is fitted
    return (standing.batch_size or lesson.plan.batch_size or _FIRST_BATCH) // 2


def base_folder(shelf: ModelShelf, plan: LessonPlan) -> Path:
    """Where the model lies that a lesson starts from.

    Raises:
        UserFacingError: If there is none, or it lacks its base weights.
    """
    info = shelf.get(plan.base)
    info.check_usable()
    return info.folder


def share_done(record: LessonProgress) -> float:
    """How much of a lesson is over, 0 … 1."""
    start, length = _PHASES.get(record.phase, (0.0, 0.0))
    part = record.n_done / record.n_to_do if record.n_to_do else 0.0
    if record.n_epochs:
        part = min(1.0, (record.epoch + (part if record.n_to_do else 0)) / record.n_epochs)
    return start + length * part
