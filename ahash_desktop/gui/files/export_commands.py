"""Copies the chosen photos into a folder: asks where, shows how far it is, and can be stopped."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QWidget

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import folder_to_begin_at
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane
from ahash_desktop.gui.base.notice import NoticeBar
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.wording import number_text, photos_text
from ahash_desktop.services.copying import CopyProgress, copy_photos
from ahash_desktop.services.session import LibrarySession

_DELAY_MS = 400


class ExportCommands(QObject):
    """Carries the copying out; one at a time.

    Args:
        action: Begins it.
        chosen_ids: Ids of the photos now chosen.
        notice: Tells what was copied, with a button that opens the folder.
        window: Dialogs lie over it.
    """

    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        action: QAction,
        chosen_ids: Callable[[], list[int]],
        notice: NoticeBar,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._chosen_ids = chosen_ids
        self._notice = notice
        self._window = window
        self._last_folder = ""
        self._job: Job | None = None
        action.triggered.connect(self.ask)

    def ask(self) -> None:
        """Asks for the folder; nothing is done while the last copies are still made."""
        photo_ids = self._chosen_ids()
        if not photo_ids or self._job is not None:
            return
        title = self.tr("Copy {photos} to a folder").format(photos=photos_text(len(photo_ids)))
        begin = self._last_folder or str(folder_to_begin_at())
        dialog = QFileDialog(self._window, title, begin)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda folder: self.copy_to(Path(folder), photo_ids))
        dialog.open()

    def copy_to(self, folder: Path, photo_ids: list[int]) -> None:
        """Copies photos into a folder."""
        self._last_folder = str(folder)
        browser = self._session.browser

        def work(token: CancelToken):  # type: ignore[no-untyped-def]
            paths = [photo.path for photo in browser.photos(photo_ids)]
            return copy_photos(paths, folder, token)

        shown = QProgressDialog(self._window)
        shown.setWindowTitle(self.tr("Copying photos"))
        shown.setLabelText(self.tr("Copying photos to {folder}").format(folder=folder))
        shown.setCancelButtonText(self.tr("Stop"))
        shown.setRange(0, len(photo_ids))
        shown.setMinimumDuration(_DELAY_MS)
        shown.setAutoClose(False)
        shown.setAutoReset(False)
        job = self._job = self._runner.start(work, Lane.COPY)
        shown.canceled.connect(job.cancel)
        job.progressed.connect(lambda told: shown.setValue(told.n_done))
        job.succeeded.connect(lambda told: self._on_copied(told, folder))
        job.cancelled.connect(lambda: self._notice.tell(self.tr("Copying was stopped")))
        job.failed.connect(self.failed)
        job.finished.connect(shown.deleteLater)
        job.finished.connect(self._on_finished)

    def _on_copied(self, told: CopyProgress, folder: Path) -> None:
        text = self.tr("{photos} copied to {folder}").format(
            photos=photos_text(told.n_copied), folder=folder
        )
        url = QUrl.fromLocalFile(str(folder))
        self._notice.tell(text, self.tr("Open"), lambda: QDesktopServices.openUrl(url))
        if told.failed:
            path, why = told.failed[0]
            what = self.tr("{count} could not be copied; the first ({why})").format(
                count=number_text(len(told.failed)), why=sentence_text(why)
            )
            remedy = self.tr("Check whether its drive is connected")
            self.failed.emit(UserFacingError(what, path=path, remedy=remedy))

    def _on_finished(self) -> None:
        self._job = None
