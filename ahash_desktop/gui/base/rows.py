"""Tables of things, one row each: what a column is called, what it says, and how it sorts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from ahash_desktop.gui.base.plain import plain_tool_tip

Index = QModelIndex | QPersistentModelIndex
"""What Qt hands to a model."""

Entry = TypeVar("Entry")

_ROW_PX = 32


@dataclass(frozen=True, slots=True)
class Column(Generic[Entry]):
    """One column: its title, what it says of an entry, and what its tool tip says.

    Without a `tool_tip` there is none; `sort_key` is needed where a table is sorted by it.
    """

    title: str
    text: Callable[[Entry], str]
    tool_tip: Callable[[Entry], str] | None = None
    sort_key: Callable[[Entry], Any] | None = None


class RowsModel(QAbstractTableModel, Generic[Entry]):
    """A row for each entry, in the order they are given or by a column that was chosen.

    Args:
        columns: From left to right.
        identity_of: What tells an entry from the others while the order changes.
        sorts_by: The column to begin with and whether its largest comes first; without it the
            rows cannot be sorted.
    """

    def __init__(
        self,
        columns: Sequence[Column[Entry]],
        identity_of: Callable[[Entry], object] = id,
        sorts_by: tuple[int, bool] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._identity_of = identity_of
        self._first_order = self._order = sorts_by
        self._entries: list[Entry] = []

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Shows these entries."""
        self.beginResetModel()
        self._entries = list(entries)
        self._arrange()
        self.endResetModel()

    def entry_at(self, row: int) -> Entry:
        """The entry in a row."""
        return self._entries[row]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if self._first_order is None:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [self._identity_of(self._entries[index.row()]) for index in before]
        is_falling = order == Qt.SortOrder.DescendingOrder
        self._order = (column if column >= 0 else self._first_order[0], is_falling)
        self._arrange()
        row_of = {self._identity_of(entry): row for row, entry in enumerate(self._entries)}
        after = [
            self.index(row_of[identity], index.column())
            for identity, index in zip(held, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return self._columns[section].title if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry, column = self._entries[index.row()], self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(entry)
        if role == Qt.ItemDataRole.ToolTipRole and column.tool_tip is not None:
            return plain_tool_tip(column.tool_tip(entry))
        return None

    def _arrange(self) -> None:
        if self._order is None:
            return
        column, is_falling = self._order
        key = self._columns[column].sort_key
        if key is not None:
            self._entries.sort(key=key, reverse=is_falling)


def table_of(
    model: QAbstractItemModel, name: str, widths_px: Mapping[int, int], wide_column: int
) -> QTableView:
    """A plain table of whole rows.

    Args:
        model: Its rows.
        name: What a screen reader calls it.
        widths_px: Of the columns that have a width of their own.
        wide_column: Takes the room that is left.
    """
    table = QTableView()
    table.setAccessibleName(name)
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(_ROW_PX)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    for column, width_px in widths_px.items():
        header.resizeSection(column, width_px)
    header.setSectionResizeMode(wide_column, QHeaderView.ResizeMode.Stretch)
    return table


def chosen_rows(view: QAbstractItemView) -> list[int]:
    """The rows chosen in a list or a table, from the top."""
    return sorted(index.row() for index in view.selectionModel().selectedRows())
