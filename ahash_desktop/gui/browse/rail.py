"""The rail beside the photos: folders, dates, kinds and cameras, each with how many photos."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTreeView, QWidget

from ahash_desktop.core.filters import PhotoFilter
from ahash_desktop.gui.base.wording import number_text
from ahash_desktop.gui.browse.rail_model import RailModel
from ahash_desktop.gui.browse.rail_tree import SECTION, Way

_WIDTH_PX = 224
_LEAST_PX = 160
_MARGIN_PX = 12
_ICON_PX = 18
_OPEN_AT_FIRST = {(SECTION, "folders"), (SECTION, "dates"), (SECTION, "kinds")}


class Rail(QTreeView):
    """A tree in which a click, or Enter, goes somewhere; what is open stays open."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName(self.tr("Ways into the library"))
        self._rail_model = RailModel(self)
        self._open: set[tuple[object, ...]] = set(_OPEN_AT_FIRST)
        self._seen: set[tuple[object, ...]] = set()
        self._is_filling = False
        self.setModel(self._rail_model)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIndentation(14)
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.setAnimated(False)
        self.setExpandsOnDoubleClick(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(_LEAST_PX)
        header = self.header()
        header.setMinimumSectionSize(1)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.clicked.connect(self._on_clicked)
        self.expanded.connect(lambda index: self._note_open(index, is_open=True))
        self.collapsed.connect(lambda index: self._note_open(index, is_open=False))

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH_PX, super().sizeHint().height())

    @property
    def rail_model(self) -> RailModel:
        """What it shows."""
        return self._rail_model

    def show_ways(self, ways: Sequence[Way], current: PhotoFilter | None) -> None:
        """Shows these ways, and which of them was taken."""
        place = self.verticalScrollBar().value()
        self._is_filling = True
        self._rail_model.show_ways(ways)
        most = max((way.count or 0 for way in ways), default=0)
        self._open_roots(ways)
        width = self.fontMetrics().horizontalAdvance(number_text(most)) + _MARGIN_PX
        self.header().resizeSection(1, width)
        for index in list(self._rail_model.all_indexes()):
            self.setExpanded(index, self._rail_model.way_at(index).key in self._open)
        self._is_filling = False
        self.show_current(current)
        self.verticalScrollBar().setValue(place)

    def show_current(self, wanted: PhotoFilter | None) -> None:
        """Marks the way that leads to these photos; none without one."""
        if wanted is None:
            self.clearSelection()
            return
        index = self._rail_model.index_leading_to(wanted)
        if index.isValid():
            self.setCurrentIndex(index)
        else:
            self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._on_clicked(self.currentIndex())
            return
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
            return
        super().keyPressEvent(event)

    def _on_clicked(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        first = index.siblingAtColumn(0)
        way = self._rail_model.way_at(first)
        if way.key[0] == SECTION:
            self.setExpanded(first, not self.isExpanded(first))
        else:
            self.chosen.emit(way)

    def _open_roots(self, ways: Sequence[Way]) -> None:
        """A folder of the library stands open when it is seen first."""
        for way in ways:
            if way.key == (SECTION, "folders"):
                fresh = {root.key for root in way.ways} - self._seen
                self._open |= fresh
                self._seen |= fresh

    def _note_open(self, index: QModelIndex, *, is_open: bool) -> None:
        if self._is_filling:
            return
        key = self._rail_model.way_at(index).key
        (self._open.add if is_open else self._open.discard)(key)
