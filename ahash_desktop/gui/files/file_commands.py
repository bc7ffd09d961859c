"""What can be done with the files of the chosen photos: open, copy, drag out, move to the trash."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QFile, QMimeData, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QDrag, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane
from ahash_desktop.gui.base.wording import photos_text
from ahash_desktop.services.session import LibrarySession

_log = logging.getLogger(__name__)

_MOST_OPENED = 10


@dataclass(frozen=True, slots=True)
class Trashed:
    """A file in the trash: where it lay, and where the system keeps it now."""

    path: Path
    kept_at: Path


@dataclass(frozen=True)
class FileActions:
    """What can be done with files, as the window offers it."""

    open_file: QAction
    copy_files: QAction
    trash: QAction
    undo_trash: QAction


class FileCommands(QObject):
    """Carries out the file actions on what `chosen_ids` gives.

    Args:
        actions: Trigger what is done.
        chosen_ids: Ids of the photos now chosen.
        window: Asks before files are moved.
    """

    failed = Signal(object)
    files_moved = Signal()

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        actions: FileActions,
        chosen_ids: Callable[[], list[int]],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._actions = actions
        self._chosen_ids = chosen_ids
        self._window = window
        self._trashed: list[Trashed] = []
        actions.open_file.triggered.connect(lambda: self._with_paths(_open))
        actions.copy_files.triggered.connect(lambda: self._with_paths(_copy))
        actions.trash.triggered.connect(lambda: self._with_paths(self._ask_to_trash))
        actions.undo_trash.triggered.connect(self._put_back)
        actions.undo_trash.setEnabled(False)

    def drag_out(self, source: QWidget) -> None:
        """Starts a drag of the chosen files; others get copies, never the files themselves."""
        photos = self._session.browser.photos(self._chosen_ids())
        if photos:
            drag = QDrag(source)
            drag.setMimeData(files_as_data([photo.path for photo in photos]))
            drag.exec(Qt.DropAction.CopyAction)

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

    def _ask_to_trash(self, paths: list[Path]) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Move to the trash"),
            self.tr("Move {photos} to the trash?").format(photos=photos_text(len(paths))),
            QMessageBox.StandardButton.Cancel,
            self._window,
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setInformativeText("\n".join(str(path) for path in paths[:8]))
        move = box.addButton(self.tr("Move to the trash"), QMessageBox.ButtonRole.AcceptRole)
        move.clicked.connect(lambda: self._trash(paths))
        box.open()

    def _trash(self, paths: list[Path]) -> None:
        job = self._runner.start(lambda token: move_to_trash(paths, token), Lane.LOOKUP)
        job.succeeded.connect(self._on_trashed)
        job.failed.connect(self.failed)

    def _on_trashed(self, outcome: tuple[list[Trashed], list[Path]]) -> None:
        moved, left = outcome
        self._trashed = [each for each in moved if each.kept_at.name]
        self._actions.undo_trash.setEnabled(bool(self._trashed))
        if moved:
            self.files_moved.emit()
        if left:
            self.failed.emit(
                UserFacingError(
                    self.tr("This file could not be moved to the trash"),
                    path=left[0],
                    remedy=self.tr("Check whether its folder may be written to"),
                )
            )

    def _put_back(self) -> None:
        trashed, self._trashed = self._trashed, []
        self._actions.undo_trash.setEnabled(False)
        job = self._runner.start(lambda _token: put_back(trashed), Lane.LOOKUP)
        job.succeeded.connect(self.files_moved)
        job.failed.connect(self.failed)


def files_as_data(paths: Sequence[Path]) -> QMimeData:
    """Files as other programs take them from the clipboard or a drag."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def move_to_trash(paths: Sequence[Path], token: CancelToken) -> tuple[list[Trashed], list[Path]]:
    """Moves files to the system's trash; those that were moved, and those that were not."""
    moved, left = [], []
    for path in paths:
        token.raise_if_cancelled()
        file = QFile(str(path))
        if file.moveToTrash():
            moved.append(Trashed(path, Path(file.fileName())))
        else:
            _log.warning("not moved to the trash: %s: %s", path, file.errorString())
            left.append(path)
    return moved, left


def put_back(trashed: Sequence[Trashed]) -> None:
    """Moves files from the trash to where they lay.

    Raises:
        UserFacingError: If one cannot be moved, or another file has taken its place.
    """
    for each in trashed:
        if not QFile.rename(str(each.kept_at), str(each.path)):
            raise UserFacingError(
                "a file could not be put back from the trash",
                path=each.path,
                remedy="Restore it from the system's trash",
            )
        info = each.kept_at.parent.parent / "info" / f"{each.kept_at.name}.trashinfo"
        if each.kept_at.parent.name == "files":
            info.unlink(missing_ok=True)


def _open(paths: list[Path]) -> None:
    for path in paths[:_MOST_OPENED]:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _copy(paths: list[Path]) -> None:
    QGuiApplication.clipboard().setMimeData(files_as_data(paths))
