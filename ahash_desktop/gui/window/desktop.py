"""The window's manners on the desktop: settings, commands by name, the tray, later starts."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.settings import Settings, load_settings
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.wording import photos_text
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.settings.dialog import SettingsDialog
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.palette import CommandPalette
from ahash_desktop.gui.window.tray import Tray
from ahash_desktop.services.session import LibrarySession


class Desktop(QObject):
    """Opens the settings and the palette, and tells the desktop what has ended.

    Args:
        window: The window.
        session: The open library.
        runner: Reads the settings off the window's thread.
        commands: The window's actions.
        catalogue: Keeps settings and adds folders.
    """

    theme_chosen = Signal(str)
    ranking_chosen = Signal(str)
    folders_clicked = Signal()

    def __init__(
        self,
        window: QWidget,
        session: LibrarySession,
        runner: JobRunner,
        commands: WindowActions,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._commands = commands
        self._catalogue = catalogue
        self._reading = LatestJob(runner, Lane.LOOKUP)
        self.tray = Tray(window, commands.pause_updates, commands.quit)
        commands.settings.triggered.connect(self.open_settings)
        commands.palette.triggered.connect(self.open_palette)
        catalogue.indexing_started.connect(self._on_indexing_started)
        catalogue.indexing_ended.connect(self._on_indexing_ended)

    def open_settings(self) -> None:
        """Opens the settings, as they are in the file by then."""
        session = self._session

        def read(_token: CancelToken) -> Settings:
            return load_settings(session.paths.settings)

        job = self._reading.start(read)
        job.succeeded.connect(self._on_settings_read)
        job.failed.connect(self._catalogue.failed)

    def open_palette(self) -> CommandPalette:
        """Opens the command palette."""
        actions = [a for a in self._commands.all() if a is not self._commands.palette]
        dialog = CommandPalette(actions, self._window)
        dialog.open()
        return dialog

    def on_started_again(self, folders: Sequence[Path]) -> None:
        """The program was started once more: comes to the front and takes its folders."""
        self.tray.bring_up()
        if folders:
            self._catalogue.add_folders(folders)

    def _on_settings_read(self, settings: Settings) -> None:
        watched = [root.path for root in self._catalogue.contents.roots]
        dialog = SettingsDialog(settings, self._window, watched=watched)
        dialog.accepted_settings.connect(self._on_settings_accepted)
        dialog.folders_clicked.connect(self.folders_clicked)
        dialog.models_clicked.connect(self._commands.models.trigger)
        dialog.open()

    def _on_settings_accepted(self, changes: dict[str, object]) -> None:
        theme = changes.pop("theme", None)
        if changes:
            self._catalogue.change_settings(**changes)
        for name in ("only_when_idle", "not_on_battery", "encode_newest_first"):
            if name in changes:
                getattr(self._commands, name).setChecked(bool(changes[name]))
        if "rank_by" in changes:
            self.ranking_chosen.emit(changes["rank_by"])
        if theme is not None:
            self.theme_chosen.emit(theme)

    def _on_indexing_started(self, _job: object, quietly: bool) -> None:
        if not quietly:
            self.tray.note_start()

    def _on_indexing_ended(self) -> None:
        n_photos = self._catalogue.contents.counts.total
        self.tray.tell_end(
            self.tr("The library is up to date: {photos}.").format(photos=photos_text(n_photos))
        )
