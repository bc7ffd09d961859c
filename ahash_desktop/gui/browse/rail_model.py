"""The ways into the library as rows of a tree: the name in one column, the count in the other."""

from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.wording import number_text, photos_text, translate
from ahash_desktop.gui.browse.rail_tree import SECTION, Way

Index = QModelIndex | QPersistentModelIndex


class RailModel(QAbstractItemModel):
    """Shows a tree of ways; indexes carry the number of their way."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ways: list[Way] = []
        self._places: list[tuple[int, int]] = []
        self._below: list[list[int]] = [[]]

    def show_ways(self, ways: Sequence[Way]) -> None:
        """Shows another tree."""
        self.beginResetModel()
        self._ways, self._places, self._below = [], [], [[]]
        self._take(ways, -1)
        self.endResetModel()

    def way_at(self, index: Index) -> Way:
        """The way in a row."""
        return self._ways[index.internalId()]

    def index_of(self, key: tuple[object, ...]) -> QModelIndex:
        """Where a way is, by its key."""
        return next((self._index(n) for n, way in enumerate(self._ways) if way.key == key),
                    QModelIndex())  # fmt: skip

    def index_leading_to(self, wanted: object) -> QModelIndex:
        """The way that leads to just these photos."""
        return next(
            (self._index(n) for n, way in enumerate(self._ways) if way.wanted == wanted),
            QModelIndex(),
        )

    def text_of(self, wanted: object) -> str:
        """What the way that leads to these photos is called; empty if there is none."""
        way = next((way for way in self._ways if way.wanted == wanted), None)
        return "" if way is None else way.title or way.text

    def all_indexes(self) -> Iterator[QModelIndex]:
        """Every row that has others below it."""
        for number, way in enumerate(self._ways):
            if way.ways:
                yield self._index(number)

    def index(self, row: int, column: int, parent: Index | None = None) -> QModelIndex:
        below = self._below[self._number(parent) + 1]
        if not 0 <= row < len(below) or column not in (0, 1):
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: Index | None = None) -> Any:
        if index is None:
            return super().parent()
        if not index.isValid():
            return QModelIndex()
        above, _ = self._places[index.internalId()]
        return QModelIndex() if above < 0 else self._index(above)

    def rowCount(self, parent: Index | None = None) -> int:
        if parent is not None and parent.column() > 0:
            return 0
        return len(self._below[self._number(parent) + 1])

    def columnCount(self, parent: Index | None = None) -> int:
        return 2

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        way = self.way_at(index)
        if role == Qt.ItemDataRole.DisplayRole:
            if index.column() == 0:
                return way.text
            return "" if way.count is None else number_text(way.count)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return way.picture
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(way.tool_tip or way.text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if way.count is None:
                return way.text
            return translate("rail", "{way}, {photos}").format(
                way=way.text, photos=photos_text(way.count)
            )
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 1:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self.way_at(index).key[0] == SECTION:
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def _take(self, ways: Sequence[Way], above: int) -> None:
        for row, way in enumerate(ways):
            number = len(self._ways)
            self._ways.append(way)
            self._places.append((above, row))
            self._below[above + 1].append(number)
            self._below.append([])
            self._take(way.ways, number)

    def _index(self, number: int) -> QModelIndex:
        return self.createIndex(self._places[number][1], 0, number)

    def _number(self, parent: Index | None) -> int:
        return -1 if parent is None or not parent.isValid() else int(parent.internalId())
