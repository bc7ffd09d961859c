"""A grid of photos that stays smooth with a hundred thousand of them."""

from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QWidget

from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import number_text
from ahash_desktop.gui.grid.heading_pointer import HeadingPointer
from ahash_desktop.gui.grid.headings import Headings
from ahash_desktop.gui.grid.photo_delegate import PhotoDelegate
from ahash_desktop.gui.grid.photo_list import PhotoListModel, PhotoRole
from ahash_desktop.gui.grid.sectioned_view import SectionedView
from ahash_desktop.gui.grid.thumbnails import ThumbnailLoader
from ahash_desktop.gui.grid.tile_button import TileButton

SMALLEST_PX = 96
LARGEST_PX = 384
DEFAULT_PX = 184

_SETTLE_MS = 30
_N_LINES_AHEAD = 2

_STEPS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
"""Keys that choose the photo with the keyboard's attention first, while none is chosen."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen: the photo that has the keyboard's attention, and all that are selected.

    `among_matches` says whether they are matches of a search.
    """

    current_id: int | None
    ids: tuple[int, ...]
    among_matches: bool


class PhotoGrid(SectionedView):
    """Photos in columns that fill the width; Enter or a double click does something with one.

    Args:
        view_name: Tells this grid's wishes for thumbnails from those of others.
    """

    photo_activated = Signal(int)
    photo_double_clicked = Signal(int)
    similar_wanted = Signal(int)
    chosen_changed = Signal()
    menu_wanted = Signal(object)
    looked_at = Signal(list)
    view_wanted = Signal()
    drag_wanted = Signal(QWidget)
    first_row_changed = Signal(int)

    def __init__(
        self,
        view_name: str,
        model: PhotoListModel,
        thumbnails: ThumbnailLoader,
        colours: Colours,
        *,
        with_caption: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(model, Headings(colours), parent)
        self._view_name = view_name
        self._thumbnails = thumbnails
        self._cell_px = DEFAULT_PX
        self._rows_near: dict[int, int] = {}
        self._photo_delegate = PhotoDelegate(
            thumbnails, colours, with_caption=with_caption, parent=self
        )
        self._set_up_view()
        self.setItemDelegate(self._photo_delegate)
        self._settled = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settled.timeout.connect(self._want_visible)
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            changed.connect(self._settled.start)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._settled.start)
        self.selectionModel().selectionChanged.connect(self.chosen_changed)
        thumbnails.arrived.connect(self._on_thumbnail_arrived)
        self.doubleClicked.connect(
            lambda index: self.photo_double_clicked.emit(index.data(PhotoRole.PHOTO_ID))
        )
        self._find_button = TileButton(
            self, self._picture_rect, "search", self.tr("Find similar"), colours
        )
        self._find_button.wanted.connect(
            lambda index: self.similar_wanted.emit(index.data(PhotoRole.PHOTO_ID))
        )
        self._heading_pointer = HeadingPointer(self)
        self.cells_wanted.connect(self._lay_out)
        self._lay_out()

    def _set_up_view(self) -> None:
        self.setObjectName("photoGrid")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAcceptDrops(False)
        self.setDragEnabled(True)

    @property
    def cell_px(self) -> int:
        """The least width of a cell, in logical pixels."""
        return self._cell_px

    def set_cell_px(self, cell_px: int) -> None:
        """Shows the photos larger or smaller; the current place stays in view."""
        cell_px = min(max(cell_px, SMALLEST_PX), LARGEST_PX)
        if cell_px == self._cell_px:
            return
        anchor = self._first_visible()
        self._cell_px = cell_px
        self._lay_out()
        if anchor.isValid():
            self.scrollTo(anchor, QAbstractItemView.ScrollHint.PositionAtTop)

    def set_fills_tiles(self, fills: bool) -> None:
        """Whether photos are cut to fill their tile, or shown whole."""
        self._photo_delegate.set_fills_tiles(fills)
        self._settled.start()
        self.viewport().update()

    def set_names(self, with_names: bool) -> None:
        """Whether the names of files stand below photos that are no matches."""
        anchor = self._first_visible()
        self._photo_delegate.set_names(with_names)
        self._lay_out()
        if anchor.isValid():
            self.scrollTo(anchor, QAbstractItemView.ScrollHint.PositionAtTop)
        self.viewport().update()

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._headings.set_colours(colours)
        self._photo_delegate.set_colours(colours)
        self._find_button.set_colours(colours)
        self.viewport().update()

    def chosen_ids(self) -> list[int]:
        """Ids of the selected photos, in row order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [int(self._photo_model.photo_ids[row]) for row in rows]

    def current_id(self) -> int | None:
        """The photo that has the keyboard's attention, if it is selected."""
        index = self.currentIndex()
        if index.isValid() and self.selectionModel().isSelected(index):
            return int(index.data(PhotoRole.PHOTO_ID))
        return None

    def attended_id(self) -> int | None:
        """The photo that has the keyboard's attention, selected or not."""
        index = self.currentIndex()
        return index.data(PhotoRole.PHOTO_ID) if index.isValid() else None

    def attend_to_row(self, row: int) -> None:
        """Gives one row the keyboard's attention, and selects none."""
        index = self.model().index(row, 0)
        self.selectionModel().clearSelection()
        if index.isValid():
            self.attend(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def choose_row(self, row: int) -> None:
        """Selects one row and brings it into view."""
        index = self.model().index(row, 0)
        if index.isValid():
            self.attend(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def tell_first_row(self) -> None:
        """Tells anew which row is the first in view."""
        self.first_row_changed.emit(self._first_visible().row())

    def place_text(self) -> str:
        """Where the current photo is among the others: "3 of 200"."""
        return self.tr("{row} of {all}").format(
            row=number_text(self.currentIndex().row() + 1), all=number_text(self.model().rowCount())
        )

    def step(self, by: int) -> None:
        """Selects the photo so many rows on, if there is one."""
        row = self.currentIndex().row() + by
        if 0 <= row < self.model().rowCount():
            self.choose_row(row)

    def startDrag(self, actions: Qt.DropAction) -> None:
        self.drag_wanted.emit(self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            place = self.visualRect(index).center()
        else:
            place = event.pos()
            index = self.indexAt(place)
        if index.isValid():
            self.menu_wanted.emit(self.viewport().mapToGlobal(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._on_activated(self.currentIndex())
            return
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self.view_wanted.emit()
            return
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
            return
        if event.key() in _STEPS and not self.selectionModel().hasSelection():
            self.choose_row(max(0, self.currentIndex().row()))
            return
        super().keyPressEvent(event)

    def _lay_out(self) -> None:
        width = max(1, self.viewport().width())
        columns = max(1, width // self._cell_px)
        cell_width = width // columns
        cell = QSize(cell_width, self._photo_delegate.cell_height(cell_width, self.fontMetrics()))
        self._photo_delegate.set_cell(cell)
        self._photo_delegate.make_room(self.viewport().size(), self.devicePixelRatio())
        self.set_cells(columns, cell)
        self._settled.start()

    def _picture_rect(self, index: QModelIndex) -> QRect:
        photo_id = index.data(PhotoRole.PHOTO_ID)
        cell = self.visualRect(index)
        return self._photo_delegate.picture_rect(cell, self.fontMetrics(), photo_id)

    def _first_visible(self) -> QModelIndex:
        return self.model().index(self.rows_in_view().start, 0)

    def _want_visible(self) -> None:
        """Asks for what is in view first, then for a little beyond."""
        ids, seen = self._photo_model.photo_ids, self.rows_in_view()
        self._rows_near = {}
        self.first_row_changed.emit(self._first_visible().row())
        if not self.isVisible() or not seen:
            self._thumbnails.set_wanted(self._view_name, [], 1)
            return
        self.looked_at.emit(ids[seen.start : seen.stop].tolist())
        rows = self.rows_in_view(_N_LINES_AHEAD * self.cell.height())
        near = ids[rows.start : rows.stop].tolist()
        self._rows_near = {photo_id: row for row, photo_id in enumerate(near, rows.start)}
        n_above = seen.start - rows.start
        wanted = [*near[n_above:], *near[:n_above]]
        self._thumbnails.set_wanted(self._view_name, wanted, self._wanted_edge_px())

    def _wanted_edge_px(self) -> int:
        return round(self._photo_delegate.wanted_edge() * self.devicePixelRatio())

    def _on_scrolled(self) -> None:
        if not self._settled.isActive():
            self._settled.start()

    def _on_thumbnail_arrived(self, photo_id: int) -> None:
        row = self._rows_near.get(photo_id)
        if row is not None and self.isVisible():
            self.update(self.model().index(row, 0))

    def _on_activated(self, index: QModelIndex) -> None:
        if index.isValid():
            self.photo_activated.emit(index.data(PhotoRole.PHOTO_ID))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settled.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._thumbnails.set_wanted(self._view_name, [], 1)
