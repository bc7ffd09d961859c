"""The window: puts the views together and passes on what the user does."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from ahash_desktop.core.errors import LibraryLostError
from ahash_desktop.core.paths import pictures_folder
from ahash_desktop.gui.base.icons import program_icon
from ahash_desktop.gui.base.jobs import Job, JobRunner
from ahash_desktop.gui.base.notice import NoticeBar
from ahash_desktop.gui.base.theme import Colours, ThemeController
from ahash_desktop.gui.base.wording import error_text
from ahash_desktop.gui.browse.narrowing import Narrowing
from ahash_desktop.gui.browse.page import BrowsePage
from ahash_desktop.gui.browse.shown_photos import LibraryView
from ahash_desktop.gui.files.file_commands import FileCommands
from ahash_desktop.gui.files.photo_commands import PhotoCommands
from ahash_desktop.gui.files.sidecar_commands import SidecarCommands
from ahash_desktop.gui.files.trash import TrashCommands
from ahash_desktop.gui.grid.thumbnail_repair import ThumbnailRepair
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.inspector.bit_commands import BitCommands
from ahash_desktop.gui.inspector.inspection import Inspection, subject_of
from ahash_desktop.gui.inspector.inspector import Inspector
from ahash_desktop.gui.library.catalogue import Catalogue, Contents
from ahash_desktop.gui.library.first_run import FirstRunPage
from ahash_desktop.gui.library.job_bar import JobBar
from ahash_desktop.gui.library.status_line import StatusLine
from ahash_desktop.gui.library.update_controls import UpdateControls
from ahash_desktop.gui.models.change import ModelChanges
from ahash_desktop.gui.models.engine_watch import EngineWatch
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.pictures.reveal import open_folder, show_in_folder
from ahash_desktop.gui.search.bit_photos import BitPhotos
from ahash_desktop.gui.search.controller import SearchController, SearchResult
from ahash_desktop.gui.search.history import RecentSearches, SearchHistory
from ahash_desktop.gui.search.incoming import Bringer
from ahash_desktop.gui.settings.choices import Choices
from ahash_desktop.gui.viewer.viewing import Viewing
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.desktop import Desktop
from ahash_desktop.gui.window.dialogs import Dialogs
from ahash_desktop.gui.window.mouse_buttons import MouseButtons
from ahash_desktop.gui.window.pages import SidePages
from ahash_desktop.gui.window.state import WindowState
from ahash_desktop.gui.window.top_bar import TopBar
from ahash_desktop.services.session import LibrarySession

_INSPECT_DELAY_MS = 60
_DEFAULT_SIZE = (1280, 800)
_INSPECTOR_PX = 432
_FIRST_RUN_PAGE = 1
_BROWSE_PAGE = 2


class MainWindow(QMainWindow):
    """Owns the views and the objects behind them; nothing slow happens here.

    Args:
        session: The open library.
        theme: Light or dark.
        runner: Runs everything that may take a moment.
    """

    closed = Signal()

    def __init__(self, session: LibrarySession, theme: ThemeController, runner: JobRunner) -> None:
        super().__init__()
        self.setWindowTitle("Ahash Desktop")
        self.setWindowIcon(program_icon())
        colours = theme.colours
        self._session = session
        self._theme = theme
        self._state = WindowState(session.paths.window_state)
        self._result: SearchResult | None = None
        self.commands = WindowActions(self)
        self.choices = Choices(session.paths.settings, session.settings, runner, self)
        self.catalogue = Catalogue(session, runner, self.choices, self)
        self.search = SearchController(session, runner, self)
        self.inspection = Inspection(session, runner, self)
        self.thumbnails = ThumbnailLoader(session.browser, parent=self)
        ThumbnailRepair(session, runner, self.thumbnails)
        self._engine = EngineWatch(session, runner, self)
        self.top_bar = TopBar(self.commands, colours)
        self.browse = BrowsePage(self.search, self.thumbnails, colours, session.model.n_bits)
        self.first_run = FirstRunPage(pictures_folder(), colours)
        self.inspector = Inspector(colours)
        self.job_bar = JobBar(colours)
        self.notice = NoticeBar(colours)
        self.status = StatusLine()
        self._lay_out()
        self.bit_photos = BitPhotos(session, runner, self)
        self.side_pages = SidePages(
            session, runner, theme, self.thumbnails, self.bit_photos, self._pages
        )
        self.viewing = Viewing(session, runner, self.inspection, theme, self._pages)
        self.dialogs = Dialogs(self, self.catalogue, colours, session.paths.logs)
        self.bringer = Bringer(self, self._is_over_strip, runner)
        self._photo_commands = PhotoCommands(
            session, runner, self.search, self.commands.of_photos(), self._chosen_ids, parent=self
        )
        self.file_commands = FileCommands(
            session, runner, self.commands.of_files(), self._chosen_ids, self
        )
        self.trash = TrashCommands(
            session,
            runner,
            self.commands.of_trash(),
            self._chosen_ids,
            self.notice,
            theme,
            self,
        )
        self.sidecar_commands = SidecarCommands(
            session, runner, self.commands.sidecars, self.choices, self._chosen_ids, self
        )
        self.narrowing = Narrowing(session, runner, self.search, self.browse, self.commands.filters)
        self.library_view = LibraryView(self.catalogue, self.narrowing, self.browse, self)
        self.bit_commands = BitCommands(self.search, self.bit_photos, self.inspector.bits, self)
        self._inspect_timer = QTimer(self, singleShot=True, interval=_INSPECT_DELAY_MS)
        self._update_controls = UpdateControls(
            self.commands.of_updates(), self.choices, self.job_bar, self
        )
        self.history = SearchHistory(
            self.search, self.commands.history_back, self.commands.history_forward, self
        )
        recent = session.paths.folder / "recent.json"
        self._recent = RecentSearches(self.search, self.commands.recent, recent, self)
        self.desktop = Desktop(self, self.commands, self.catalogue, self.choices)
        self.model_changes = ModelChanges(self, session, runner)
        forward = self.commands.history_forward.trigger
        self._mouse_buttons = MouseButtons(
            self,
            {Qt.MouseButton.BackButton: self._on_mouse_back, Qt.MouseButton.ForwardButton: forward},
        )
        self._connect_library()
        self._connect_search()
        self._connect_inspector()
        self._connect_side_pages()
        self._connect_viewer()
        self._connect_actions()
        self._restore()
        self.status.show_model(session.model.name, session.model.n_bits)
        self._photo_commands.refresh_actions()

    def start(self, folders: Sequence[Path] = (), *, updates: bool = True) -> None:
        """Reads the library and loads the model; call it once the window is shown.

        Args:
            folders: Folders to add and index at once.
            updates: Whether to bring the library up to date if there are none.
        """
        for notice in self._session.notices:
            self.dialogs.show_failure(notice)
        self.catalogue.refresh()
        if folders:
            self.catalogue.add_folders(folders)
        elif updates:
            self.catalogue.update(quietly=True)
        self.model_changes.resume()
        self._engine.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._recent.save()
        self._state.save(
            self.saveGeometry(),
            self.saveState(),
            cell_px=self.browse.library_grid.cell_px,
            fills_tiles=self.commands.fill_tiles.isChecked(),
            newest_first=self.commands.newest_first.isChecked(),
            opens_inspector=self.commands.inspector.isChecked(),
        )
        super().closeEvent(event)
        self.closed.emit()

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(QWidget())
        self._pages.addWidget(self.first_run)
        self._pages.addWidget(self.browse)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.top_bar)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.notice)
        layout.addWidget(self.job_bar)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)
        self._dock = QDockWidget(self.tr("Inspector"))
        self._dock.setObjectName("inspectorDock")
        self._dock.setTitleBarWidget(QWidget())
        self._dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self._dock.setWidget(self.inspector)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
        self.commands.fill_menu_bar(self.menuBar())
        self.addActions(self.commands.all())

    def _restore(self) -> None:
        self.resize(*_DEFAULT_SIZE)
        self.resizeDocks([self._dock], [_INSPECTOR_PX], Qt.Orientation.Horizontal)
        if self._state.geometry is not None:
            self.restoreGeometry(self._state.geometry)
        if self._state.panels is not None:
            self.restoreState(self._state.panels)
        self.top_bar.set_cell_px(self._state.cell_px)
        self.commands.fill_tiles.setChecked(self._state.fills_tiles)
        self.commands.newest_first.setChecked(self._state.newest_first)
        self.commands.inspector.setChecked(self._state.opens_inspector)
        self.commands.themes[self._theme.theme].setChecked(True)
        self.top_bar.hide()
        self._dock.hide()

    def _connect_library(self) -> None:
        catalogue = self.catalogue
        catalogue.contents_changed.connect(self._on_contents_changed)
        catalogue.indexing_started.connect(self._on_indexing_started)
        catalogue.indexing_ended.connect(self._on_indexing_ended)
        catalogue.failed.connect(self.dialogs.show_failure)
        self.first_run.add_folder_clicked.connect(self.bringer.ask_for_folder)
        self.first_run.pictures_clicked.connect(lambda folder: catalogue.add_folders([folder]))
        self.bringer.folders_brought.connect(catalogue.add_folders)
        self.bringer.drag_changed.connect(self.first_run.set_hot)
        self.bringer.failed.connect(self.dialogs.show_failure)
        for link in (self.job_bar.problems_clicked, self.status.problems_clicked):
            link.connect(self.dialogs.show_problems)
        self.status.missing_clicked.connect(self.dialogs.show_missing)
        self.browse.empty_button_clicked.connect(self.bringer.ask_for_folder)
        self._engine.note_changed.connect(self.status.show_engine)

    def _connect_search(self) -> None:
        search = self.search
        self.bringer.examples_brought.connect(self._on_examples_brought)
        search.examples_changed.connect(self._on_examples_changed)
        search.search_started.connect(self.browse.show_searching)
        search.search_succeeded.connect(self._on_search_succeeded)
        search.search_failed.connect(self._on_search_failed)
        for grid in (self.browse.library_grid, self.browse.result_grid):
            grid.photo_activated.connect(lambda _id: self.commands.find_similar.trigger())
            grid.chosen_changed.connect(self._on_chosen_changed)
            grid.drag_wanted.connect(self.file_commands.drag_out)
            grid.looked_at.connect(self.catalogue.look_at)
            grid.menu_wanted.connect(lambda place: self._photo_commands.show_menu(place, self))
        commands = (self._photo_commands, self.file_commands, self.trash, self.sidecar_commands)
        for part in (*commands, self.narrowing, search):
            part.failed.connect(self.dialogs.show_failure)
        self.trash.files_moved.connect(self._on_files_moved)
        self.narrowing.changed.connect(lambda: self._show_contents(self.catalogue.contents))

    def _connect_inspector(self) -> None:
        self._inspect_timer.timeout.connect(self._inspect_chosen)
        self.inspector.follow(self.inspection)
        self.bit_photos.found.connect(self._on_photos_chosen)
        self.bit_commands.page_wanted.connect(self._on_bit_page_wanted)
        self.bit_photos.failed.connect(self.dialogs.show_failure)

    def _connect_side_pages(self) -> None:
        pages = self.side_pages
        pages.closed.connect(lambda: self._show_page(_BROWSE_PAGE))
        pages.photo_chosen.connect(
            lambda photo_id: self.search.search_by([QueryExample.of_photo(photo_id)])
        )
        pages.photos_chosen.connect(self._on_photos_chosen)
        self.browse.all_photos_wanted.connect(self._on_all_photos_wanted)
        self.commands.map.triggered.connect(lambda: self._show_side_page(pages.map))
        self.commands.bits.triggered.connect(lambda: self._show_side_page(pages.gallery))

    def _connect_viewer(self) -> None:
        viewing, inspector = self.viewing, self.inspector
        self.commands.view_large.triggered.connect(self._on_view_large)
        inspector.pictures_activated.connect(self._on_view_large)
        inspector.opacity_changed.connect(viewing.page.stage.set_opacity)
        for grid in (self.browse.library_grid, self.browse.result_grid):
            grid.view_wanted.connect(self._on_view_large)
        viewing.closed.connect(lambda: self._show_page(_BROWSE_PAGE))
        viewing.step_wanted.connect(self._on_step)
        self.commands.larger.triggered.connect(viewing.page.zoom_in_if_shown)
        self.commands.smaller.triggered.connect(viewing.page.zoom_out_if_shown)

    def _connect_actions(self) -> None:
        commands = self.commands
        commands.add_folder.triggered.connect(self.bringer.ask_for_folder)
        commands.open_picture.triggered.connect(self.bringer.ask_for_pictures)
        commands.paste.triggered.connect(self.bringer.paste)
        commands.quit.triggered.connect(self.close)
        commands.back.triggered.connect(self._on_back)
        commands.update_now.triggered.connect(self.catalogue.update)
        commands.problems.triggered.connect(self.dialogs.show_problems)
        commands.missing.triggered.connect(self.dialogs.show_missing)
        commands.folders.triggered.connect(self.dialogs.show_folders)
        commands.models.triggered.connect(self.model_changes.show_dialog)
        self.model_changes.started.connect(self.job_bar.follow)
        self.model_changes.failed.connect(self.dialogs.show_failure)
        self.model_changes.changed.connect(self._on_model_changed)
        self.model_changes.ended.connect(self.catalogue.refresh)
        self.model_changes.ended.connect(self.choices.refresh)
        commands.shortcuts.triggered.connect(lambda: self.dialogs.show_shortcuts(commands))
        commands.about.triggered.connect(self._on_about)
        commands.full_screen.toggled.connect(self._on_full_screen_toggled)
        commands.inspector.toggled.connect(self._on_inspector_toggled)
        commands.newest_first.toggled.connect(self.catalogue.set_newest_first)
        for theme, action in commands.themes.items():
            action.triggered.connect(lambda _on, theme=theme: self.choices.change(theme=theme))
        for grid in (self.browse.library_grid, self.browse.result_grid):
            commands.fill_tiles.toggled.connect(grid.set_fills_tiles)
            self.top_bar.cell_px_changed.connect(grid.set_cell_px)
        self._theme.colours_changed.connect(self._on_colours_changed)
        self.choices.changed.connect(self._on_choices_changed)
        self.choices.failed.connect(self.dialogs.show_failure)
        self.desktop.folders_clicked.connect(self.dialogs.show_folders)
        self.dialogs.reveal_wanted.connect(show_in_folder)
        self.dialogs.open_wanted.connect(open_folder)
        self.dialogs.add_folder_clicked.connect(self.bringer.ask_for_folder)

    def _show_page(self, number: int) -> None:
        if number == self._pages.currentIndex():
            return
        self._pages.setCurrentIndex(number)
        on_browse = number == _BROWSE_PAGE
        self.top_bar.setVisible(on_browse)
        self._dock.setVisible(self._has_inspector() and self.commands.inspector.isChecked())
        self.inspector.set_pictures_visible(not self.viewing.is_open)
        if not self.viewing.is_open:
            self.viewing.stop()
        if on_browse:
            self.browse.grid.setFocus()

    def _has_inspector(self) -> bool:
        return self._pages.currentIndex() == _BROWSE_PAGE or self.viewing.is_open

    def _show_side_page(self, page: QWidget) -> None:
        self._show_page(self._pages.indexOf(page))

    def _on_photos_chosen(self, photo_ids: NDArray[np.int64], title: str) -> None:
        self.library_view.choose(photo_ids, title)
        self._show_page(_BROWSE_PAGE)
        self.search.clear()

    def _on_bit_page_wanted(self, bit: int) -> None:
        self._show_side_page(self.side_pages.gallery)
        self.side_pages.gallery.show_bit(bit)

    def _on_all_photos_wanted(self) -> None:
        self.library_view.choose_all()
        self._on_contents_changed(self.catalogue.contents)

    def _on_back(self) -> None:
        """One step towards the whole library."""
        if self.side_pages.is_showing() or self.viewing.is_open:
            self._show_page(_BROWSE_PAGE)
        elif self.search.examples:
            self.search.clear()
        elif self.library_view.is_part:
            self._on_all_photos_wanted()

    def _on_mouse_back(self) -> None:
        """Closes a page that lies over the photos, else goes to the search before."""
        if self.side_pages.is_showing() or self.viewing.is_open:
            self._on_back()
        else:
            self.commands.history_back.trigger()

    def _is_over_strip(self, place: QPoint) -> bool:
        strip = self.browse.strip
        if not strip.isVisible():
            return False
        return strip.rect().contains(strip.mapFrom(self, place))

    def _chosen_ids(self) -> list[int]:
        """What commands act on: after a search the query, until a match is chosen."""
        if not self._has_inspector():
            return []
        chosen = self.browse.chosen_ids()
        if chosen or not self.search.examples:
            return chosen
        return [e.photo_id for e in self.search.examples if e.photo_id is not None]

    def _on_step(self, by: int) -> None:
        self.browse.grid.step(by)

    def _on_view_large(self) -> None:
        if self.browse.attended_id() is None or not self._has_inspector():
            return
        self._inspect_timer.stop()
        self._inspect_chosen()
        self._show_page(self._pages.indexOf(self.viewing.page))
        self.viewing.open()

    def _inspect_chosen(self) -> None:
        grid, attended_id = self.browse.grid, self.browse.attended_id()
        if attended_id is None:
            self.inspection.clear()
            return
        result = self._result if self.browse.shows_results else None
        self.viewing.set_place(grid.place_text())
        self.inspection.inspect(subject_of(result, attended_id, grid.chosen_ids()))

    def _on_contents_changed(self, contents: Contents) -> None:
        self.narrowing.refresh()
        self._show_contents(contents)

    def _show_contents(self, contents: Contents) -> None:
        self.thumbnails.retry_absent()
        self.library_view.fill(contents)
        self.status.show_counts(contents.counts)
        self.status.show_missing(len(contents.missing), contents.n_overdue)
        self.job_bar.show_n_problems(contents.counts.problem)
        has_library = bool(contents.roots) or contents.counts.total > 0
        if not has_library and not self.search.examples:
            self._show_page(_FIRST_RUN_PAGE)
            return
        if self._pages.currentIndex() < _BROWSE_PAGE:
            self._show_page(_BROWSE_PAGE)
        if not self.search.examples:
            self.library_view.show(contents)

    def _on_indexing_started(self, job: Job, quietly: bool) -> None:
        self.job_bar.follow(job, quietly=quietly)
        self.commands.update_now.setEnabled(False)

    def _on_indexing_ended(self) -> None:
        self.commands.update_now.setEnabled(True)
        self.search.repeat()

    def _on_examples_brought(self, examples: list[QueryExample], adds: bool) -> None:
        if adds:
            self.search.add(examples)
        else:
            self.search.search_by(examples)

    def _on_examples_changed(self) -> None:
        self._photo_commands.refresh_actions()
        if self.search.examples:
            self._show_page(_BROWSE_PAGE)
            if not self.search.can_search:
                self._result = None
                self.inspection.clear()
                self.browse.show_no_search(
                    self.tr("Only counter-examples"),
                    self.tr("Add a picture to look for, or turn one of these into an example."),
                )
            return
        self._result = None
        self._on_contents_changed(self.catalogue.contents)
        self.browse.library_grid.setFocus()
        self._on_chosen_changed()

    def _on_search_succeeded(self, result: SearchResult) -> None:
        before, self._result = self._result, result
        is_repeat = before is not None and before.examples == result.examples
        self.browse.show_result(result, keeps_place=is_repeat)
        self._photo_commands.refresh_actions()
        if result.response.hits:
            self._inspect_timer.start()
        if not result.response.hits:
            if not result.rules:
                self.inspection.clear()
        elif not is_repeat:
            self.browse.result_grid.setFocus()
        elif before.rules != result.rules:
            self.browse.result_grid.scrollToTop()

    def _on_search_failed(self, error: Exception) -> None:
        self._result = None
        if isinstance(error, LibraryLostError):
            self.dialogs.show_failure(error)
        self.browse.show_no_search(self.tr("The search did not work"), error_text(error))
        self.inspection.clear()

    def _on_model_changed(self) -> None:
        """Shows nothing any more of what the old model said."""
        model = self._session.model
        self.status.show_model(model.name, model.n_bits)
        if self.side_pages.is_showing():
            self._show_page(_BROWSE_PAGE)
        self.side_pages.forget()
        self.browse.filters.set_n_bits(model.n_bits)
        self.inspector.bits.choose_none()
        self.inspection.forget()
        self._result = None
        self.history.forget_bits()
        self.search.forget_bits()
        self._inspect_timer.start()
        self._engine.start_anew()

    def _on_files_moved(self) -> None:
        """What is known already is shown at once; an update sees to the rest."""
        self.catalogue.refresh()
        self.catalogue.update(quietly=True)

    def _on_chosen_changed(self) -> None:
        self._photo_commands.refresh_actions()
        self._inspect_timer.start()

    def _on_choices_changed(self, names: frozenset[str]) -> None:
        chosen = self.choices.values
        if "theme" in names:
            self._theme.choose(chosen.theme)
            self.commands.themes[chosen.theme].setChecked(True)
        if "rank_by" in names:
            self.search.rank_by(chosen.rank_by)

    def _on_colours_changed(self, colours: Colours) -> None:
        for part in (
            self.top_bar,
            self.browse,
            self.first_run,
            self.inspector,
            self.job_bar,
            self.notice,
            self.dialogs,
        ):
            part.set_colours(colours)

    def _on_inspector_toggled(self, opened: bool) -> None:
        self._dock.setVisible(opened and self._has_inspector())

    def _on_full_screen_toggled(self, full: bool) -> None:
        if full:
            self.showFullScreen()
        else:
            self.showNormal()

    def _on_about(self) -> None:
        model = self._session.model
        self.dialogs.show_about(
            self.tr("{name}, {n_bits} bits").format(name=model.name, n_bits=model.n_bits),
            str(self._session.paths.folder),
        )
