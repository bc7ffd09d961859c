"""Labelled photos are looked through before anything is trained; nothing on disk changes."""

from collections.abc import Iterator

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.engine.lesson_process import CHECK, LessonProcess
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Worker, base_folder
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.findings import CheckProgress, CheckReport
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

        What was looked at is kept, so that the lesson after it need not look again.

        Raises:
            UserFacingError: If there are no photos, or the model is refused.
            Cancelled: If the token asks for it.
        """
        if not labelled.photos:
            raise UserFacingError("there are no photos to check", remedy="Choose folders first")
        base = base_folder(self._shelf, plan)
        arguments = (labelled, base, self._paths.lessons / "features", plan.views, plan.device)
        yield from self._worker.records(CHECK, arguments, token)
