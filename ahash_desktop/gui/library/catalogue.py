"""The library as the window sees it: what is in it, and the jobs that change it."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from ahash_desktop.core.errors import LibraryLostError, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.updates import IndexProgress
from ahash_desktop.gui.base.changes import LIBRARY, Changes
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane, LatestJob
from ahash_desktop.gui.library.contents import Contents, read_contents
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.services.session import LibrarySession

_log = logging.getLogger(__name__)

_REFRESH_MS = 1000
_READING_SHARE = 20


class Catalogue(QObject):
    """Reads the library in workers and runs the jobs that change it, one at a time.

    `noted` tells the kinds of what has changed at once, `changed` tells them when the contents are
    read again.
    """

    noted = Signal(object)
    changed = Signal(object)
    indexing_started = Signal(object, bool)
    indexing_ended = Signal()
    failed = Signal(object)
    put_back = Signal()

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        choices: Choices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._choices = choices
        choices.changed.connect(self._on_choices_changed)
        self._reading = LatestJob(runner, Lane.LOOKUP)
        self._contents = Contents()
        self._unread = Changes()
        self._indexing: Job | None = None
        self._again = False
        self._newest_first = False
        self._refresh_timer = QTimer(self, interval=_REFRESH_MS)
        self._refresh_timer.timeout.connect(lambda: self._read(Changes()))

    @property
    def contents(self) -> Contents:
        """What was last read; empty before that."""
        return self._contents

    @property
    def is_indexing(self) -> bool:
        """Whether an update is under way."""
        return self._indexing is not None

    @property
    def exclude(self) -> str:
        """What the user leaves out of the folders, as in the settings."""
        return self._choices.values.exclude

    def set_newest_first(self, newest_first: bool) -> None:
        """Chooses the order of the photos: by folder and name, or newest first."""
        if newest_first != self._newest_first:
            self._newest_first = newest_first
            self.note(Changes(photos=True))

    def refresh(self) -> None:
        """Reads the library anew."""
        self.note(LIBRARY)

    def note(self, changes: Changes) -> None:
        """Takes note that something has changed: tells of it, and reads anew what it is about."""
        self.noted.emit(changes)
        self._read(changes)

    def _read(self, changes: Changes) -> None:
        """Reads what has changed, with all that an earlier reading did not come to."""
        self._unread |= changes
        read = partial(
            read_contents,
            self._session.browser,
            self.contents,
            self._unread,
            newest_first=self._newest_first,
            keep_days=self._choices.values.keep_missing_days,
        )
        job = self._reading.start(lambda _token: read())
        job.succeeded.connect(lambda outcome: self._on_read(*outcome))
        job.failed.connect(self.failed)

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Adds folders and brings the library up to date with them."""
        browser = self._session.browser

        def add(_token: CancelToken) -> None:
            for folder in folders:
                browser.add_root(folder)

        self._change(add, Changes(roots=True), then_update=True)

    def remove_folder(self, root_id: int) -> None:
        """Forgets a folder; its files stay where they are."""
        self._change(lambda _token: self._session.browser.remove_root(root_id), LIBRARY)

    def undo_move(self, root_id: int) -> None:
        """Has a folder that was found elsewhere be where it was."""
        self._change(
            lambda _token: self._session.browser.undo_move(root_id), LIBRARY, then_update=True
        )

    def retry(self, photo_ids: Sequence[int]) -> None:
        """Reads problem files again."""
        self._change(
            lambda _token: self._session.browser.retry(photo_ids),
            Changes(problems=True),
            then_update=True,
        )

    def ignore(self, photo_ids: Sequence[int]) -> None:
        """Leaves problem files alone from now on."""
        self._change(lambda _token: self._session.browser.ignore(photo_ids), Changes(problems=True))

    def keep_missing(self, photo_ids: Sequence[int]) -> None:
        """Keeps missing photos for another while."""
        self._change(
            lambda _token: self._session.browser.keep_missing(photo_ids), Changes(missing=True)
        )

    def forget_missing(self, photo_ids: Sequence[int]) -> None:
        """Takes missing photos out of the library."""
        self._change(
            lambda _token: self._session.browser.forget_missing(photo_ids),
            Changes(photos=True, codes=True, missing=True),
        )

    def update(
        self,
        *,
        quietly: bool = False,
        root_ids: frozenset[int] | None = None,
        settle_s: float = 0.0,
    ) -> Job | None:
        """Brings the library up to date; during an update, once more after it.

        Args:
            quietly: Whether to speak up only if there is something to do.
            root_ids: Which folders; all by default.
            settle_s: Leaves files alone that were changed within so many seconds.

        Returns:
            The update; None during another one.
        """
        if self._indexing is not None:
            self._again = True
            return None
        session = self._session  # the model may be another one by the time the job runs
        job = self._runner.start(
            lambda token: session.updater.index(token, root_ids, settle_s=settle_s), Lane.LIBRARY
        )
        self._indexing = job
        job.progressed.connect(self._on_progressed)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_cancelled)
        job.finished.connect(self._on_finished)
        self.indexing_started.emit(job, quietly)
        return job

    def catch_up(self) -> None:
        """What is known already is shown at once; an update sees to the rest."""
        self.refresh()
        self.update(quietly=True)

    def put_library_back(self) -> None:
        """Puts the library back that was deleted, and brings it up to date."""
        if self._indexing is not None:
            self._indexing.cancel()
        settings = self._choices.values
        job = self._runner.start(lambda _token: self._session.put_back(settings), Lane.LIBRARY)
        job.succeeded.connect(self._on_put_back)
        job.failed.connect(self.failed)

    def look_at(self, photo_ids: Sequence[int]) -> None:
        """Has an update read these photos first, if it has to."""
        if self._indexing is not None:
            self._session.updater.wishes.prefer(photo_ids)

    def _change(
        self, work: Callable[[CancelToken], object], changes: Changes, *, then_update: bool = False
    ) -> None:
        """Small changes do not wait for an update under way."""
        job = self._runner.start(work, Lane.LOOKUP)
        job.succeeded.connect(lambda _none: self.note(changes))
        job.failed.connect(self.failed)
        if then_update:
            job.succeeded.connect(lambda _none: self.update())

    def _on_choices_changed(self, names: frozenset[str]) -> None:
        if "keep_missing_days" in names:
            self.note(Changes(missing=True))

    def _on_read(self, contents: Contents, changes: Changes) -> None:
        self._contents, self._unread = contents, Changes()
        reading_ms = round(contents.read_s * 1000)
        self._refresh_timer.setInterval(max(_REFRESH_MS, _READING_SHARE * reading_ms))
        if changes:
            self.changed.emit(changes)

    def _on_progressed(self, record: object) -> None:
        if (
            isinstance(record, IndexProgress)
            and record.n_done
            and not self._refresh_timer.isActive()
        ):
            self._refresh_timer.start()

    def _on_failed(self, error: Exception) -> None:
        """What the user can act on is told where the progress was; a bug is told as one."""
        if not isinstance(error, UserFacingError) or isinstance(error, LibraryLostError):
            self.failed.emit(error)

    def _on_put_back(self) -> None:
        self.put_back.emit()
        self.refresh()
        self.update(quietly=True)

    def _on_cancelled(self) -> None:
        self._again = False

    def _on_finished(self) -> None:
        self._indexing = None
        self._refresh_timer.stop()
        self.indexing_ended.emit()
        self.refresh()
        if self._again:
            self._again = False
            self.update()
