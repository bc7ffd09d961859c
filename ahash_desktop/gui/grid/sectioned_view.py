"""A list view whose rows stand in lines of equal cells, parted by headings of the full width."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QRubberBand,
    QStyle,
    QStyleOptionRubberBand,
    QStyleOptionViewItem,
    QWidget,
)

from ahash_desktop.gui.base.rows import Index
from ahash_desktop.gui.grid.headings import Headings
from ahash_desktop.gui.grid.photo_list import PhotoListModel
from ahash_desktop.gui.grid.sections import GridGeometry, Sections

_Action = QAbstractItemView.CursorAction
_Flag = QItemSelectionModel.SelectionFlag
_Hint = QAbstractItemView.ScrollHint
_ADDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_LEAST_STEP_PX = 24
_STEPS_A_LINE = 3
_MOST_RANGES = 64
_BAND_PX = 16
"""So far beyond the view is the edge of a band that reaches out of it."""


class SectionedView(QListView):
    """Lays out, finds and paints rows by a geometry of its own.

    Qt's list view knows no headings, so nothing is left to its own layout; it is a list view for
    the sake of screen readers, to which Qt shows the rows of one. `cells_wanted` asks for cells
    that suit the room there is, to be given by `set_cells`.
    """

    cells_wanted = Signal()

    def __init__(
        self, model: PhotoListModel, headings: Headings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._photo_model = model
        self._headings = headings
        self._n_columns = 1
        self._cell = QSize(1, 1)
        self._heading_px = 0
        self._geometry = GridGeometry.lay_out(Sections(), 1, self._cell, 0)
        self._laid_out: tuple[object, ...] = ()
        self._hovered = QPersistentModelIndex()
        self._band: QRect | None = None
        self._column: tuple[int, int] | None = None
        self._command: _Flag | None = None
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setModel(model)
        self.entered.connect(self._on_entered)
        self.viewportEntered.connect(lambda: self._on_entered(QModelIndex()))

    @property
    def cell(self) -> QSize:
        """What a row takes."""
        return self._cell

    def set_cells(self, n_columns: int, cell: QSize) -> None:
        """Says how many cells stand in a line, and how large they are."""
        self._n_columns = max(1, n_columns)
        self._cell = cell.expandedTo(QSize(1, 1))
        self._heading_px = self._headings.height(self.font())
        self.updateGeometries()
        self.viewport().update()

    def rows_in_view(self, beyond_px: int = 0) -> range:
        """The rows of the lines in view, or also of those so many pixels above and below."""
        top = self.verticalScrollBar().value()
        return self._places().rows_between(
            top - beyond_px, top + self.viewport().height() + beyond_px
        )

    def _places(self) -> GridGeometry:
        """Where everything lies as the rows are now, whether or not they were laid out since."""
        wanted = (self._photo_model.sections, self._n_columns, self._cell, self._heading_px)
        if wanted != self._laid_out:
            self._geometry = GridGeometry.lay_out(*wanted)
            self._laid_out = wanted
        return self._geometry

    def _offset(self) -> QPoint:
        """Where in the content the viewport begins."""
        return QPoint(0, self.verticalScrollBar().value())

    def _index(self, row: int | None) -> QModelIndex:
        return QModelIndex() if row is None else self._photo_model.index(row, 0)

    def doItemsLayout(self) -> None:
        self.cells_wanted.emit()
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        QAbstractItemView.updateGeometries(self)
        bar, page_px = self.verticalScrollBar(), self.viewport().height()
        bar.setSingleStep(max(_LEAST_STEP_PX, self._cell.height() // _STEPS_A_LINE))
        bar.setPageStep(page_px)
        bar.setRange(0, max(0, self._places().height - page_px))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.cells_wanted.emit()
        QAbstractItemView.resizeEvent(self, event)

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        self.scheduleDelayedItemsLayout()  # headings may have changed, too
        super().dataChanged(first, last, roles)

    def visualRect(self, index: Index) -> QRect:
        places = self._places()
        if not index.isValid() or index.row() >= places.n_rows:
            return QRect()
        return places.rect_of(index.row()).translated(-self._offset())

    def indexAt(self, place: QPoint) -> QModelIndex:
        return self._index(self._places().find_row_at(place + self._offset()))

    def scrollTo(self, index: Index, hint: _Hint = _Hint.EnsureVisible) -> None:
        self.executeDelayedItemsLayout()
        places = self._places()
        if not index.isValid() or index.row() >= places.n_rows:
            return
        bar, page_px = self.verticalScrollBar(), self.viewport().height()
        rect = places.rect_of(index.row())
        heading = places.find_heading_of(index.row())
        if heading is not None and rect.height() + places.heading_px <= page_px:
            rect.setTop(places.heading_rect(heading).top())
        top, bottom = rect.top(), rect.top() + rect.height()
        if hint == _Hint.PositionAtCenter:
            bar.setValue((top + bottom - page_px) // 2)
        elif hint == _Hint.PositionAtTop or (hint == _Hint.EnsureVisible and top < bar.value()):
            bar.setValue(top)
        elif hint == _Hint.PositionAtBottom or bottom > bar.value() + page_px:
            bar.setValue(min(top, bottom - page_px))

    def moveCursor(self, action: _Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        places, row = self._places(), self.currentIndex().row()
        if not places.n_rows:
            return QModelIndex()
        if row < 0:
            return self._index(0)
        match action:
            case _Action.MoveLeft | _Action.MovePrevious:
                return self._index(max(0, row - 1))
            case _Action.MoveRight | _Action.MoveNext:
                return self._index(min(places.n_rows - 1, row + 1))
            case _Action.MoveHome:
                return self._index(0)
            case _Action.MoveEnd:
                return self._index(places.n_rows - 1)
        return self._index(self._moved_up_or_down(row, action))

    def _moved_up_or_down(self, row: int, action: _Action) -> int:
        """The row that a key leads to; a short line on the way is no reason to lose the column."""
        places = self._places()
        kept, column = self._column or (-1, 0)
        if kept != row:
            column = row - places.line_of(row).start
        page_px = max(0, self.viewport().height() - places.cell.height())
        y = places.rect_of(row).center().y()
        match action:
            case _Action.MoveUp:
                found = places.row_above(row, column)
            case _Action.MoveDown:
                found = places.row_below(row, column)
            case _Action.MovePageUp:
                found = min(places.row_near(y - page_px, column), places.row_above(row, column))
            case _:
                found = max(places.row_near(y + page_px, column), places.row_below(row, column))
        self._column = found, column
        return found

    def setSelection(self, rect: QRect, command: _Flag) -> None:
        """Selects what a band touches, or else from the one corner to the other as one reads."""
        places, offset = self._places(), self._offset()
        selection = QItemSelection()
        if self.state() == QAbstractItemView.State.DragSelectingState:
            first, last = rect.topLeft() + offset, rect.bottomRight() + offset
            self._show_band(_spanned(first, last))
            for run in places.runs_within(_spanned(first, last)):
                selection.append(self._range(run))
        else:
            ends = [
                places.find_row_at(corner + offset)
                for corner in (rect.topLeft(), rect.bottomRight())
            ]
            rows = sorted(row for row in ends if row is not None)
            if len(rows) == len(ends):
                selection.append(self._range(range(rows[0], rows[1] + 1)))
        self.selectionModel().select(selection, command)

    def _range(self, rows: range) -> QItemSelectionRange:
        return QItemSelectionRange(self._index(rows.start), self._index(rows.stop - 1))

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """The part of it that is in view, or all of the view if it is in too many pieces."""
        if selection.count() > _MOST_RANGES:
            return QRegion(self.viewport().rect())
        places, seen, region = self._places(), self.rows_in_view(), QRegion()
        for each in selection.toList():
            for row in range(max(seen.start, each.top()), min(seen.stop, each.bottom() + 1)):
                region += places.rect_of(row).translated(-self._offset())
        return region

    def _show_band(self, band: QRect | None) -> None:
        if band != self._band:
            self._band = band
            self.viewport().update()

    def attend(self, index: QModelIndex, command: _Flag) -> None:
        """Gives a row the keyboard's attention; with Shift, ranges are selected from there."""
        self._command = command
        self.setCurrentIndex(index)
        self._command = None

    def selectionCommand(self, index: Index, event: QEvent | None = None) -> _Flag:
        return super().selectionCommand(index, event) if self._command is None else self._command

    def choose_section(self, section: int, modifiers: Qt.KeyboardModifier) -> None:
        """Selects the rows below a heading; with Ctrl or Shift besides what is selected."""
        rows, selection = self._photo_model.sections.rows_of(section), self.selectionModel()
        flag = _Flag.Select if modifiers & _ADDS else _Flag.ClearAndSelect
        if modifiers & Qt.KeyboardModifier.ControlModifier and self._is_chosen(rows):
            flag = _Flag.Deselect
        scrolls = self.hasAutoScroll()
        self.setAutoScroll(False)
        self.attend(self._index(rows.start), _Flag.NoUpdate)
        self.setAutoScroll(scrolls)
        picked = QItemSelection()
        picked.append(self._range(rows))
        selection.select(picked, flag)

    def _is_chosen(self, rows: range) -> bool:
        """Whether all of these rows are selected."""
        ranges = [
            range(max(rows.start, each.top()), min(rows.stop, each.bottom() + 1))
            for each in self.selectionModel().selection().toList()
        ]
        return sum(map(len, ranges)) == len(rows)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._show_band(None)

    def find_heading_at(self, place: QPoint) -> int | None:
        """The section whose heading has its text at a place of the viewport."""
        y = place.y() + self._offset().y()
        for section in self._places().headings_between(y, y + 1):
            title, n_rows = self._told(section)
            rect = self._heading_rect(section)
            if self._headings.text_rect(rect, self.font(), title, n_rows).contains(place):
                return section
        return None

    def _on_entered(self, index: QModelIndex) -> None:
        self._hovered = QPersistentModelIndex(index)

    def currentChanged(self, current: Index, previous: Index) -> None:
        QAbstractItemView.currentChanged(self, current, previous)
        if current.isValid() and self.hasFocus():
            self._tell_screen_reader(QAccessible.Event.Focus, current.row())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        QAbstractItemView.selectionChanged(self, selected, deselected)
        for event, changed in (
            (QAccessible.Event.SelectionAdd, selected),
            (QAccessible.Event.SelectionRemove, deselected),
        ):
            if not changed.isEmpty():
                self._tell_screen_reader(event, changed.first().top())

    def _tell_screen_reader(self, event: QAccessible.Event, row: int) -> None:
        """As Qt's list view does, which would look for the row in its own layout."""
        if QAccessible.isActive():
            told = QAccessibleEvent(self, event)
            told.setChild(row)
            QAccessible.updateAccessibility(told)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        top, bottom = event.rect().top(), event.rect().bottom() + 1
        offset = self._offset().y()
        for section in self._places().headings_between(top + offset, bottom + offset):
            rect = self._heading_rect(section)
            self._headings.paint(painter, rect, self.font(), *self._told(section))
        self._paint_rows(painter, event.region(), top + offset, bottom + offset)
        if self._band is not None:
            self._paint_band(painter, self._band.translated(-self._offset()))
        painter.end()

    def _paint_rows(self, painter: QPainter, region: QRegion, top: int, bottom: int) -> None:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain, places, delegate = option.state, self._places(), self.itemDelegate()
        selection = self.selectionModel()
        hovered = self._hovered.row() if self.viewport().underMouse() else -1
        focused = self.currentIndex().row() if self.hasFocus() else -1
        for row in places.rows_between(top, bottom):
            rect = places.rect_of(row).translated(-self._offset())
            if not region.intersects(rect):
                continue
            index = self._index(row)
            state = plain & ~QStyle.StateFlag.State_MouseOver
            if selection.isSelected(index):
                state |= QStyle.StateFlag.State_Selected
            if row == focused:
                state |= QStyle.StateFlag.State_HasFocus
            if row == hovered:
                state |= QStyle.StateFlag.State_MouseOver
            option.rect, option.state = rect, state
            delegate.paint(painter, option, index)

    def _paint_band(self, painter: QPainter, band: QRect) -> None:
        option = QStyleOptionRubberBand()
        option.initFrom(self)
        option.shape = QRubberBand.Shape.Rectangle
        option.opaque = False
        around = self.viewport().rect().adjusted(-_BAND_PX, -_BAND_PX, _BAND_PX, _BAND_PX)
        option.rect = band.intersected(around)
        self.style().drawControl(QStyle.ControlElement.CE_RubberBand, option, painter, self)

    def _heading_rect(self, section: int) -> QRect:
        """Of a section in the viewport."""
        return self._places().heading_rect(section).translated(-self._offset())

    def _told(self, section: int) -> tuple[str, int]:
        """The title of a section, and how many rows it has."""
        sections = self._photo_model.sections
        return sections.titles[section], len(sections.rows_of(section))


def _spanned(first: QPoint, last: QPoint) -> QRect:
    """The rectangle between two corners, whichever they are."""
    left, right = sorted((first.x(), last.x()))
    top, bottom = sorted((first.y(), last.y()))
    return QRect(QPoint(left, top), QPoint(right, bottom))
