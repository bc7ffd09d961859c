"""What follows from the one question of the first page: which model is offered besides."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.library.first_run import BIRDS, FirstRunPage
from ahash_desktop.services.session import LibrarySession

_FOR_ALL_BIRDS = "birds-of-the-world"


class FirstAnswer(QObject):
    """Follows the answers: birds are offered a model that knows more of them, where it is at hand.

    A click shows the models; nothing is fetched and no model is changed unasked.

    Args:
        page: Asks.
        shows_models: Shows the models.
    """

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        page: FirstRunPage,
        shows_models: QAction,
    ) -> None:
        super().__init__(page)
        self._session = session
        self._page = page
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
        more = ""
        if subject == BIRDS and _FOR_ALL_BIRDS in names:
            more = self.tr(
                "Birds from everywhere? The model {name} tells more kinds apart…"
            ).format(name=_FOR_ALL_BIRDS)
        self._page.offer_more(more)
