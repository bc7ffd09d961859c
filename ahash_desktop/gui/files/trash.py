"""Moving the chosen photos to the system's trash, and putting them back."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QFile, QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane
from ahash_desktop.gui.base.notice import NoticeBar
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.base.wording import photos_text
from ahash_desktop.gui.files.trash_dialog import MOST_PICTURES, Doomed, TrashDialog
from ahash_desktop.gui.pictures.sources import photo_picture
from ahash_desktop.services.session import LibrarySession

_log = logging.getLogger(__name__)

_PICTURE_PX = 296


@dataclass(frozen=True, slots=True)
class Trashed:
    """A file in the trash: where it lay, and where the system keeps it now."""

    path: Path
    kept_at: Path
    photo_id: int = 0


@dataclass(frozen=True)
class TrashActions:
    """What the window offers of the trash."""

    trash: QAction
    undo: QAction


class TrashCommands(QObject):
    """Asks, moves, tells, and puts back.

    Args:
        actions: Trigger what is done.
        chosen_ids: Ids of the photos now chosen.
        notice: Tells what was done, with a button that takes it back.
        theme: Colours of the question.
        window: The question lies over it.
    """

    failed = Signal(object)
    files_moved = Signal()

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        actions: TrashActions,
        chosen_ids: Callable[[], list[int]],
        notice: NoticeBar,
        theme: ThemeController,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._actions = actions
        self._chosen_ids = chosen_ids
        self._notice = notice
        self._theme = theme
        self._window = window
        self._trashed: list[Trashed] = []
        actions.trash.triggered.connect(self.ask)
        actions.undo.triggered.connect(self.undo)
        actions.undo.setEnabled(False)

    def ask(self) -> None:
        """Asks whether the chosen photos are to go."""
        photo_ids = self._chosen_ids()
        if not photo_ids:
            return
        session = self._session
        job = self._runner.start(lambda _token: _look_at(session, photo_ids), Lane.LOOKUP)
        job.succeeded.connect(self._open_dialog)
        job.failed.connect(self.failed)

    def undo(self) -> None:
        """Puts back what was moved last."""
        trashed, self._trashed = self._trashed, []
        self._actions.undo.setEnabled(False)
        if not trashed:
            return
        browser = self._session.browser

        def work(_token: CancelToken) -> tuple[list[Trashed], list[Trashed]]:
            back, stuck = put_back(trashed)
            try:
                browser.note_put_back([each.photo_id for each in back])
            except UserFacingError as error:
                _log.warning("the next update will find them: %s", error)
            return back, stuck

        job = self._runner.start(work, Lane.LOOKUP)
        job.succeeded.connect(self._on_put_back)
        job.failed.connect(self.failed)

    def _open_dialog(self, photos: list[Doomed]) -> None:
        if photos:
            dialog = TrashDialog(photos, self._theme.colours, self._window)
            dialog.move_clicked.connect(lambda: self._move(photos))
            dialog.open()

    def _move(self, photos: list[Doomed]) -> None:
        browser = self._session.browser

        def work(token: CancelToken) -> tuple[list[Trashed], list[Path]]:
            moved, left = move_to_trash(photos, token)
            try:
                browser.note_trashed([each.photo_id for each in moved])
            except UserFacingError as error:  # they are moved all the same, and can be put back
                _log.warning("the next update will call them missing: %s", error)
            return moved, left

        job = self._runner.start(work, Lane.LOOKUP)
        job.succeeded.connect(self._on_moved)
        job.failed.connect(self.failed)

    def _on_moved(self, outcome: tuple[list[Trashed], list[Path]]) -> None:
        moved, left = outcome
        self._trashed = [each for each in moved if each.kept_at.name]
        self._actions.undo.setEnabled(bool(self._trashed))
        if moved:
            text = self.tr("{photos} moved to the trash").format(photos=photos_text(len(moved)))
            undo = self.tr("Undo") if self._trashed else ""
            self._notice.tell(text, undo, self.undo)
            self.files_moved.emit()
        if left:
            self.failed.emit(
                UserFacingError(
                    self.tr("This file could not be moved to the trash"),
                    path=left[0],
                    remedy=self.tr("Check whether its folder may be written to"),
                )
            )

    def _on_put_back(self, outcome: tuple[list[Trashed], list[Trashed]]) -> None:
        """What could not be put back can be tried again."""
        back, stuck = outcome
        self._trashed = [*stuck, *self._trashed]
        self._actions.undo.setEnabled(bool(self._trashed))
        if back:
            text = self.tr("{photos} put back").format(photos=photos_text(len(back)))
            self._notice.tell(text)
            self.files_moved.emit()
        if stuck:
            self.failed.emit(
                UserFacingError(
                    self.tr("A file could not be put back from the trash"),
                    path=stuck[0].path,
                    remedy=self.tr("Make way for it and undo once more, or use the system's trash"),
                )
            )


def move_to_trash(photos: Sequence[Doomed], token: CancelToken) -> tuple[list[Trashed], list[Path]]:
    """Moves files to the system's trash; those that were moved, and those that were not.

    When it is cancelled it ends with what was moved so far, for that has to be known.
    """
    moved, left = [], []
    for photo in photos:
        if token.is_cancelled:
            break
        file = QFile(str(photo.path))
        if file.moveToTrash():
            moved.append(Trashed(photo.path, Path(file.fileName()), photo.photo_id))
        else:
            _log.warning("not moved to the trash: %s: %s", photo.path, file.errorString())
            left.append(photo.path)
    return moved, left


def put_back(trashed: Sequence[Trashed]) -> tuple[list[Trashed], list[Trashed]]:
    """Moves files from the trash to where they lay; those that are back, and those that are not."""
    back, stuck = [], []
    for each in trashed:
        if not QFile.rename(str(each.kept_at), str(each.path)):
            _log.warning("not put back from the trash: %s", each.path)
            stuck.append(each)
            continue
        back.append(each)
        info = each.kept_at.parent.parent / "info" / f"{each.kept_at.name}.trashinfo"
        if each.kept_at.parent.name == "files":
            info.unlink(missing_ok=True)
    return back, stuck


def _look_at(session: LibrarySession, photo_ids: Sequence[int]) -> list[Doomed]:
    photos = session.browser.photos(photo_ids)
    return [
        Doomed(
            photo.photo_id,
            photo.path,
            photo_picture(session, photo.photo_id, _PICTURE_PX) if place < MOST_PICTURES else None,
        )
        for place, photo in enumerate(photos)
    ]
