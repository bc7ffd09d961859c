"""The window's manners on the desktop: commands by name, the tray, later starts."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.wording import photos_text
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.search.incoming import Incoming
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.palette import CommandPalette
from ahash_desktop.gui.window.tray import Tray


class Desktop(QObject):
    """Opens the palette, and tells the desktop what has ended.

    Args:
        window: The window.
        commands: The window's actions.
        catalogue: Tells when the library is brought up to date.
        incoming: Takes what a later start was given.
    """

    def __init__(
        self, window: QWidget, commands: WindowActions, catalogue: Catalogue, incoming: Incoming
    ) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._catalogue = catalogue
        self._incoming = incoming
        self.tray = Tray(window, commands.pause_updates, commands.quit)
        commands.palette.triggered.connect(self.open_palette)
        catalogue.indexing_started.connect(self._on_indexing_started)
        catalogue.indexing_ended.connect(self._on_indexing_ended)

    def open_palette(self) -> CommandPalette:
        """Opens the command palette."""
        actions = [a for a in self._commands.all() if a is not self._commands.palette]
        dialog = CommandPalette(actions, self._window)
        dialog.open()
        return dialog

    def on_started_again(self, paths: Sequence[Path]) -> None:
        """The program was started once more: comes to the front and takes what that was given."""
        self.tray.bring_up()
        if paths:
            self._incoming.take_paths(paths)

    def tell(self, text: str) -> None:
        """Tells what has ended, where the window is not being looked at."""
        self.tray.tell(text)

    def _on_indexing_started(self, _job: object, quietly: bool) -> None:
        if not quietly:
            self.tray.note_start()

    def _on_indexing_ended(self) -> None:
        n_photos = self._catalogue.contents.counts.total
        self.tray.tell_end(
            self.tr("The library is up to date: {photos}.").format(photos=photos_text(n_photos))
        )
