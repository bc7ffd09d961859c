"""The window: places the rooms, and connects each with what its neighbours tell."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from ahash_desktop.core.paths import log_folder
from ahash_desktop.gui.base.icons import program_icon
from ahash_desktop.gui.base.jobs import JobRunner
from ahash_desktop.gui.base.theme import ThemeController
from ahash_desktop.gui.browse.room import BrowseRoom
from ahash_desktop.gui.files.room import FilesRoom
from ahash_desktop.gui.grid.thumbnail_repair import ThumbnailRepair
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.inspector.room import InspectorRoom
from ahash_desktop.gui.library.room import LibraryRoom
from ahash_desktop.gui.models.room import ModelsRoom
from ahash_desktop.gui.search.room import SearchRoom
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.gui.settings.room import SettingsRoom
from ahash_desktop.gui.teaching.room import TeachingRoom
from ahash_desktop.gui.teaching.tools import TeachingTools
from ahash_desktop.gui.viewer.viewing import Viewing
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.desktop import Desktop
from ahash_desktop.gui.window.failures import Failures
from ahash_desktop.gui.window.first_answer import FirstAnswer
from ahash_desktop.gui.window.help import Help
from ahash_desktop.gui.window.layout import WindowLayout
from ahash_desktop.gui.window.mouse_buttons import MouseButtons
from ahash_desktop.gui.window.navigation import Navigation
from ahash_desktop.gui.window.notices import Notices
from ahash_desktop.gui.window.pages import Pages
from ahash_desktop.gui.window.state import WindowState
from ahash_desktop.gui.window.top_bar import TopBar
from ahash_desktop.services.session import LibrarySession


class MainWindow(QMainWindow):
    """Owns the rooms; nothing slow happens here.

    Args:
        session: The open library.
        theme: Light or dark.
        runner: Runs everything that may take a moment.
        teaching: What lessons stand on; that of the session by default.
    """

    closed = Signal()

    def __init__(
        self,
        session: LibrarySession,
        theme: ThemeController,
        runner: JobRunner,
        teaching: TeachingTools | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle("Ahash Desktop")
        self.setWindowIcon(program_icon())
        self._session, self._runner, self._theme = session, runner, theme
        self.commands = WindowActions(self)
        self.choices = Choices(session.paths.settings, session.settings, runner, self)
        self.thumbnails = ThumbnailLoader(session.browser, parent=self)
        ThumbnailRepair(session, runner, self.thumbnails)
        self.top_bar = TopBar(self.commands, theme.colours)
        state = WindowState(session.paths.window_state)
        self._layout = WindowLayout(self, state, self.commands, self.top_bar)
        self._open_rooms()
        self.teaching = TeachingRoom(
            session,
            runner,
            self.catalogue,
            self.models.changes,
            self.thumbnails,
            theme,
            teaching or TeachingTools.of(session),
            self,
        )
        bars = (self.files.notice, self.library.job_bar, self.teaching.bar)
        views = (self.pages.stack, self.browsing.rail, bars, self.library.status, self.inspector)
        self._layout.place(*views)
        self.navigation = Navigation(
            self.commands,
            self.pages,
            self._layout,
            (self.browsing, self.searching, self.inspecting),
            self.viewing,
            self.catalogue,
            self.choices,
            self,
        )
        self._open_the_rest()
        self._connect_library()
        self._connect_teaching()
        self._connect_actions()
        self._layout.restore()
        self.browse.filters.choose_order(self._layout.hit_order)
        self.navigation.refresh_actions()

    def start(
        self,
        folders: Sequence[Path] = (),
        *,
        pictures: Sequence[Path] = (),
        updates: bool = True,
    ) -> None:
        """Reads the library and loads the model; call it once the window is shown.

        Args:
            folders: Folders to add and index at once.
            pictures: Pictures to find the like of.
            updates: Whether to bring the library up to date if there are no folders.
        """
        for notice in self._session.notices:
            self.failures.show(notice)
        self.catalogue.refresh()
        if folders:
            self.catalogue.add_folders(folders)
        elif updates:
            self.catalogue.update(quietly=True)
        if pictures:
            self.searching.incoming.take_paths(pictures)
        self.models.start()
        self.teaching.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.searching.recent.save()
        self._layout.save(self.browse.library_grid.cell_px, self.browse.filters.order.currentData())
        super().closeEvent(event)
        self.closed.emit()

    def _open_rooms(self) -> None:
        """Those that the layout needs; what is talked to most has a name of its own."""
        session, runner, theme = self._session, self._runner, self._theme
        commands = self.commands
        self.library = LibraryRoom(
            self, session, runner, self.choices, theme, commands.of_library()
        )
        self.catalogue = self.library.catalogue
        self.searching = SearchRoom(
            self,
            session,
            runner,
            self.choices,
            self.top_bar.words,
            commands.of_searching(),
            self._chosen_ids,
            self._is_over_strip,
        )
        self.search = self.searching.controller
        self.browsing = BrowseRoom(
            session,
            runner,
            self.catalogue,
            self.search,
            self.thumbnails,
            theme,
            self.searching.words,
            self.searching.recent,
            commands.filters,
            self,
        )
        self.browse = self.browsing.page
        self.inspecting = InspectorRoom(
            session,
            runner,
            self.search,
            self.searching.bit_photos,
            theme,
            self.browse.chosen,
            commands.inspector_bits,
            self,
        )
        self.inspector = self.inspecting.view
        steering, first_run = self.searching.bit_photos, self.library.first_run
        self.pages = Pages(
            session, runner, theme, self.thumbnails, steering, first_run, self.browse
        )
        self.viewing = Viewing(
            session,
            runner,
            self.inspecting.inspection,
            theme,
            self.pages.stack,
            self.browse.place_text,
        )
        self.models = ModelsRoom(session, runner, self.choices, self)
        self.files = FilesRoom(
            self,
            session,
            runner,
            self.choices,
            theme,
            commands.of_files(),
            commands.of_trash(),
            commands.sidecars,
            self._chosen_ids,
        )
        self.trash, self.notice = self.files.trash, self.files.notice

    def _open_the_rest(self) -> None:
        """Those that lie over the window, and those without a view."""
        session, commands = self._session, self.commands
        self.settings = SettingsRoom(
            self,
            self.choices,
            self._theme,
            commands.settings,
            commands.themes,
            lambda: [root.path for root in self.catalogue.contents.roots],
        )
        self.failures = Failures(self, log_folder(session.paths))
        boxes = self.viewing.boxes
        Notices(self.notice, self.choices, session.settings.language, boxes, self.catalogue, self)
        self.help = Help(self, session, commands, self._theme)
        self.first_answer = FirstAnswer(
            session, self._runner, self.library.first_run, commands.models
        )
        self.desktop = Desktop(self, commands, self.catalogue, self.searching.incoming)
        self._mouse_buttons = MouseButtons(
            self,
            {
                Qt.MouseButton.BackButton: self.navigation.go_back_by_mouse,
                Qt.MouseButton.ForwardButton: commands.history_forward.trigger,
            },
        )

    def _connect_library(self) -> None:
        """What has changed goes to every room that shows something of it."""
        catalogue, incoming = self.catalogue, self.searching.incoming
        for follower in (self.searching, self.inspecting, self.pages):
            catalogue.noted.connect(follower.on_noted)
        catalogue.changed.connect(self.searching.on_changed)
        self.models.changed.connect(catalogue.note)
        self.browsing.ways.problems_wanted.connect(self.commands.problems.trigger)
        self.browsing.ways.missing_wanted.connect(self.commands.missing.trigger)
        self.models.job_started.connect(self.library.job_bar.follow)
        self.models.engine_note_changed.connect(self.library.status.show_engine)
        self.library.add_folder_wanted.connect(incoming.ask_for_folder)
        self.browse.empty_button_clicked.connect(incoming.ask_for_folder)
        incoming.folders_brought.connect(catalogue.add_folders)
        incoming.drag_changed.connect(self.library.first_run.set_hot)
        self.files.files_moved.connect(catalogue.catch_up)
        catalogue.changed.connect(self.files.favourites.on_changed)
        self.files.favourites.changed.connect(self.browsing.show_favourites)
        self.settings.folders_clicked.connect(self.library.dialogs.show_folders)
        self.settings.models_clicked.connect(self.commands.models.trigger)
        self.failures.put_back_clicked.connect(catalogue.put_library_back)
        rooms = (self.library, self.searching, self.browsing, self.models, self.files, self.choices)
        for room in rooms:
            room.failed.connect(self.failures.show)

    def _connect_teaching(self) -> None:
        teaching, pages = self.teaching, self.pages
        teaching.page_wanted.connect(pages.show_lasting)
        teaching.closed.connect(self.navigation.go_back)
        teaching.tray_wanted.connect(self.desktop.tray.put_away)
        teaching.told.connect(self.desktop.tell)
        teaching.failed.connect(self.failures.show)
        teaching.review.changed.connect(self.catalogue.note)
        teaching.review.similar_wanted.connect(self.searching.search_by_photo)
        teaching.review.label_wanted.connect(self.navigation.show_label)
        teaching.review.keyword_wanted.connect(
            lambda photo_ids, name: self.files.sidecars.open_for(photo_ids, (name,))
        )
        self.catalogue.noted.connect(teaching.review.on_noted)
        self.library.first_run.teach_clicked.connect(self.commands.teach.trigger)
        self.library.dialogs.teach_wanted.connect(teaching.open)

    def _connect_actions(self) -> None:
        commands = self.commands
        commands.quit.triggered.connect(self.close)
        commands.teach.triggered.connect(lambda _on: self.teaching.open())
        commands.models.triggered.connect(self.teaching.models.open)
        commands.name_rest.triggered.connect(self.teaching.review.open)
        commands.species.triggered.connect(self.teaching.review.show_species)
        commands.larger.triggered.connect(self.viewing.page.zoom_in_if_shown)
        commands.smaller.triggered.connect(self.viewing.page.zoom_out_if_shown)
        for grid in self.browse.grids:
            commands.fill_tiles.toggled.connect(grid.set_fills_tiles)
            commands.captions.toggled.connect(grid.set_names)
            self.top_bar.cell_px_changed.connect(grid.set_cell_px)
        self.browsing.menu_wanted.connect(lambda at: commands.show_photo_menu(at, self))
        self.browsing.drag_wanted.connect(self.files.commands.drag_out)
        self.inspector.opacity_changed.connect(self.viewing.page.stage.set_opacity)
        self.browse.nothing_close.follow(commands.models, commands.teach)
        self._theme.colours_changed.connect(self.top_bar.set_colours)

    def _chosen_ids(self) -> list[int]:
        return self.navigation.chosen_ids()

    def _is_over_strip(self, place: QPoint) -> bool:
        strip = self.browse.strip
        return strip.isVisible() and strip.rect().contains(strip.mapFrom(self, place))
