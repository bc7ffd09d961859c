"""Where the parts of the window stand, and how it was left."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QStatusBar,
    QVBoxLayout,
    QWidget,
)

from ahash_desktop.gui.grid.photo_list import HitOrder
from ahash_desktop.gui.window.actions import WindowActions
from ahash_desktop.gui.window.folding import Folding
from ahash_desktop.gui.window.state import WindowState
from ahash_desktop.gui.window.top_bar import TopBar

_DEFAULT_SIZE = (1280, 800)
_INSPECTOR_PX = 432
_INSPECTOR_FROM_PX = 1100
_RAIL_FROM_PX = 800
_FRAME_PX = 4
_TITLE_PX = 32


class WindowLayout(QObject):
    """Places the parts, shows those that go with the page in view, and keeps it all.

    Args:
        window: Holds the parts.
        state: How it was left.
        commands: In the menus, with the size of the photos in the top bar.
        top_bar: Above the pages.
    """

    def __init__(
        self, window: QMainWindow, state: WindowState, commands: WindowActions, top_bar: TopBar
    ) -> None:
        super().__init__(window)
        self._window = window
        self._state = state
        self._commands = commands
        self._top_bar = top_bar
        self._dock = QDockWidget(self.tr("Inspector"))
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("railSplitter")
        self._splitter.setHandleWidth(1)
        self._rail: QWidget | None = None
        self._is_rail_placed = False
        self._shows_photos = False
        self._shows_browse = False
        self._foldings = {
            action: Folding(window, action, least_px)
            for action, least_px in (
                (commands.inspector, _INSPECTOR_FROM_PX),
                (commands.rail, _RAIL_FROM_PX),
            )
        }
        commands.rail.toggled.connect(lambda _on: self._show_rail())
        commands.inspector.toggled.connect(lambda _on: self._show_dock())
        commands.full_screen.toggled.connect(self._on_full_screen_toggled)

    def place(
        self,
        pages: QStackedWidget,
        rail: QWidget,
        bars: Sequence[QWidget],
        status: QStatusBar,
        inspector: QWidget,
    ) -> None:
        """Puts everything in its place; call it once."""
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._top_bar)
        layout.addWidget(self._beside_rail(rail, pages), 1)
        for bar in bars:
            layout.addWidget(bar)
        window, dock = self._window, self._dock
        window.setCentralWidget(centre)
        window.setStatusBar(status)
        dock.setObjectName("inspectorDock")
        dock.setTitleBarWidget(QWidget())
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setWidget(inspector)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self._commands.fill_menu_bar(window.menuBar())
        window.addActions(self._commands.all())

    def _beside_rail(self, rail: QWidget, pages: QStackedWidget) -> QWidget:
        self._rail = rail
        self._splitter.addWidget(rail)
        self._splitter.addWidget(pages)
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setCollapsible(0, False)
        self._splitter.setCollapsible(1, False)
        rail.hide()
        return self._splitter

    def restore(self) -> None:
        """Has the window as it was left."""
        window, state, commands = self._window, self._state, self._commands
        window.resize(self._screen_size().boundedTo(QSize(*_DEFAULT_SIZE)))
        window.resizeDocks([self._dock], [_INSPECTOR_PX], Qt.Orientation.Horizontal)
        if state.geometry is not None:
            window.restoreGeometry(state.geometry)
        if state.panels is not None:
            window.restoreState(state.panels)
        self._keep_on_screen()
        self._top_bar.set_cell_px(state.cell_px)
        commands.fill_tiles.setChecked(state.fills_tiles)
        commands.newest_first.setChecked(state.newest_first)
        commands.captions.setChecked(state.shows_captions)
        commands.inspector.setChecked(state.opens_inspector)
        commands.inspector_bits.setChecked(state.shows_bits)
        commands.rail.setChecked(state.opens_rail)
        self._top_bar.hide()
        self._dock.hide()

    def _screen_size(self) -> QSize:
        """What of the screen a window may take up, the frame left out."""
        return self._window.screen().availableGeometry().size() - QSize(_FRAME_PX, _TITLE_PX)

    def _keep_on_screen(self) -> None:
        """A window from a larger screen is made to fit this one."""
        window = self._window
        if window.isMaximized() or window.isFullScreen():
            return
        window.resize(window.size().boundedTo(self._screen_size()))
        area = window.screen().availableGeometry()
        place = window.pos()
        window.move(
            max(area.left(), min(place.x(), area.right() - window.width())),
            max(area.top(), min(place.y(), area.bottom() - window.height())),
        )

    @property
    def hit_order(self) -> HitOrder:
        """The order in which matches were left."""
        return self._state.hit_order

    def save(self, cell_px: int, hit_order: HitOrder) -> None:
        """Keeps how the window is left, with the size of its photos and the order of matches."""
        commands = self._commands
        self._state.save(
            self._window.saveGeometry(),
            self._window.saveState(),
            cell_px=cell_px,
            fills_tiles=commands.fill_tiles.isChecked(),
            newest_first=commands.newest_first.isChecked(),
            hit_order=hit_order,
            opens_inspector=self._foldings[commands.inspector].is_wanted,
            shows_captions=commands.captions.isChecked(),
            shows_bits=commands.inspector_bits.isChecked(),
            opens_rail=self._foldings[commands.rail].is_wanted,
            rail_px=self._splitter.sizes()[0],
        )

    def fit(self, *, shows_browse: bool, shows_photos: bool) -> None:
        """Shows what goes with the page in view.

        Args:
            shows_browse: Whether photos are browsed, in the size that the top bar says.
            shows_photos: Whether there is something to inspect.
        """
        self._shows_photos = shows_photos
        self._shows_browse = shows_browse
        self._top_bar.setVisible(shows_browse)
        self._show_rail()
        self._show_dock()

    def _show_rail(self) -> None:
        if self._rail is not None:
            self._rail.setVisible(self._shows_browse and self._commands.rail.isChecked())
            if not self._is_rail_placed and self._rail.isVisible():
                self._is_rail_placed = True
                width = self._state.rail_px
                self._splitter.setSizes([width, max(1, self._splitter.width() - width)])

    def _show_dock(self) -> None:
        self._dock.setVisible(self._shows_photos and self._commands.inspector.isChecked())

    def _on_full_screen_toggled(self, full: bool) -> None:
        if full:
            self._window.showFullScreen()
        else:
            self._window.showNormal()
