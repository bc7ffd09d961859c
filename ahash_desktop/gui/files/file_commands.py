"""What can be done with the files of the chosen photos: open them, copy them, drag them out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QDrag, QGuiApplication
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from ahash_desktop.gui.base.jobs import JobRunner, Lane
from ahash_desktop.gui.pictures.reveal import show_in_folder
from ahash_desktop.services.session import LibrarySession

_MOST_OPENED = 10


@dataclass(frozen=True)
class FileActions:
    """What can be done with files, as the window offers it."""

    open_file: QAction
    show_in_folder: QAction
    copy_path: QAction
    copy_files: QAction
    export: QAction
    favourite: QAction


class FileCommands(QObject):
    """Carries out the file actions on what `chosen_ids` gives.

    Args:
        actions: Trigger what is done.
        chosen_ids: Ids of the photos now chosen.
        parent: Owns it.
    """

    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        actions: FileActions,
        chosen_ids: Callable[[], list[int]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._chosen_ids = chosen_ids
        actions.open_file.triggered.connect(lambda: self._with_paths(_open))
        actions.show_in_folder.triggered.connect(
            lambda: self._with_paths(lambda paths: show_in_folder(paths[0]))
        )
        actions.copy_path.triggered.connect(lambda: self._with_paths(_copy_text))
        actions.copy_files.triggered.connect(lambda: self._with_paths(_copy))

    def drag_out(self, source: QWidget) -> None:
        """Starts a drag of the chosen files; others get copies, never the files themselves.

        Where they lie is looked up off the window's thread, so it begins a moment later, and not at
        all if the button has been released by then.
        """
        self._with_paths(lambda paths: _drag(source, paths))

    def _with_paths(self, use: Callable[[list[Path]], object]) -> None:
        photo_ids = self._chosen_ids()
        if not photo_ids:
            return
        browser = self._session.browser
        job = self._runner.start(
            lambda _token: [photo.path for photo in browser.photos(photo_ids)], Lane.LOOKUP
        )
        job.succeeded.connect(lambda paths: use(paths) if paths else None)
        job.failed.connect(self.failed)


def _drag(source: QWidget, paths: list[Path]) -> None:
    if isValid(source) and QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
        drag = QDrag(source)
        drag.setMimeData(files_as_data(paths))
        drag.exec(Qt.DropAction.CopyAction)


def files_as_data(paths: Sequence[Path]) -> QMimeData:
    """Files as other programs take them from the clipboard or a drag."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def _open(paths: list[Path]) -> None:
    for path in paths[:_MOST_OPENED]:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _copy_text(paths: Sequence[Path]) -> None:
    QGuiApplication.clipboard().setText("\n".join(map(str, paths)))


def _copy(paths: list[Path]) -> None:
    QGuiApplication.clipboard().setMimeData(files_as_data(paths))
