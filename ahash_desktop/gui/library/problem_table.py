"""Files that could not be read, as rows."""

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from ahash_desktop.core.records import ProblemEntry
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.wording import moment_text, problem_kind_text, translate


class ProblemColumn(IntEnum):
    """Columns of the problems list."""

    FILE = 0
    KIND = 1
    REASON = 2
    NOTED = 3


class ProblemTableModel(QAbstractTableModel):
    """The problems list, sortable by each column."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self._entries: list[ProblemEntry] = []
        self._column = ProblemColumn.NOTED
        self._descending = True

    def show_problems(self, entries: Sequence[ProblemEntry]) -> None:
        """Shows these problems in the chosen order."""
        self.beginResetModel()
        self._entries = list(entries)
        self._arrange()
        self.endResetModel()

    def entry_at(self, row: int) -> ProblemEntry:
        """The problem in a row."""
        return self._entries[row]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._entries[index.row()].photo_id for index in before]
        self._column = ProblemColumn(column) if column >= 0 else ProblemColumn.NOTED
        self._descending = order == Qt.SortOrder.DescendingOrder
        self._arrange()
        row_of = {entry.photo_id: row for row, entry in enumerate(self._entries)}
        self.changePersistentIndexList(
            before,
            [
                self.index(row_of[photo_id], index.column())
                for photo_id, index in zip(ids, before, strict=True)
            ],
        )
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        self._entries.sort(key=self._key, reverse=self._descending)

    def _key(self, entry: ProblemEntry) -> tuple[object, ...]:
        name = entry.path.name.casefold()
        return {
            ProblemColumn.FILE: (name, str(entry.path)),
            ProblemColumn.KIND: (problem_kind_text(entry.problem.kind), name),
            ProblemColumn.REASON: (entry.problem.reason, name),
            ProblemColumn.NOTED: (entry.noted_at, name),
        }[self._column]

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(ProblemColumn)

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
                translate("problems", "File"),
                translate("problems", "Kind"),
                translate("problems", "What happened"),
                translate("problems", "When"),
            )[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            is_file = index.column() == ProblemColumn.FILE
            return str(entry.path) if is_file else sentence_text(entry.problem.reason)
        return None

    def _text(self, entry: ProblemEntry, column: int) -> str:
        if column == ProblemColumn.FILE:
            return entry.path.name
        if column == ProblemColumn.KIND:
            return problem_kind_text(entry.problem.kind)
        if column == ProblemColumn.REASON:
            return sentence_text(entry.problem.reason)
        return moment_text(entry.noted_at)
