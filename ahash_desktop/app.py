"""The window's composition root: opens the library, shows the window, ends everything again."""

import faulthandler
import logging
import logging.handlers
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from ahash_desktop import __version__
from ahash_desktop.core.errors import ModelMissingError, UserFacingError
from ahash_desktop.core.paths import (
    LibraryPaths,
    default_library_folder,
    log_folder,
    shipped_models_folder,
)
from ahash_desktop.core.plain_text import PlainFormatter
from ahash_desktop.core.privacy import make_private_folder
from ahash_desktop.core.settings import change_settings, load_settings
from ahash_desktop.gui.base.failure_dialog import FailureDialog
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.base.translation import install_translators
from ahash_desktop.gui.models.missing_dialog import ModelMissingDialog
from ahash_desktop.gui.window.main_window import MainWindow
from ahash_desktop.gui.window.single_instance import SingleInstance
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.session import LibrarySession

_log = logging.getLogger(__name__)

_LOG_BYTES = 2_000_000
_N_OLD_LOGS = 3
_COMMIT_S = 1.0
_PATIENCE_S = 5.0
_START_DELAY_MS = 0


def main(paths: Sequence[Path] = (), library: Path | None = None) -> int:
    """Runs the window until it is closed.

    Args:
        paths: Folders to add to the library and index at once, and pictures to find the like of.
        library: The library's folder; the platform's data folder by default.

    Returns:
        The exit code: 0, or 1 if the library was not opened.
    """
    own = LibraryPaths(library or default_library_folder())
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Ahash Desktop")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("ahash-desktop")
    settings = load_settings(own.settings)
    translators = install_translators(app, settings.language)
    theme = ThemeController(app, settings.theme)
    instance = SingleInstance(own.folder)
    if not instance.is_first(paths):
        return 0
    try:
        crash_log = _start_logging(own)
        session = _open(own)
    except (UserFacingError, OSError) as error:
        instance.close()  # a later start may fare better while this one's dialog is open
        return _refuse(error)
    try:
        if session is None:
            return 1
        return _run(app, session, theme, instance, paths)
    finally:
        instance.close()
        for translator in translators:
            app.removeTranslator(translator)
        faulthandler.disable()
        crash_log.close()


def _open(paths: LibraryPaths) -> LibrarySession | None:
    """Opens the library; where its model is missing, the user may choose another one.

    Returns:
        None if the user would rather leave.

    Raises:
        UserFacingError: If the library cannot be opened.
    """
    while True:
        settings = load_settings(paths.settings)
        try:
            return LibrarySession.open(paths, settings)
        except ModelMissingError as error:
            _log.warning("%s", error)
            shelf = ModelShelf(shipped_models_folder(), paths.models)
            names = [info.manifest.name for info in shelf.all()]
            dialog = ModelMissingDialog(settings.model, names, paths.models)
            goes_on, chosen = dialog.exec(), dialog.chosen
            dialog.deleteLater()
            if not goes_on:
                return None
            if chosen:
                missing = settings.model
                change_settings(paths.settings, model=chosen, previous_model=missing, next_model="")


def _run(
    app: QApplication,
    session: LibrarySession,
    theme: ThemeController,
    instance: SingleInstance,
    paths: Sequence[Path],
) -> int:
    runner = JobRunner()
    window = MainWindow(session, theme, runner)
    catcher = _BugCatcher()
    catcher.caught.connect(window.failures.show)
    # A dialog that was still on its way would keep the program alive without its window.
    window.closed.connect(app.quit)
    app.setQuitOnLastWindowClosed(False)  # the window may be in the tray when a dialog is closed
    instance.started_again.connect(window.desktop.on_started_again)
    window.show()
    updates = not session.settings.watch and session.can_update
    folders = [path for path in paths if path.is_dir()]
    pictures = [path for path in paths if path not in folders]
    QTimer.singleShot(
        _START_DELAY_MS,
        window,
        lambda: window.start(folders, pictures=pictures, updates=updates),
    )
    if instance.notice is not None:
        notice = instance.notice
        QTimer.singleShot(_START_DELAY_MS, window, lambda: window.failures.show(notice))
    QTimer.singleShot(_START_DELAY_MS, window, instance.begin_to_tell)
    QTimer.singleShot(_START_DELAY_MS, window, lambda: _follow_folders(window, runner, session))
    code = app.exec()
    catcher.release()
    _end(window, runner, session)
    return code


def _follow_folders(window: MainWindow, runner: JobRunner, session: LibrarySession) -> None:
    """Keeps the library up to date with its folders as soon as the window is there."""
    from ahash_desktop.gui.library.folder_watch import FolderWatch  # the window is painted first

    watch = FolderWatch(
        session,
        runner,
        window.catalogue,
        window.choices,
        window.commands.watch_folders,
        parent=window,
    )
    watch.note_changed.connect(window.library.status.show_watching)
    if session.settings.watch and session.can_update:
        watch.start()


def _end(window: MainWindow, runner: JobRunner, session: LibrarySession) -> None:
    """Cancels what runs, ends the engine, and waits for both, but not for ever.

    An update commits what it has within a moment; whatever waits for the engine is freed when
    that ends.
    """
    idle = runner.shut_down(_COMMIT_S)
    session.encoder.close()
    if not idle and not runner.shut_down(_PATIENCE_S):
        _log.error("a job is stuck; the program ends without it")
    window.choices.write_now()
    window.thumbnails.stop()
    session.close()


def _start_logging(paths: LibraryPaths) -> TextIO:
    """Logs beside the library; crashes of Qt or Python itself go to a file beside that."""
    make_private_folder(paths.folder)
    folder = log_folder(paths)
    make_private_folder(folder)
    handler = logging.handlers.RotatingFileHandler(
        folder / "window.log", maxBytes=_LOG_BYTES, backupCount=_N_OLD_LOGS, encoding="utf-8"
    )
    handler.setFormatter(
        PlainFormatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    crash_log = (folder / "crash.log").open("a", encoding="utf-8")
    faulthandler.enable(crash_log)
    return crash_log


def _refuse(error: Exception) -> int:
    _log.error("the library could not be opened", exc_info=error)
    shown = error
    if isinstance(error, OSError):
        shown = UserFacingError(
            f"the library's folder cannot be used ({error.strerror})",
            path=error.filename,
            remedy="Check that the disk is there and may be written",
        )
    FailureDialog(shown).exec()
    return 1


class _BugCatcher(QObject):
    """Logs uncaught exceptions of any thread and reports them on the window's."""

    caught = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self._on_uncaught
        threading.excepthook = self._on_uncaught_in_thread

    def release(self) -> None:
        """Lets exceptions go where they went before."""
        sys.excepthook, threading.excepthook = self._hooks

    def _on_uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        _log.critical("uncaught", exc_info=(kind, error, trace))
        self.caught.emit(error)

    def _on_uncaught_in_thread(self, uncaught: threading.ExceptHookArgs) -> None:
        if uncaught.exc_value is None:
            return
        from ahash_desktop.services.watching.events import reads_events

        if reads_events(uncaught.thread):
            _log.error("a reader of the system's events died", exc_info=uncaught.exc_value)
        else:
            self._on_uncaught(uncaught.exc_type, uncaught.exc_value, uncaught.exc_traceback)
