"""Says what went wrong, one thing at a time."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ahash_desktop.core.errors import LibraryLostError, UserFacingError
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.library.lost_dialog import LibraryLostDialog


class Failures(QObject):
    """Opens one dialog at a time over a window; of bugs, only the first is told."""

    put_back_clicked = Signal()

    def __init__(self, window: QWidget, log_folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self._log_folder = log_folder
        self._dialog: QDialog | None = None
        self._bug_shown = False

    def show(self, error: BaseException) -> None:
        """Says what went wrong, unless something is being said."""
        if self._dialog is not None and self._dialog.isVisible():
            return
        if isinstance(error, LibraryLostError):
            self._open(self._lost_dialog(error))
            return
        if not isinstance(error, UserFacingError):
            if self._bug_shown:
                return
            self._bug_shown = True
        self._open(FailureDialog(error, str(self._log_folder), self._window))

    def _open(self, dialog: QDialog) -> None:
        self._dialog = dialog
        dialog.destroyed.connect(self._on_gone)
        dialog.open()

    def _lost_dialog(self, error: LibraryLostError) -> LibraryLostDialog:
        dialog = LibraryLostDialog(error, self._window)
        dialog.put_back_clicked.connect(self.put_back_clicked)
        dialog.quit_clicked.connect(self._window.close)
        return dialog

    def _on_gone(self) -> None:
        self._dialog = None
