"""How pictures and folders come in: dropped anywhere on the window, pasted, or opened."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from ahash_desktop.core.paths import folder_to_begin_at
from ahash_desktop.gui.base.jobs import JobRunner, Lane
from ahash_desktop.gui.pictures.examples import (
    Brought,
    Offered,
    QueryExample,
    may_hold_pictures,
    offered_in,
    take_in,
)
from ahash_desktop.gui.search.drop_overlay import DropOverlay


class Incoming(QObject):
    """Watches a window for drops; reads the clipboard and asks for files when told to.

    Args:
        window: Accepts drops on all of it.
        adds_at: Whether a drop at a place of the window adds to the search instead of starting
            a new one.
        runner: Looks at what was brought, which may lie on a slow drive.
    """

    examples_brought = Signal(object, bool)
    folders_brought = Signal(object)
    drag_changed = Signal(bool)
    failed = Signal(object)

    def __init__(
        self, window: QWidget, adds_at: Callable[[QPoint], bool], runner: JobRunner
    ) -> None:
        super().__init__(window)
        self._window = window
        self._adds_at = adds_at
        self._runner = runner
        self._n_taken = 0
        self._overlay = DropOverlay(window)
        self._last_folder = ""
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def paste(self) -> None:
        """Searches by what is in the clipboard."""
        self.take(QGuiApplication.clipboard().mimeData() or QMimeData(), adds=False)

    def take(self, data: QMimeData, *, adds: bool) -> None:
        """Takes in dropped or pasted data."""
        self._take(offered_in(data), adds=adds)  # the data is gone when this returns

    def take_paths(self, paths: Sequence[Path]) -> None:
        """Takes in what the program was started with: folders, and pictures to search by."""
        self._take(Offered(tuple(paths)), adds=False)

    def _take(self, offered: Offered, *, adds: bool) -> None:
        self._n_taken += 1
        number = self._n_taken
        job = self._runner.start(lambda _token: take_in(offered), Lane.LOOKUP)
        job.succeeded.connect(lambda brought: self._on_taken(brought, number, adds=adds))
        job.failed.connect(self.failed)

    def _on_taken(self, brought: Brought, number: int, *, adds: bool) -> None:
        """A search by what was brought later is not replaced."""
        if brought.folders:
            self.folders_brought.emit(list(brought.folders))
        if brought.examples and (adds or number == self._n_taken):
            self.examples_brought.emit(list(brought.examples), adds)

    def ask_for_pictures(self) -> None:
        """Lets the user choose picture files."""
        dialog = self._file_dialog(self.tr("Open a picture to search with"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters(
            [
                self.tr("Pictures ({patterns})").format(patterns=_PATTERNS),
                self.tr("All files (*)"),
            ]
        )
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def ask_for_folder(self) -> None:
        """Lets the user choose a folder of photos."""
        dialog = self._file_dialog(self.tr("Add a folder of photos"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(
            lambda folders: self.folders_brought.emit([Path(folder) for folder in folders])
        )
        dialog.open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QDragMoveEvent):
            return self._on_drag(event)
        if kind == QEvent.Type.DragLeave:
            self._end_drag()
        elif isinstance(event, QDropEvent):
            self._end_drag()
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.take(event.mimeData(), adds=self._adds_at(event.position().toPoint()))
            return True
        return False

    def _on_drag(self, event: QDragMoveEvent) -> bool:
        if event.source() is not None or not may_hold_pictures(event.mimeData()):
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        adds = self._adds_at(event.position().toPoint())
        self._overlay.show_text(
            self.tr("Drop to add to the search")
            if adds
            else self.tr("Drop a picture to find its like, or a folder to add it")
        )
        self.drag_changed.emit(True)
        return True

    def _end_drag(self) -> None:
        self._overlay.hide()
        self.drag_changed.emit(False)

    def _file_dialog(self, title: str) -> QFileDialog:
        begin = self._last_folder or str(folder_to_begin_at())
        dialog = QFileDialog(self._window, title, begin)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.directoryEntered.connect(self._on_directory_entered)
        return dialog

    def _on_directory_entered(self, folder: str) -> None:
        self._last_folder = folder

    def _on_files_selected(self, files: list[str]) -> None:
        if files:
            self._last_folder = str(Path(files[0]).parent)
            self.examples_brought.emit([QueryExample(path=Path(file)) for file in files], False)


_PATTERNS = (
    "*.jpg *.jpeg *.png *.webp *.heic *.heif *.avif *.tif *.tiff *.gif *.bmp *.mpo "
    "*.dng *.cr2 *.cr3 *.nef *.arw *.raf *.orf *.rw2 *.pef"
)
