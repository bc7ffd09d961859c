"""What is written into the sidecars of some photos, as rows."""

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from ahash_desktop.gui.base.wording import error_text, stars_text, translate
from ahash_desktop.services.sidecars import SidecarPlan


class SidecarColumn(IntEnum):
    """Columns of the preview."""

    FILE = 0
    RATING = 1
    KEYWORDS = 2
    FATE = 3


class SidecarTableModel(QAbstractTableModel):
    """One row a photo: its sidecar, and what becomes of it."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self._plans: tuple[SidecarPlan, ...] = ()

    def show_plans(self, plans: Sequence[SidecarPlan]) -> None:
        """Shows these plans."""
        self.beginResetModel()
        self._plans = tuple(plans)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._plans)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(SidecarColumn)

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
                translate("sidecars", "Sidecar"),
                translate("sidecars", "Rating"),
                translate("sidecars", "New keywords"),
                translate("sidecars", "What happens"),
            )[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not index.isValid():
            return None
        plan = self._plans[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(plan, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            if index.column() == SidecarColumn.FILE:
                return str(plan.sidecar)
            return self._text(plan, index.column())
        return None

    def _text(self, plan: SidecarPlan, column: int) -> str:
        if column == SidecarColumn.FILE:
            return plan.sidecar.name
        if column == SidecarColumn.RATING:
            return "" if plan.note.rating is None else stars_text(plan.note.rating)
        if column == SidecarColumn.KEYWORDS:
            return ", ".join(plan.note.keywords)
        return _fate(plan)


def _fate(plan: SidecarPlan) -> str:
    if plan.refusal is not None:
        return translate("sidecars", "left alone: {reason}").format(reason=error_text(plan.refusal))
    if not plan.changes:
        return translate("sidecars", "nothing new")
    if plan.exists:
        return translate("sidecars", "added to the one that is there")
    return translate("sidecars", "new")
