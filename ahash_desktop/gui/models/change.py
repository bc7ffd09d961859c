"""Changing the model from the window: a job beside the updates; bringing and removing others."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.settings import load_settings
from ahash_desktop.core.updates import ModelChange
from ahash_desktop.gui.base.jobs import Job, JobRunner, Lane
from ahash_desktop.gui.models.successor_offer import SuccessorOffer
from ahash_desktop.services.kept_codes import KeptCodes
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.switching import ModelSwitch

ChangeRecords = Callable[[ModelSwitch, CancelToken], Iterator[object]]


class ModelChanges(QObject):
    """Runs changes of the model, one at a time, and takes up one that was interrupted.

    `changed` tells of another model in use; `ended` follows every change, on whose way photos may
    have been read, and `models_changed` whatever there are others or one is used by.

    Args:
        window: What an offer lies over.
        session: The open library; the new model answers in it once all its codes are there.
        runner: Runs the jobs.
    """

    started = Signal(object, str)
    failed = Signal(object)
    changed = Signal(object)
    ended = Signal()
    cancelled = Signal()
    models_changed = Signal()

    def __init__(self, window: QWidget, session: LibrarySession, runner: JobRunner) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._runner = runner
        self._switch = ModelSwitch(
            session.paths, session.shelf, session.make_encoder, session.settings_now
        )
        self._job: Job | None = None
        self._next = ""

    @property
    def changing_to(self) -> str:
        """The model that photos are read for; empty while none is changed."""
        return self._next

    def resume(self) -> None:
        """Takes up a change that was interrupted, if there is one."""
        path = self._session.paths.settings
        job = self._runner.start(lambda _token: load_settings(path).next_model, Lane.LOOKUP)
        job.succeeded.connect(lambda name: self.use(name) if name else self.offer_successor())

    def offer_successor(self) -> None:
        """Offers another model if the one in use is gone, and no change to one is under way."""
        kept, session = self._session.kept, self._session
        if kept is None or self._job is not None:
            return
        job = self._runner.start(lambda _token: session.browser.photo_ids(), Lane.LOOKUP)
        job.succeeded.connect(lambda ids: self._show_offer(kept, ids))

    def _show_offer(self, kept: KeptCodes, ids: NDArray[np.int64]) -> None:
        session = self._session
        offer = SuccessorOffer(session.model.name, kept.successor, len(ids), self._window)
        offer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        offer.taken.connect(lambda: self.use(kept.successor))
        some = [int(ids[row]) for row in range(0, len(ids), max(1, len(ids) // 32))]
        job = self._runner.start(
            lambda token: kept.estimate_s(session.browser.photos(some), len(ids), token),
            Lane.ENGINE,
        )
        job.succeeded.connect(offer.show_time)
        offer.finished.connect(job.cancel)
        offer.show()

    def use(self, name: str) -> None:
        """Encodes the library with a model and then puts it into use."""
        self.adopt(name, lambda switch, token: switch.use(name, token))

    def adopt(self, name: str, records: ChangeRecords) -> bool:
        """Puts a model into use that is put on the shelf on the way.

        Args:
            name: What it is called by then.
            records: In a worker: what `ModelSwitch.use` yields, and whatever comes before.

        Returns:
            False if another change is under way.
        """
        if self._job is not None:
            return False
        self._job = self._runner.start(
            lambda token: self._change(name, records, token), Lane.LIBRARY
        )
        self._job.succeeded.connect(self._on_succeeded)
        self._job.failed.connect(self.failed)
        self._job.cancelled.connect(self.cancelled)
        self._job.finished.connect(self._on_finished)
        self._next = name
        self.started.emit(self._job, name)
        self.models_changed.emit()
        return True

    def go_back(self) -> None:
        """Puts the model into use that was there before, whose codes are still there."""
        job = self._runner.start(lambda _token: self._switch.previous(), Lane.LOOKUP)
        job.succeeded.connect(self.use)
        job.failed.connect(self.failed)

    def _change(self, name: str, records: ChangeRecords, token: CancelToken) -> Iterator[object]:
        """In a worker, where no update is under way."""
        for record in records(self._switch, token):
            if isinstance(record, ModelChange):
                name = record.model_id  # it may have been on the shelf under another name
            yield record
        self._session.use(name)

    def bring(self, file: Path) -> None:
        """Adds the model of an `.ahash` file."""
        self._do(lambda _token: self._session.shelf.import_file(file))

    def remove(self, name: str) -> None:
        """Deletes a model that the user added, with its codes."""
        self._do(lambda _token: self._switch.remove(name))

    def rename(self, old: str, new: str) -> None:
        """Gives a model that the user added another name; its codes stay."""
        self._do(lambda _token: self._switch.rename(old, new))

    def _do(self, work: Callable[[CancelToken], object]) -> None:
        job = self._runner.start(work, Lane.LOOKUP)
        job.succeeded.connect(lambda _result: self.models_changed.emit())
        job.failed.connect(self.failed)

    def _on_succeeded(self, change: object) -> None:
        if isinstance(change, ModelChange):
            self.changed.emit(change)

    def _on_finished(self) -> None:
        self._job, self._next = None, ""
        self.ended.emit()
        QTimer.singleShot(0, self, self.models_changed.emit)
