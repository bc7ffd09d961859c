"""The room of files: what is done with those of the chosen photos, and what lies beside them."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.notice import NoticeBar
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.files.export_commands import ExportCommands
from ahash_desktop.gui.files.favourites import FavouriteCommands
from ahash_desktop.gui.files.file_commands import FileActions, FileCommands
from ahash_desktop.gui.files.sidecar_commands import SidecarCommands
from ahash_desktop.gui.files.trash import TrashActions, TrashCommands
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.services.session import LibrarySession


class FilesRoom(QObject):
    """Keeps what is done with files and with sidecars together.

    Args:
        window: Dialogs lie over it.
        actions: Trigger what is done with files.
        trash_actions: Move files to the trash, and take that back.
        writes_sidecars: Opens the dialog of sidecars.
        chosen_ids: Ids of the photos now chosen.
    """

    files_moved = Signal()
    failed = Signal(object)

    def __init__(
        self,
        window: QWidget,
        session: LibrarySession,
        runner: JobRunner,
        choices: Choices,
        theme: ThemeController,
        actions: FileActions,
        trash_actions: TrashActions,
        writes_sidecars: QAction,
        chosen_ids: Callable[[], list[int]],
    ) -> None:
        super().__init__(window)
        self.notice = NoticeBar(theme.colours)
        theme.colours_changed.connect(self.notice.set_colours)
        self.commands = FileCommands(session, runner, actions, chosen_ids, self)
        self.trash = TrashCommands(
            session, runner, trash_actions, chosen_ids, self.notice, theme, window
        )
        self.export = ExportCommands(
            session, runner, actions.export, chosen_ids, self.notice, window
        )
        self.favourites = FavouriteCommands(session, runner, actions.favourite, chosen_ids, self)
        self.sidecars = SidecarCommands(
            session, runner, writes_sidecars, choices, chosen_ids, window
        )
        self.trash.files_moved.connect(self.files_moved)
        for part in (self.commands, self.trash, self.sidecars, self.export, self.favourites):
            part.failed.connect(self.failed)
