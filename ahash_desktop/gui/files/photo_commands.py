"""What can be done with the chosen photos: search by them, show them, copy their paths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from ahash_desktop.core.records import Photo
from ahash_desktop.gui.base.jobs import JobRunner, Lane
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.pictures.reveal import show_in_folder
from ahash_desktop.gui.search.controller import SearchController
from ahash_desktop.services.session import LibrarySession

_MOST_EXAMPLES = 20


@dataclass(frozen=True)
class PhotoActions:
    """What can be done with the chosen photos, as the window offers it.

    `all` are those that need a chosen photo; `fill_menu` puts them into a menu.
    """

    find_similar: QAction
    add_example: QAction
    add_counter_example: QAction
    show_in_folder: QAction
    copy_path: QAction
    all: Sequence[QAction]
    fill_menu: Callable[[QMenu], None]


class PhotoCommands(QObject):
    """Carries out the photo actions on what `chosen_ids` gives.

    Args:
        actions: Trigger what is done.
        chosen_ids: Ids of the photos now chosen.
        reveal: Shows a file in its folder; replaced in tests.
    """

    failed = Signal(object)

    def __init__(
        self,
        session: LibrarySession,
        runner: JobRunner,
        search: SearchController,
        actions: PhotoActions,
        chosen_ids: Callable[[], list[int]],
        reveal: Callable[[Path], bool] = show_in_folder,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._search = search
        self._actions = actions
        self._chosen_ids = chosen_ids
        self._reveal = reveal
        actions.find_similar.triggered.connect(lambda: self.find_similar(self._chosen_ids()))
        actions.add_example.triggered.connect(lambda: self._add_examples(is_negative=False))
        actions.add_counter_example.triggered.connect(lambda: self._add_examples(is_negative=True))
        actions.show_in_folder.triggered.connect(self._on_show_in_folder)
        actions.copy_path.triggered.connect(self._on_copy_path)

    def find_similar(self, photo_ids: list[int]) -> None:
        """Searches by these photos."""
        if photo_ids:
            self._search.search_by(_examples(photo_ids, is_negative=False))

    def refresh_actions(self) -> None:
        """Enables what makes sense for the photos now chosen."""
        n_chosen = len(self._chosen_ids())
        for action in self._actions.all:
            action.setEnabled(n_chosen > 0)
        self._actions.show_in_folder.setEnabled(n_chosen == 1)
        has_query = bool(self._search.examples)
        self._actions.add_counter_example.setEnabled(n_chosen > 0 and has_query)

    def show_menu(self, place: QPoint, parent: QWidget) -> QMenu:
        """Opens the context menu at a place on the screen."""
        menu = QMenu(parent)
        self._actions.fill_menu(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)
        return menu

    def _add_examples(self, *, is_negative: bool) -> None:
        photo_ids = self._chosen_ids()
        if photo_ids:
            self._search.add(_examples(photo_ids, is_negative=is_negative))

    def _on_show_in_folder(self) -> None:
        self._with_photos(lambda photos: self._reveal(photos[0].path))

    def _on_copy_path(self) -> None:
        self._with_photos(
            lambda photos: QGuiApplication.clipboard().setText(
                "\n".join(str(photo.path) for photo in photos)
            )
        )

    def _with_photos(self, use: Callable[[list[Photo]], object]) -> None:
        photo_ids = self._chosen_ids()
        if not photo_ids:
            return
        job = self._runner.start(
            lambda _token: self._session.browser.photos(photo_ids), Lane.LOOKUP
        )
        job.succeeded.connect(lambda photos: use(photos) if photos else None)
        job.failed.connect(self.failed)


def _examples(photo_ids: list[int], *, is_negative: bool) -> list[QueryExample]:
    return [
        QueryExample(photo_id=photo_id, is_negative=is_negative)
        for photo_id in photo_ids[:_MOST_EXAMPLES]
    ]
