"""Suggested names, one a row, and the photos that each is suggested for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.wording import number_text, translate
from ahash_desktop.gui.grid.photo_list import NameOf, PhotoListModel, PhotoRole
from ahash_desktop.services.teaching.suggesting import Suggestion

Index = QModelIndex | QPersistentModelIndex
_PERCENT = 100


class GroupListModel(QAbstractListModel):
    """A row for each name, the one with the most photos first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups: list[tuple[str, tuple[Suggestion, ...]]] = []

    def show_groups(self, groups: Mapping[str, Sequence[Suggestion]]) -> None:
        """Shows these."""
        self.beginResetModel()
        self._groups = [(name, tuple(group)) for name, group in groups.items()]
        self.endResetModel()

    def group_at(self, row: int) -> tuple[str, tuple[Suggestion, ...]]:
        """The name in a row, and its suggestions."""
        return self._groups[row]

    def row_of(self, name: str) -> int | None:
        """The row of a name."""
        names = [each for each, _ in self._groups]
        return names.index(name) if name in names else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._groups)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        name, group = self._groups[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{_group_name(name, group)}  ({number_text(len(group))})"
        if role == Qt.ItemDataRole.ToolTipRole:
            n_sure = sum(each.is_sure for each in group)
            return plain_tool_tip(
                translate("suggestions", "{name}: sure of {sure} of {count}").format(
                    name=name, sure=number_text(n_sure), count=number_text(len(group))
                )
            )
        return None


def _group_name(name: str, group: Sequence[Suggestion]) -> str:
    """A name, told apart where no label of one's own suggests it."""
    if not all(each.from_network for each in group):
        return name
    return translate("suggestions", "{name}, known to the network").format(name=name)


class SuggestedPhotosModel(PhotoListModel):
    """Photos with how sure their suggestion is below them."""

    def __init__(self, name_of: NameOf, parent: QObject | None = None) -> None:
        super().__init__(name_of, parent)
        self._suggestions: dict[int, Suggestion] = {}

    def show_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """Shows the photos of these."""
        self._suggestions = {each.photo_id: each for each in suggestions}
        self.show_photos(np.array([each.photo_id for each in suggestions], dtype=np.int64))

    def find(self, photo_id: int) -> Suggestion | None:
        """The suggestion for a photo."""
        return self._suggestions.get(photo_id)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        wants = (PhotoRole.CAPTION, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
        if role not in wants:
            return super().data(index, role)
        found = self.find(int(super().data(index, PhotoRole.PHOTO_ID) or 0))
        if found is None:
            return super().data(index, role)
        if role == PhotoRole.CAPTION:
            return sureness_text(found)
        said = super().data(index, role)
        return f"{said}, {suggestion_text(found)}"


def sureness_text(suggestion: Suggestion) -> str:
    """How sure it is, in a word."""
    if not suggestion.is_sure:
        return translate("suggestions", "not sure")
    return translate("suggestions", "{percent} % sure").format(
        percent=round(suggestion.confidence * _PERCENT)
    )


def suggestion_text(suggestion: Suggestion) -> str:
    """Why a name is suggested, and how sure it is."""
    if suggestion.from_network:
        why = translate("suggestions", "the network was taught it")
    else:
        why = translate("suggestions", "{count} of the {all} nearest are {name}").format(
            count=suggestion.n_for, all=suggestion.n_nearest, name=suggestion.name
        )
    return f"{why}; {sureness_text(suggestion)}"
