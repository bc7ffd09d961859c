"""The part of the room with the models: their page, and what is done with one of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.gui.base.jobs import JobRunner, Lane, LatestJob
from ahash_desktop.gui.base.plain import plain_box
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.base.wording import duration_text, photos_text
from ahash_desktop.gui.models.change import ModelChanges
from ahash_desktop.gui.pictures.file_pictures import FilePictures
from ahash_desktop.gui.teaching.draft import Draft
from ahash_desktop.gui.teaching.lesson_control import LessonControl
from ahash_desktop.gui.teaching.model_cards import ModelsSeen, read_models
from ahash_desktop.gui.teaching.tools import TeachingTools
from ahash_desktop.hashing.bundle import SUFFIX
from ahash_desktop.services.session import LibrarySession

if TYPE_CHECKING:  # the window starts without the pages
    from ahash_desktop.gui.teaching.compare_dialog import CompareDialog
    from ahash_desktop.gui.teaching.models_page import ModelsPage

_N_TRIED = 3


class ModelsView(QObject):
    """Makes the page when it is first wanted, and asks before what takes long or cannot be undone.

    `teach_wanted` carries the name of a model to start from, or nothing.

    Args:
        changes: Changes the model, and brings and removes others.
        tools: Tell how good models of one's own are, and compare.
        control: The lesson that comparing waits for.
        draft: The photos of the lesson being set up, which models can be compared on.
        folders: Those of the library, which models can be compared on as well.
    """

    page_wanted = Signal(QWidget)
    closed = Signal()
    teach_wanted = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        window: QWidget,
        session: LibrarySession,
        runner: JobRunner,
        changes: ModelChanges,
        tools: TeachingTools,
        control: LessonControl,
        draft: Draft,
        folders: Callable[[], Sequence[Path]],
        pictures: FilePictures,
        theme: ThemeController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._runner = runner
        self._changes = changes
        self._tools = tools
        self._control = control
        self._draft = draft
        self._folders = folders
        self._pictures = pictures
        self._theme = theme
        self._reading = LatestJob(runner, Lane.LOOKUP)
        self._timing = LatestJob(runner, Lane.ENGINE)
        self._page: ModelsPage | None = None
        self._seen = ModelsSeen((), "", "")
        changes.models_changed.connect(self.refresh)

    @property
    def page(self) -> ModelsPage:
        """The page."""
        if self._page is None:
            from ahash_desktop.gui.teaching.models_page import ModelsPage

            made = ModelsPage(self._pictures, self._theme.colours)
            made.closed.connect(self.closed)
            made.shown.connect(self.refresh)
            made.wanted.connect(self._on_wanted)
            made.import_wanted.connect(self._ask_for_file)
            made.back_wanted.connect(self._changes.go_back)
            made.teach_wanted.connect(lambda: self.teach_wanted.emit(""))
            self._theme.colours_changed.connect(made.set_colours)
            self._page = made
        return self._page

    def open(self) -> None:
        """Turns to the page."""
        self.page_wanted.emit(self.page)

    def refresh(self) -> None:
        """Reads again which models there are, if someone looks."""
        if self._page is None or not self._page.isVisible():
            return
        session, lessons = self._session, self._tools.lessons
        job = self._reading.start(lambda _token: read_models(session, lessons))
        job.succeeded.connect(self._on_read)
        job.failed.connect(self.failed)

    def _on_read(self, seen: ModelsSeen) -> None:
        self._seen = seen
        self.page.show_models(seen, self._changes.changing_to)

    def _on_wanted(self, what: str, name: str) -> None:
        doing: dict[str, Callable[[str], object]] = {
            "use": self._ask_to_use,
            "teach": self.teach_wanted.emit,
            "compare": self.show_comparison,
            "duplicate": self._ask_to_duplicate,
            "rename": self._ask_to_rename,
            "export": self._ask_to_export,
            "delete": self._ask_to_delete,
        }
        doing[what](name)

    def _ask_to_use(self, name: str) -> None:
        """Says how long the change takes before it is begun."""
        if name == self._seen.previous:
            self._changes.use(name)
            return
        session = self._session

        def time_some(_token: CancelToken) -> tuple[int, float]:
            ids = session.browser.photo_ids()
            photos = session.browser.photos([int(photo_id) for photo_id in ids[:_N_TRIED]])
            began = time.monotonic()
            for photo in photos:
                session.encoder.encode(str(photo.path))
            spent = (time.monotonic() - began) / max(1, len(photos))
            return len(ids), spent * len(ids)

        job = self._timing.start(time_some)
        job.succeeded.connect(lambda cost: self._confirm_use(name, *cost))
        job.failed.connect(lambda _error: self._confirm_use(name, 0, 0.0))

    def _confirm_use(self, name: str, n_photos: int, seconds: float) -> None:
        if not n_photos:
            self._changes.use(name)
            return
        detail = self.tr(
            "{photos} are read in the background, which takes about {time}. The old codes serve "
            "until then, and going back costs nothing."
        ).format(photos=photos_text(n_photos), time=duration_text(seconds))
        box = plain_box(self._window, self.tr("Use {name}?").format(name=name), detail)
        box.setWindowTitle(self.tr("Change the model"))
        yes = box.addButton(self.tr("Use it"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Leave it"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(yes)
        box.buttonClicked.connect(
            lambda clicked: self._changes.use(name) if clicked is yes else None
        )
        box.open()

    def _ask_to_duplicate(self, name: str) -> None:
        shelf = self._session.shelf
        folder = self._folder_of(name)
        self._ask_for_name(
            self.tr("Duplicate {name}").format(name=name),
            f"{name} 2",
            lambda new: self._do(lambda: shelf.add_copy(folder, new)),
        )

    def _ask_to_rename(self, name: str) -> None:
        self._ask_for_name(
            self.tr("Rename {name}").format(name=name),
            name,
            lambda new: self._changes.rename(name, new) if new != name else None,
        )

    def show_comparison(self, name: str) -> CompareDialog:
        """Opens the comparison of a model, with the one in use unless it is that."""
        from ahash_desktop.gui.teaching.compare_dialog import CompareDialog

        usable = [card.name for card in self._seen.cards if card.info.lacking is None]
        other = next((each for each in usable if each != name), name)
        drafted = self._draft.labelled
        dialog = CompareDialog(
            self._tools,
            self._control,
            self._runner,
            self._pictures,
            self._theme.colours,
            tuple(usable),
            other,
            name,
            {str(path): path for path in self._folders()},
            drafted if drafted.photos else None,
            self._window,
        )
        dialog.open()
        return dialog

    def _ask_for_name(self, title: str, start: str, use: Callable[[str], object]) -> None:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(title)
        dialog.setLabelText(self.tr("Name of the model"))
        dialog.setTextValue(start)
        dialog.textValueSelected.connect(lambda text: use(text.strip()) if text.strip() else None)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_to_export(self, name: str) -> None:
        shelf = self._session.shelf
        dialog = QFileDialog(self._window, self.tr("Save the model"), str(Path.home()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.lstrip("."))
        dialog.setNameFilters([self.tr("Models ({pattern})").format(pattern=f"*{SUFFIX}")])
        dialog.selectFile(f"{name}{SUFFIX}")
        dialog.fileSelected.connect(lambda path: self._do(lambda: shelf.export(name, Path(path))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_for_file(self) -> None:
        dialog = QFileDialog(self._window, self.tr("Add a model"), str(Path.home()))
        dialog.setNameFilters([self.tr("Models ({pattern})").format(pattern=f"*{SUFFIX}")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.filesSelected.connect(lambda files: self._changes.bring(Path(files[0])))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_to_delete(self, name: str) -> None:
        detail = self.tr("Its codes go with it. Save it as a file first if you may want it again.")
        box = plain_box(self._window, self.tr("Delete {name}?").format(name=name), detail)
        box.setWindowTitle(self.tr("Delete a model"))
        yes = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.buttonClicked.connect(
            lambda clicked: self._changes.remove(name) if clicked is yes else None
        )
        box.open()

    def _folder_of(self, name: str) -> Path:
        return next(c.info.folder for c in self._seen.cards if c.name == name)

    def _do(self, work: Callable[[], object]) -> None:
        job = self._runner.start(lambda _token: work(), Lane.LOOKUP)
        job.succeeded.connect(lambda _result: self.refresh())
        job.failed.connect(self.failed)
