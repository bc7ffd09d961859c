"""The room of the library: its contents and jobs, and the views that tell of them."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ahash_desktop.core.paths import pictures_folder
from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.dialogs import LibraryDialogs
from ahash_desktop.gui.library.first_run import FirstRunPage
from ahash_desktop.gui.library.job_bar import JobBar
from ahash_desktop.gui.library.status_line import StatusLine
from ahash_desktop.gui.library.update_controls import UpdateControls, UpdateToggles
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.services.session import LibrarySession


@dataclass(frozen=True)
class LibraryActions:
    """What can be asked of the library, as the window offers it."""

    update_now: QAction
    newest_first: QAction
    folders: QAction
    problems: QAction
    missing: QAction
    toggles: UpdateToggles


class LibraryRoom(QObject):
    """Keeps the catalogue, the job bar, the status line, the first page and the lists together."""

    add_folder_wanted = Signal()
    failed = Signal(object)

    def __init__(
        self,
        window: QWidget,
        session: LibrarySession,
        runner: JobRunner,
        choices: Choices,
        theme: ThemeController,
        actions: LibraryActions,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._actions = actions
        self.catalogue = Catalogue(session, runner, choices, self)
        self.job_bar = JobBar(theme.colours)
        self.status = StatusLine()
        pictures = pictures_folder()  # perhaps on a server that does not answer now
        self.first_run = FirstRunPage(pictures, theme.colours)
        looking = runner.start(lambda _token: pictures.is_dir(), Lane.LOOKUP)
        looking.succeeded.connect(self.first_run.offer_pictures)
        self.dialogs = LibraryDialogs(window, self.catalogue, theme)
        self._update_controls = UpdateControls(actions.toggles, choices, self.job_bar, self)
        for part in (self.job_bar, self.first_run):
            theme.colours_changed.connect(part.set_colours)
        self._connect_catalogue()
        self._connect_links()
        self._show_model()

    def _connect_catalogue(self) -> None:
        catalogue = self.catalogue
        catalogue.noted.connect(self._on_noted)
        catalogue.changed.connect(self._on_changed)
        catalogue.indexing_started.connect(self._on_indexing_started)
        catalogue.indexing_ended.connect(lambda: self._actions.update_now.setEnabled(True))
        catalogue.failed.connect(self.failed)
        self._actions.update_now.triggered.connect(catalogue.update)
        self._actions.newest_first.toggled.connect(catalogue.set_newest_first)

    def _connect_links(self) -> None:
        dialogs, actions = self.dialogs, self._actions
        actions.folders.triggered.connect(dialogs.show_folders)
        actions.problems.triggered.connect(dialogs.show_problems)
        actions.missing.triggered.connect(dialogs.show_missing)
        for link in (self.job_bar.problems_clicked, self.status.problems_clicked):
            link.connect(dialogs.show_problems)
        self.status.missing_clicked.connect(dialogs.show_missing)
        self.first_run.add_folder_clicked.connect(self.add_folder_wanted)
        self.first_run.pictures_clicked.connect(lambda at: self.catalogue.add_folders([at]))
        dialogs.add_folder_clicked.connect(self.add_folder_wanted)

    def _on_noted(self, changes: Changes) -> None:
        if changes.model:
            self._show_model()

    def _on_changed(self, changes: Changes) -> None:
        contents = self.catalogue.contents
        if changes.counts:
            self.status.show_counts(contents.counts)
            self.job_bar.show_n_problems(contents.counts.problem)
        if changes.missing:
            self.status.show_missing(len(contents.missing), contents.n_overdue)

    def _on_indexing_started(self, job: Job, quietly: bool) -> None:
        self.job_bar.follow(job, quietly=quietly)
        self._actions.update_now.setEnabled(False)

    def _show_model(self) -> None:
        model = self._session.model
        self.status.show_model(model.name, model.n_bits)
