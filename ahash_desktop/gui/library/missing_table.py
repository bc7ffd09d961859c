"""Photos whose files are gone, as rows."""

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from ahash_desktop.core.records import MissingEntry
from ahash_desktop.gui.base.wording import moment_text, translate


class MissingColumn(IntEnum):
    """Columns of the list of missing photos."""

    FILE = 0
    FOLDER = 1
    SINCE = 2


class MissingTableModel(QAbstractTableModel):
    """Missing photos, those that are gone longest first."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self._entries: tuple[MissingEntry, ...] = ()

    def show_missing(self, entries: Sequence[MissingEntry]) -> None:
        """Shows these photos in this order."""
        self.beginResetModel()
        self._entries = tuple(entries)
        self.endResetModel()

    def entry_at(self, row: int) -> MissingEntry:
        """The photo in a row."""
        return self._entries[row]

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(MissingColumn)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ):
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                translate("missing", "File"),
                translate("missing", "It lay in"),
                translate("missing", "Missing since"),
            )[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(entry.path)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (entry.path.name, str(entry.path.parent), moment_text(entry.missing_since))[
            index.column()
        ]
