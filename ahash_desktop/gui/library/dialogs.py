"""The dialogs that list folders, problems and missing photos, each opened at most once."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.folders_dialog import FoldersDialog
from ahash_desktop.gui.library.missing_dialog import MissingDialog
from ahash_desktop.gui.library.problems_dialog import ProblemsDialog
from ahash_desktop.gui.pictures.reveal import open_folder, show_in_folder


class LibraryDialogs(QObject):
    """Opens the dialogs over one window and keeps their colours up to date."""

    add_folder_clicked = Signal()
    teach_wanted = Signal(object)

    def __init__(self, window: QWidget, catalogue: Catalogue, theme: ThemeController) -> None:
        super().__init__(window)
        self._window = window
        self._catalogue = catalogue
        self._theme = theme
        self._problems: ProblemsDialog | None = None
        self._missing: MissingDialog | None = None
        self._folders: FoldersDialog | None = None

    def show_problems(self) -> ProblemsDialog:
        """Opens the problems list."""
        if self._problems is None:
            made = ProblemsDialog(self._catalogue, self._theme.colours, self._window)
            made.reveal_wanted.connect(show_in_folder)
            self._theme.colours_changed.connect(made.set_colours)
            self._problems = made
        _bring_up(self._problems)
        return self._problems

    def show_missing(self) -> MissingDialog:
        """Opens the list of missing photos."""
        if self._missing is None:
            made = MissingDialog(self._catalogue, self._theme.colours, self._window)
            self._theme.colours_changed.connect(made.set_colours)
            self._missing = made
        _bring_up(self._missing)
        return self._missing

    def show_folders(self) -> FoldersDialog:
        """Opens the list of folders."""
        if self._folders is None:
            made = FoldersDialog(self._catalogue, self._theme.colours, self._window)
            made.add_clicked.connect(self.add_folder_clicked)
            made.open_wanted.connect(open_folder)
            made.teach_wanted.connect(self.teach_wanted)
            self._theme.colours_changed.connect(made.set_colours)
            self._folders = made
        _bring_up(self._folders)
        return self._folders


def _bring_up(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
