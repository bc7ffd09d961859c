"""What was found of the photos of a lesson, one a row, in the words of a person."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.sentences import sentence_text
from ahash_desktop.gui.base.theme import Colours
from ahash_desktop.gui.base.wording import translate
from ahash_desktop.training.ask.findings import Finding, FindingKind

Index = QModelIndex | QPersistentModelIndex


class FindingListModel(QAbstractListModel):
    """A row for each finding, those that must be dealt with first."""

    def __init__(self, colours: Colours, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._findings: list[Finding] = []

    @property
    def findings(self) -> list[Finding]:
        """What is shown."""
        return list(self._findings)

    def set_colours(self, colours: Colours) -> None:
        """Follows the theme."""
        self._colours = colours

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Shows these."""
        self.beginResetModel()
        self._findings = sorted(findings, key=lambda finding: not finding.is_blocking)
        self.endResetModel()

    def take_out(self, finding: Finding) -> None:
        """Takes one out that was dealt with."""
        row = self._findings.index(finding)
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._findings[row]
        self.endRemoveRows()

    def finding_at(self, row: int) -> Finding:
        """The finding in a row."""
        return self._findings[row]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._findings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        finding = self._findings[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{kind_text(finding.kind)}:  {sentence_text(str(finding.text))}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(sentence_text(str(finding.text)))
        if role == Qt.ItemDataRole.ForegroundRole and finding.is_blocking:
            return QColor(self._colours.danger)
        if role == Qt.ItemDataRole.FontRole and finding.is_blocking:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return None


def kind_text(kind: FindingKind) -> str:
    """What is the matter, in a word or two."""
    return {
        FindingKind.UNREADABLE: translate("findings", "Unreadable"),
        FindingKind.NO_PHOTOS: translate("findings", "No photos"),
        FindingKind.LONE_PHOTO: translate("findings", "One photo only"),
        FindingKind.FEW_PHOTOS: translate("findings", "Few photos"),
        FindingKind.IMBALANCE: translate("findings", "Unequal"),
        FindingKind.IN_TWO_KINDS: translate("findings", "In two kinds"),
        FindingKind.NEAR_DUPLICATES: translate("findings", "Nearly the same"),
        FindingKind.DOUBTFUL_LABEL: translate("findings", "Perhaps another kind"),
        FindingKind.TINY: translate("findings", "Tiny"),
        FindingKind.BLURRED: translate("findings", "Blurred"),
        FindingKind.NOTICED: translate("findings", "Noticed"),
    }[kind]
