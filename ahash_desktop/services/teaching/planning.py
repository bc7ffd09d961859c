"""What a lesson would take, and what its choices mean, before it is begun."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.engine.lesson_process import COMPARE, TRY, LessonProcess
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Lessons, Worker, base_folder
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import sample_size, sampled
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import (
    Comparison,
    LessonCost,
    LessonPlan,
    LessonProgress,
    OtherPhoto,
)


class Planner:
    """Tells what lessons would take; any thread may call it.

    Args:
        paths: The library's files.
        shelf: The models there are.
        worker: Runs the work; a spawned process by default.
    """

    def __init__(
        self, paths: LibraryPaths, shelf: ModelShelf, worker: Worker | None = None
    ) -> None:
        self._paths = paths
        self._shelf = shelf
        self._worker = worker or LessonProcess(paths.logs / "lesson.log")

    def estimate(
        self,
        plan: LessonPlan,
        labelled: LabelledSet,
        others: Sequence[OtherPhoto],
        n_library: int,
        token: CancelToken,
    ) -> Iterator[LessonProgress | LessonCost]:
        """Tries it for ten seconds; the last record is what it would take.

        Args:
            plan: What would be asked.
            labelled: Its photos.
            others: Photos of the library that it does not teach.
            n_library: How many photos the library has.
            token: Cancels it.

        Raises:
            UserFacingError: If the base is refused.
            Cancelled: If the token asks for it.
        """
        n_each = plan.most_photos or sample_size(labelled)
        photos = sampled(labelled, n_each).photos
        paths = [photo.path for photo in photos]
        paths += [other.path for other in others[: plan.most_others]]
        arguments = (
            plan,
            paths,
            len(labelled.classes),
            n_library,
            base_folder(self._shelf, plan),
            self._paths.lessons / "features",
        )
        for record in self._worker.records(TRY, arguments, token):
            if isinstance(record, LessonCost) and n_each != plan.most_photos:
                told = Notice(f"There are {len(labelled.photos)} photos; {n_each} of a kind teach")
                sample, notices = record.sample or n_each, (*record.notices, told)
                yield replace(record, sample=sample, notices=notices)
            else:
                yield record

    def compare(
        self, first: str, second: str, labelled: LabelledSet, device: str, token: CancelToken
    ) -> Iterator[LessonProgress | Comparison]:
        """Two models on the same labelled photos; the last record is the comparison.

        Photos that either of them was taught with here do not ask. Of very many photos those are
        compared on that would teach (`sample_size`).

        Raises:
            UserFacingError: If a model is refused or no photo can be read.
            Cancelled: If the token asks for it.
        """
        infos = [self._shelf.get(name) for name in (first, second)]
        for info in infos:
            info.check_usable()
        lessons = Lessons(self._paths, self._shelf, self._worker)
        learned = frozenset[Path]().union(
            *(lessons.learned_from(info.manifest.model_id) for info in infos)
        )
        n_each = sample_size(labelled)
        arguments = (
            sampled(labelled, n_each),
            *(info.folder for info in infos),
            self._paths.lessons / "features",
            device,
            learned,
        )
        for record in self._worker.records(COMPARE, arguments, token):
            if isinstance(record, Comparison) and n_each:
                told = Notice(
                    f"There are {len(labelled.photos)} photos: {n_each} of each kind are compared "
                    "on"
                )
                yield replace(record, notices=(*record.notices, told))
            else:
                yield record
