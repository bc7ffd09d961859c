"""Writes XMP sidecars for the chosen photos, off the window's thread and after a preview."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane, LatestJob
from ahash_desktop.gui.files.sidecar_dialog import SidecarDialog
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.sidecars import SidecarName, SidecarProgress, SidecarWish

_MOST_SHOWN = 200


class SidecarCommands(QObject):
    """Opens the dialog, and does what it asks for.

    Args:
        action: Opens the dialog.
        choices: Keeps how sidecars are called.
        chosen_ids: Ids of the photos now chosen.
        window: The dialog lies over it.
    """

    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        action: QAction,
        choices: Choices,
        chosen_ids: Callable[[], list[int]],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._runner = runner
        self._choices = choices
        self._chosen_ids = chosen_ids
        self._window = window
        self._previewing = LatestJob(runner, Lane.LOOKUP)
        action.triggered.connect(self.open_dialog)

    def open_dialog(self) -> SidecarDialog | None:
        """Opens the dialog for the chosen photos, if there are any."""
        return self.open_for(self._chosen_ids())

    def open_for(self, photo_ids: list[int], words: Sequence[str] = ()) -> SidecarDialog | None:
        """Opens the dialog for photos, if there are any, with keywords to begin with."""
        if not photo_ids:
            return None
        naming = SidecarName(self._choices.values.sidecar_naming)
        dialog = SidecarDialog(len(photo_ids), naming, self._window, words)
        dialog.wish_changed.connect(lambda wish: self._preview(dialog, photo_ids, wish))
        dialog.write_wanted.connect(lambda wish: self._write(dialog, photo_ids, wish))
        dialog.finished.connect(self._previewing.stop)
        dialog.open()
        self._preview(dialog, photo_ids, dialog.wish())
        return dialog

    def _preview(self, dialog: SidecarDialog, photo_ids: list[int], wish: SidecarWish) -> Job:
        sidecars = self._session.sidecars
        job = self._previewing.start(
            lambda token: list(sidecars.plan(photo_ids[:_MOST_SHOWN], wish, token))
        )
        job.succeeded.connect(dialog.show_plans)
        job.failed.connect(self.failed)
        return job

    def _write(self, dialog: SidecarDialog, photo_ids: list[int], wish: SidecarWish) -> None:
        if wish.naming.value != self._choices.values.sidecar_naming:
            self._choices.change(sidecar_naming=wish.naming.value)
        sidecars = self._session.sidecars
        job = self._runner.start(lambda token: sidecars.write(photo_ids, wish, token), Lane.LOOKUP)
        dialog.destroyed.connect(job.cancel)
        job.progressed.connect(dialog.show_progress)
        job.succeeded.connect(lambda progress: self._on_written(dialog, photo_ids, wish, progress))
        job.failed.connect(self.failed)

    def _on_written(
        self,
        dialog: SidecarDialog,
        photo_ids: list[int],
        wish: SidecarWish,
        progress: SidecarProgress,
    ) -> None:
        if not isValid(dialog):
            return
        preview = self._preview(dialog, photo_ids, wish)
        preview.succeeded.connect(
            lambda _plans: dialog.show_end(progress) if isValid(dialog) else None
        )
