"""Every bit of a model as a row: its name, how often it is on, what it goes with."""

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, QSortFilterProxyModel, Qt

from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.rows import Index
from ahash_desktop.gui.base.wording import bit_text, number_text, signed_text, translate
from ahash_desktop.search.bit_relations import closest_bits
from ahash_desktop.services.bits import BitOverview


class OverviewColumn(IntEnum):
    """Columns of the table."""

    BIT = 0
    NAME = 1
    SHARE_ON = 2
    CLOSEST = 3


class OverviewRole(IntEnum):
    """What a cell tells besides its text."""

    BIT = Qt.ItemDataRole.UserRole + 1
    SORT = Qt.ItemDataRole.UserRole + 2


_NUMBERS = (OverviewColumn.BIT, OverviewColumn.SHARE_ON, OverviewColumn.CLOSEST)


class BitOverviewModel(QAbstractTableModel):
    """One row a bit, in order; a `QSortFilterProxyModel` sorts by `OverviewRole.SORT`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._overview: BitOverview | None = None
        self._texts: list[list[str]] = []

    @property
    def overview(self) -> BitOverview | None:
        """What is shown."""
        return self._overview

    def show_overview(self, overview: BitOverview) -> None:
        """Shows other figures; rows keep their selection if the model is the same."""
        texts = [
            [_text(overview, bit, column) for column in OverviewColumn]
            for bit in range(len(overview.statistics))
        ]
        if self._overview is not None and len(self._overview.statistics) == len(
            overview.statistics
        ):
            self._overview, self._texts = overview, texts
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._overview, self._texts = overview, texts
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        if self._overview is None or (parent is not None and parent.isValid()):
            return 0
        return len(self._overview.statistics)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(OverviewColumn)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        overview = self._overview
        if overview is None or not index.isValid() or index.row() >= self.rowCount():
            return None
        bit, column = index.row(), OverviewColumn(index.column())
        if role == OverviewRole.BIT:
            return bit
        if role == OverviewRole.SORT:
            return _sort_key(overview, bit, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts[bit][column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(self._texts[bit][column])
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = OverviewColumn(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return {
                OverviewColumn.BIT: translate("bits", "Bit"),
                OverviewColumn.NAME: translate("bits", "Name"),
                OverviewColumn.SHARE_ON: translate("bits", "On"),
                OverviewColumn.CLOSEST: translate("bits", "Goes with"),
            }[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return {
                OverviewColumn.SHARE_ON: translate("bits", "Share of the photos that have it on"),
                OverviewColumn.CLOSEST: translate(
                    "bits", "The bit that changes with it most, and the correlation of the two"
                ),
            }.get(column)
        return None


class BitOverviewProxy(QSortFilterProxyModel):
    """The bits, sorted by a column and filtered by what is typed: a number or part of a name."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted = ""
        self.setSortRole(OverviewRole.SORT)

    def set_wanted(self, text: str) -> None:
        """Shows only bits whose number is `text` or whose name holds it."""
        self._wanted = text.strip().casefold()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        if not self._wanted:
            return True
        model = self.sourceModel()
        name = model.index(row, OverviewColumn.NAME).data() or ""
        return self._wanted == str(row) or self._wanted in name.casefold()


def share_text(share: float) -> str:
    """A share as a percentage."""
    return translate("bits", "{percent} %").format(percent=number_text(100 * share, 0))


def _text(overview: BitOverview, bit: int, column: OverviewColumn) -> str:
    entry = overview.statistics[bit]
    if column is OverviewColumn.BIT:
        return str(bit)
    if column is OverviewColumn.NAME:
        return entry.name or "–"
    if column is OverviewColumn.SHARE_ON:
        return share_text(entry.share_on)
    closest = closest_bits(overview.correlations, bit, 1)
    if not closest:
        return "–"
    other, correlation = closest[0]
    name = bit_text(other, overview.statistics[other].name)
    return f"{name}  {signed_text(correlation)}"


def _sort_key(overview: BitOverview, bit: int, column: OverviewColumn) -> float | str:
    entry = overview.statistics[bit]
    if column is OverviewColumn.NAME:
        return (entry.name or "\uffff").casefold()
    if column is OverviewColumn.SHARE_ON:
        return entry.share_on
    if column is OverviewColumn.CLOSEST:
        closest = closest_bits(overview.correlations, bit, 1)
        return abs(closest[0][1]) if closest else 0.0
    return float(bit)
