"""The folders of the library, as rows."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QObject, Qt

from ahash_desktop.core.records import Root, RootState
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.rows import Index
from ahash_desktop.gui.base.wording import translate


class RootListModel(QAbstractListModel):
    """One row a folder; a folder that cannot be reached says so."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._roots: tuple[Root, ...] = ()

    def show_roots(self, roots: Sequence[Root]) -> None:
        """Shows these folders."""
        if tuple(roots) == self._roots:
            return
        self.beginResetModel()
        self._roots = tuple(roots)
        self.endResetModel()

    def root_at(self, row: int) -> Root:
        """The folder in a row."""
        return self._roots[row]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._roots)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        root = self._roots[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            if root.state is RootState.OFFLINE:
                return translate("folders", "{folder}  (cannot be reached now)").format(
                    folder=root.path
                )
            if root.moved_from is not None:
                return translate("folders", "{folder}  (found again, was {before})").format(
                    folder=root.path, before=root.moved_from
                )
            return str(root.path)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(str(root.path))
        return None
