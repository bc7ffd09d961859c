"""The window's manners on the desktop: settings, commands by name, the tray, later starts."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.wording import photos_text
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.gui.settings.dialog import SettingsDialog
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.palette import CommandPalette
from ahash_desktop.gui.window.tray import Tray


class Desktop(QObject):
    """Opens the settings and the palette, and tells the desktop what has ended.

    Args:
        window: The window.
        commands: The window's actions.
        catalogue: Adds folders.
        choices: Keeps the settings.
    """

    folders_clicked = Signal()

    def __init__(
        self,
        window: QWidget,
        commands: WindowActions,
        catalogue: Catalogue,
        choices: Choices,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._catalogue = catalogue
        self._choices = choices
        self._opens_settings = False
        self.tray = Tray(window, commands.pause_updates, commands.quit)
        commands.settings.triggered.connect(self.open_settings)
        commands.palette.triggered.connect(self.open_palette)
        catalogue.indexing_started.connect(self._on_indexing_started)
        catalogue.indexing_ended.connect(self._on_indexing_ended)
        choices.refreshed.connect(self._on_refreshed)

    def open_settings(self) -> None:
        """Opens the settings, as they are in the file by then."""
        self._opens_settings = True
        self._choices.refresh()

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

    def _on_refreshed(self) -> None:
        if not self._opens_settings:
            return
        self._opens_settings = False
        watched = [root.path for root in self._catalogue.contents.roots]
        dialog = SettingsDialog(self._choices.values, self._window, watched=watched)
        dialog.accepted_settings.connect(lambda changes: self._choices.change(**changes))
        dialog.folders_clicked.connect(self.folders_clicked)
        dialog.models_clicked.connect(self._commands.models.trigger)
        dialog.open()

    def _on_indexing_started(self, _job: object, quietly: bool) -> None:
        if not quietly:
            self.tray.note_start()

    def _on_indexing_ended(self) -> None:
        n_photos = self._catalogue.contents.counts.total
        self.tray.tell_end(
            self.tr("The library is up to date: {photos}.").format(photos=photos_text(n_photos))
        )
