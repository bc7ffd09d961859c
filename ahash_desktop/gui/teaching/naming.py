"""Names for photos that have none: suggested, accepted, refused, renamed, taken back."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.labels import LabelStep
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane, LatestJob
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.teaching.rest import suggest_rest
from ahash_desktop.services.teaching.suggesting import Suggestions, SuggestProgress
from ahash_desktop.training.ask.dataset import LabelledSet

_AT_ONCE = 500


class Naming(QObject):
    """Asks for suggestions and keeps what is decided; labels are written one step at a time.

    `suggested` carries `Suggestions`, `species_read` the kinds there are, `step_done` a `LabelStep`
    and whether it was taken back, `photos_found` ids and the name that they have, `labelled`
    follows every change of a label.
    """

    progressed = Signal(object)
    suggested = Signal(object)
    species_read = Signal(object)
    step_done = Signal(object, bool)
    photos_found = Signal(object, str)
    labelled = Signal()
    failed = Signal(object)

    def __init__(
        self, session: LibrarySession, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._suggesting = LatestJob(runner, Lane.SEARCH)
        self._listing = LatestJob(runner, Lane.LOOKUP)

    def suggest(self) -> None:
        """Suggests names for all photos without a label."""
        session = self._session

        def work(token: CancelToken) -> Iterator[SuggestProgress | Suggestions]:
            return suggest_rest(session, token)

        job = self._suggesting.start(work)
        job.progressed.connect(self.progressed)
        job.succeeded.connect(self.suggested)
        job.failed.connect(self.failed)

    def stop(self) -> None:
        """Ends the search for suggestions."""
        self._suggesting.stop()

    def give(self, photo_ids: Sequence[int], name: str) -> None:
        """Labels photos."""
        self._do(lambda: self._session.labels.give(photo_ids, name))

    def refuse(self, photo_ids: Sequence[int], name: str) -> None:
        """Notes that photos are not of a kind."""
        self._do(lambda: self._session.labels.refuse(photo_ids, name))

    def rename(self, old: str, new: str) -> None:
        """Gives another name to all photos of a kind."""
        self._do(lambda: self._session.labels.rename(old, new))

    def undo(self) -> None:
        """Takes back what was done last, now or before the last start."""
        self._do(self._session.labels.undo, is_back=True)

    def redo(self) -> None:
        """Does again what was taken back."""
        self._do(self._session.labels.redo)

    def give_taught(self, labelled: LabelledSet) -> Job:
        """Labels the photos of the library that a lesson was taught with, as it was."""
        session = self._session

        def work() -> LabelStep | None:
            browser, labels = session.browser, session.labels
            by_kind: dict[str, list[int]] = {}
            for each in labelled.photos:
                photo = browser.find_photo(each.path)
                if photo is not None:
                    by_kind.setdefault(each.class_name, []).append(photo.photo_id)
            known = labels.all()
            step = None
            for name, ids in sorted(by_kind.items()):
                new = [photo_id for photo_id in ids if photo_id not in known]
                if new:
                    step = labels.give(new, name) or step
            return step

        return self._do(work)

    def list_species(self) -> None:
        """Reads the kinds that photos are labelled with."""
        job = self._listing.start(lambda _token: self._session.labels.species())
        job.succeeded.connect(self.species_read)
        job.failed.connect(self.failed)

    def find_photos(self, name: str) -> None:
        """Finds the photos that have a name, and tells of them by `photos_found`."""
        labels = self._session.labels

        def work(_token: CancelToken) -> list[int]:
            return sorted(photo_id for photo_id, said in labels.all().items() if said == name)

        job = self._runner.start(work, Lane.LOOKUP)
        job.succeeded.connect(lambda photo_ids: self.photos_found.emit(photo_ids, name))
        job.failed.connect(self.failed)

    def write_csv(self, path: Path) -> None:
        """Writes the list of kinds for spreadsheets."""
        job = self._runner.start(lambda _token: self._session.labels.write_csv(path), Lane.LOOKUP)
        job.failed.connect(self.failed)

    def _do(self, work: Callable[[], LabelStep | None], *, is_back: bool = False) -> Job:
        job = self._runner.start(lambda _token: work(), Lane.LOOKUP)
        job.succeeded.connect(lambda step: self._on_done(step, is_back=is_back))
        job.failed.connect(self.failed)
        return job

    def _on_done(self, step: LabelStep | None, *, is_back: bool) -> None:
        self.step_done.emit(step, is_back)
        if step is not None:
            self.labelled.emit()
