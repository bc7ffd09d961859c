"""The room of the models: the one in use, its engine, and changing to another one."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ahash_desktop.gui.base.changes import LIBRARY, Changes
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.models.change import ModelChanges
from ahash_desktop.gui.models.engine_watch import EngineWatch
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.services.session import LibrarySession


class ModelsRoom(QObject):
    """Runs changes of the model and the engine; `changed` carries kinds of what is new by them.

    `job_started` carries a job and the name of a model, `engine_note_changed` a note and its tool
    tip.
    """

    changed = Signal(object)
    job_started = Signal(object, str)
    engine_note_changed = Signal(str, str)
    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        choices: Choices,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._choices = choices
        self.changes = ModelChanges(window, session, runner)
        self._engine = EngineWatch(session, runner, self)
        self._engine.note_changed.connect(self.engine_note_changed)
        self.changes.started.connect(self.job_started)
        self.changes.failed.connect(self.failed)
        self.changes.changed.connect(self._on_changed)
        self.changes.ended.connect(self._on_ended)

    def start(self) -> None:
        """Takes up an interrupted change, and loads the model."""
        self.changes.resume()
        self._engine.start()

    def _on_changed(self) -> None:
        self.changed.emit(Changes(codes=True, model=True))
        self._engine.start_anew()

    def _on_ended(self) -> None:
        """Photos may have been read on the way, and the settings name another model."""
        self.changed.emit(LIBRARY)
        self._choices.refresh()
