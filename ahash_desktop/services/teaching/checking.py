"""Labelled photos are looked through before anything is trained; nothing on disk changes."""

from collections.abc import Iterator
from dataclasses import replace

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.engine.lesson_process import CHECK, LessonProcess
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Worker, base_folder
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.findings import CheckProgress, CheckReport
from ahash_desktop.training.ask.kinds import sample_size, sampled
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import LessonPlan


class Checker:
    """Checks photos through the model that a lesson will start from; any thread may call it.

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

    def check(
        self, labelled: LabelledSet, plan: LessonPlan, token: CancelToken
    ) -> Iterator[CheckProgress | CheckReport]:
        """What is the matter with photos; the last record is the report.

        What was looked at is kept, so that the lesson after it need not look again. Of very many
        photos those are looked at that teach where nobody asks for more (`sample_size`).

        Raises:
            UserFacingError: If there are no photos, or the model is refused.
            Cancelled: If the token asks for it.
        """
        if not labelled.photos:
            raise UserFacingError("there are no photos to check", remedy="Choose folders first")
        base = base_folder(self._shelf, plan)
        arguments = (
            _bearable(labelled),
            base,
            self._paths.lessons / "features",
            plan.views,
            plan.device,
        )
        yield from self._worker.records(CHECK, arguments, token)


def _bearable(labelled: LabelledSet) -> LabelledSet:
    """All photos, or a sample of very many, which says so."""
    n_each = sample_size(labelled)
    if not n_each:
        return labelled
    told = Notice(
        f"There are {len(labelled.photos)} photos: {n_each} of each kind are looked at, and teach"
    )
    return replace(sampled(labelled, n_each), notices=(*labelled.notices, told))
