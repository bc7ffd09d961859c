"""The windows beside the window, each opened at most once."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ahash_desktop.core.errors import LibraryLostError, UserFacingError
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.library.catalogue import Catalogue
from ahash_desktop.gui.library.folders_dialog import FoldersDialog
from ahash_desktop.gui.library.lost_dialog import LibraryLostDialog
from ahash_desktop.gui.library.missing_dialog import MissingDialog
from ahash_desktop.gui.library.problems_dialog import ProblemsDialog
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.help import AboutDialog, ShortcutsDialog


class Dialogs(QObject):
    """Opens dialogs over one window and keeps their colours up to date."""

    reveal_wanted = Signal(object)
    open_wanted = Signal(object)
    add_folder_clicked = Signal()

    def __init__(
        self, window: QWidget, catalogue: Catalogue, colours: Colours, log_folder: Path
    ) -> None:
        super().__init__(window)
        self._window = window
        self._catalogue = catalogue
        self._colours = colours
        self._log_folder = log_folder
        self._problems: ProblemsDialog | None = None
        self._missing: MissingDialog | None = None
        self._folders: FoldersDialog | None = None
        self._failure: QDialog | None = None
        self._bug_shown = False

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours
        for dialog in (self._problems, self._missing, self._folders):
            if dialog is not None:
                dialog.set_colours(colours)

    def show_problems(self) -> ProblemsDialog:
        """Opens the problems list."""
        if self._problems is None:
            self._problems = ProblemsDialog(self._catalogue, self._colours, self._window)
            self._problems.reveal_wanted.connect(self.reveal_wanted)
        _bring_up(self._problems)
        return self._problems

    def show_missing(self) -> MissingDialog:
        """Opens the list of missing photos."""
        if self._missing is None:
            self._missing = MissingDialog(self._catalogue, self._colours, self._window)
        _bring_up(self._missing)
        return self._missing

    def show_folders(self) -> FoldersDialog:
        """Opens the list of folders."""
        if self._folders is None:
            self._folders = FoldersDialog(self._catalogue, self._colours, self._window)
            self._folders.add_clicked.connect(self.add_folder_clicked)
            self._folders.open_wanted.connect(self.open_wanted)
        _bring_up(self._folders)
        return self._folders

    def show_shortcuts(self, actions: WindowActions) -> ShortcutsDialog:
        """Opens the list of shortcuts."""
        dialog = ShortcutsDialog(actions.all(), self._window)
        dialog.open()
        return dialog

    def show_about(self, model_text: str, library_text: str) -> AboutDialog:
        """Opens what this program is."""
        dialog = AboutDialog(model_text, library_text, self._window)
        dialog.open()
        return dialog

    def show_failure(self, error: BaseException) -> None:
        """Says what went wrong, one thing at a time; of bugs, only the first."""
        if self._failure is not None and self._failure.isVisible():
            return
        if isinstance(error, LibraryLostError):
            self._show_lost(error)
            return
        if not isinstance(error, UserFacingError):
            if self._bug_shown:
                return
            self._bug_shown = True
        self._failure = FailureDialog(error, str(self._log_folder), self._window)
        self._failure.destroyed.connect(self._on_failure_gone)
        self._failure.open()

    def _show_lost(self, error: LibraryLostError) -> None:
        dialog = LibraryLostDialog(error, self._window)
        dialog.put_back_clicked.connect(self._catalogue.put_library_back)
        dialog.quit_clicked.connect(self._window.close)
        self._failure = dialog
        self._failure.destroyed.connect(self._on_failure_gone)
        self._failure.open()

    def _on_failure_gone(self) -> None:
        self._failure = None


def _bring_up(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
