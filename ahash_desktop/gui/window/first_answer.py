"""What follows from the one question of the first page: which model the photos are read with."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.library.first_run import BIRDS, CARS, FirstRunPage
from ahash_desktop.gui.models.change import ModelChanges
from ahash_desktop.services.session import LibrarySession

_FOR_CARS = "birds-and-cars-64"
_FOR_ALL_BIRDS = "birds-of-the-world"


class FirstAnswer(QObject):
    """Follows the answers, as long as nothing has been read that another model would have to.

    Nothing is fetched unasked: a model that knows more birds is offered where it is at hand, and a
    click shows the models.

    Args:
        page: Asks.
        changes: Puts another model into use.
        shows_models: Shows the models.
    """

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        page: FirstRunPage,
        changes: ModelChanges,
        shows_models: QAction,
    ) -> None:
        super().__init__(page)
        self._session = session
        self._page = page
        self._changes = changes
        self._looking = LatestJob(runner, Lane.LOOKUP)
        page.subject_chosen.connect(self._on_chosen)
        page.more_clicked.connect(shows_models.trigger)

    def _on_chosen(self, subject: str) -> None:
        shelf = self._session.shelf
        job = self._looking.start(
            lambda _token: frozenset(info.manifest.name for info in shelf.all())
        )
        job.succeeded.connect(lambda names: self._follow(subject, names))

    def _follow(self, subject: str, names: frozenset[str]) -> None:
        wanted = _FOR_CARS if subject == CARS else Settings().model
        if wanted in names and wanted != self._session.model.name:
            self._changes.use(wanted)
        more = ""
        if subject == BIRDS and _FOR_ALL_BIRDS in names:
            more = self.tr(
                "Birds from everywhere? The model {name} tells more kinds apart…"
            ).format(name=_FOR_ALL_BIRDS)
        self._page.offer_more(more)
