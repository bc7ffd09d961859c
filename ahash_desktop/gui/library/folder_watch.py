"""Keeps the library up to date while the window is open, and says how the folders are followed."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from ahash_desktop.gui.base.changes import Changes
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane
from ahash_desktop.gui.base.wording import error_text, number_text
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.watching.news import (
    SETTLE_S,
    UpdateWanted,
    WatchMode,
    WatchReport,
    WatchState,
)
from ahash_desktop.services.watching.watcher import Watcher


class FolderWatch(QObject):
    """Runs a watcher as long as the user wants one.

    Args:
        session: The open library.
        runner: Runs the watcher.
        catalogue: Brings the library up to date.
        choices: Keeps whether to watch.
        action: Switches watching on and off.
    """

    note_changed = Signal(str, str)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        catalogue: Catalogue,
        choices: Choices,
        action: QAction,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._catalogue = catalogue
        self._watcher: Watcher | None = None
        self._job: Job | None = None
        self._wanted: frozenset[int] | None = None
        self._folders: tuple[Path, ...] = ()
        self._action = action
        self._choices = choices
        action.setChecked(choices.values.watch)
        action.triggered.connect(lambda watch: choices.change(watch=watch))
        choices.changed.connect(self._on_choices_changed)
        catalogue.indexing_ended.connect(self._update_if_wanted)
        catalogue.put_back.connect(self._on_put_back)
        catalogue.changed.connect(self._on_changed)

    def start(self) -> None:
        """Begins to watch, which first brings the library up to date."""
        if self._job is not None:
            return
        self._watcher = self._session.watcher()
        self._job = self._runner.start(self._watcher.run, Lane.WATCH)
        self._job.progressed.connect(self._on_news)
        self._job.failed.connect(self._on_failed)

    def stop(self) -> None:
        """Ends watching; an update under way goes on."""
        if self._job is not None:
            self._job.supersede()
        self._job = self._watcher = self._wanted = None

    def _on_choices_changed(self, names: frozenset[str]) -> None:
        if "watch" in names:
            self._follow_choice(self._choices.values.watch)
        if names & {"exclude", "rescan_minutes"} and self._watcher is not None:
            self._watcher.note_other_folders()

    def _follow_choice(self, watch: bool) -> None:
        self._action.setChecked(watch)
        if watch:
            self.start()
        else:
            self.stop()
            self.note_changed.emit(self.tr("Changes are not followed"), "")

    def _on_put_back(self) -> None:
        if self._action.isChecked():
            self.stop()
            self.start()

    def _on_changed(self, changes: Changes) -> None:
        if not changes.roots:
            return
        folders = tuple(root.path for root in self._catalogue.contents.roots)
        if folders != self._folders and self._watcher is not None:
            self._watcher.note_other_folders()
        self._folders = folders

    def _on_news(self, news: object) -> None:
        if isinstance(news, WatchReport):
            tool_tip = "\n".join(f"{state.path}: {self._how(state)}" for state in news.states)
            self.note_changed.emit(self._in_short(news), tool_tip)
        elif isinstance(news, UpdateWanted):
            self._wanted = news.root_ids
            self._update_if_wanted()

    def _on_failed(self, error: Exception) -> None:
        self.stop()
        self._catalogue.update(quietly=True)
        self.note_changed.emit(self.tr("Changes are not followed"), error_text(error))

    def _update_if_wanted(self) -> None:
        if self._wanted is None or self._watcher is None or self._catalogue.is_indexing:
            return
        wanted, self._wanted = self._wanted, None
        job = self._catalogue.update(quietly=True, root_ids=wanted, settle_s=SETTLE_S)
        if job is not None:
            job.succeeded.connect(self._watcher.note_done)
            job.failed.connect(lambda _error, watcher=self._watcher: watcher.note_failed())
            job.cancelled.connect(self._watcher.note_cancelled)

    def _in_short(self, report: WatchReport) -> str:
        """How the folders are followed, for the status line."""
        states, minutes = report.states, number_text(report.rescan_minutes)
        n_timed = sum(state.mode.is_timed for state in states)
        if n_timed == 1:
            return self.tr("1 folder looked through every {minutes} min").format(minutes=minutes)
        if n_timed:
            return self.tr("{n} folders looked through every {minutes} min").format(
                n=number_text(n_timed), minutes=minutes
            )
        if any(state.mode is WatchMode.AWAY for state in states):
            return self.tr("A folder cannot be reached")
        return self.tr("Following changes") if states else ""

    def _how(self, state: WatchState) -> str:
        return {
            WatchMode.EVENTS: self.tr("changes are followed"),
            WatchMode.SILENT: self.tr("a network or cloud drive, looked through now and then"),
            WatchMode.LIMIT: self.tr(
                "more folders than this system lets a user watch, looked through now and then"
            ),
            WatchMode.REFUSED: self.tr(
                "the system does not tell of changes, looked through now and then"
            ),
            WatchMode.AWAY: self.tr("cannot be reached; it is followed when it is back"),
        }[state.mode]
