"""Photos as rows: ids only, in library order or as ranked hits."""

from collections import Counter
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from ahash_desktop.core.records import SearchHit
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.rows import Index
from ahash_desktop.gui.base.wording import closeness_text, distance_text, photos_text, translate
from ahash_desktop.gui.grid.photo_sections import (
    Times,
    sections_by_closeness,
    sections_by_month,
)
from ahash_desktop.gui.grid.sections import Sections

_MAX_RUNS = 64
_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)

NameOf = Callable[[int], str | None]
"""The file name of a photo, as far as it is known yet."""


class PhotoRole(IntEnum):
    """What a row tells besides its name."""

    PHOTO_ID = Qt.ItemDataRole.UserRole + 1
    HIT = Qt.ItemDataRole.UserRole + 2
    CAPTION = Qt.ItemDataRole.UserRole + 3
    NEARNESS = Qt.ItemDataRole.UserRole + 4
    SHORT_CAPTION = Qt.ItemDataRole.UserRole + 5
    IS_AWAY = Qt.ItemDataRole.UserRole + 6
    IS_FAVOURITE = Qt.ItemDataRole.UserRole + 7


class HitOrder(IntEnum):
    """How matches are sorted; equal ones stay nearest first."""

    DISTANCE = 0
    DATE = 1
    NAME = 2


class PhotoListModel(QAbstractListModel):
    """The photos of the library; rows hold nothing but a photo id.

    Args:
        name_of: Looks up a file name without waiting.
    """

    def __init__(self, name_of: NameOf, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name_of = name_of
        self._ids: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._away: frozenset[int] = frozenset()
        self._favourites: frozenset[int] = frozenset()
        self._times: Times | None = None
        self._sections: Sections | None = None

    @property
    def sections(self) -> Sections:
        """The rows, and what headings part them; the same object until that changes."""
        if self._sections is None:
            self._sections = self._make_sections()
        return self._sections

    def set_away(self, photo_ids: frozenset[int]) -> None:
        """Says which photos lie on drives that are not there."""
        if photo_ids != self._away:
            self._away = photo_ids
            self._tell_all_changed()

    def set_favourites(self, photo_ids: frozenset[int]) -> None:
        """Says which photos are favourites."""
        if photo_ids != self._favourites:
            self._favourites = photo_ids
            self._tell_all_changed()

    def _tell_all_changed(self) -> None:
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    @property
    def photo_ids(self) -> NDArray[np.int64]:
        """int64 (n,), in row order."""
        return self._ids

    def show_photos(self, photo_ids: NDArray[np.int64], times: Times | None = None) -> None:
        """Shows these photos; what stays keeps its row's selection and place.

        Args:
            photo_ids: int64 (n,), without repeats.
            times: When they were taken if that is their order; months then have headings.
        """
        is_told_anew = times is not self._times
        self._times = times
        if np.array_equal(photo_ids, self._ids):
            if is_told_anew:
                self._sections = None
                self._tell_all_changed()
            return
        gone = ~np.isin(self._ids, photo_ids)
        fresh = ~np.isin(photo_ids, self._ids)
        order_kept = np.array_equal(self._ids[~gone], photo_ids[~fresh])
        gone_runs, fresh_runs = _runs(gone), _runs(fresh)
        if self._ids.size and order_kept and len(gone_runs) + len(fresh_runs) <= _MAX_RUNS:
            self._change_runs(photo_ids, gone_runs, fresh_runs)
            return
        self.beginResetModel()
        self._hold(photo_ids.copy())
        self.endResetModel()

    def row_of(self, photo_id: int) -> int | None:
        """The row that shows a photo."""
        rows = np.flatnonzero(self._ids == photo_id)
        return int(rows[0]) if rows.size else None

    def _change_runs(
        self,
        photo_ids: NDArray[np.int64],
        gone_runs: list[tuple[int, int]],
        fresh_runs: list[tuple[int, int]],
    ) -> None:
        for start, end in reversed(gone_runs):
            self.beginRemoveRows(QModelIndex(), start, end - 1)
            self._hold(np.delete(self._ids, slice(start, end)))
            self.endRemoveRows()
        for start, end in fresh_runs:
            self.beginInsertRows(QModelIndex(), start, end - 1)
            self._hold(np.insert(self._ids, start, photo_ids[start:end]))
            self.endInsertRows()

    def _hold(self, photo_ids: NDArray[np.int64]) -> None:
        self._ids = photo_ids
        self._sections = None

    def _make_sections(self) -> Sections:
        if self._times is None:
            return Sections(self._ids.size)
        return sections_by_month(self._ids, self._times)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else int(self._ids.size)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self._ids.size:
            return None
        photo_id = int(self._ids[index.row()])
        if role == PhotoRole.PHOTO_ID:
            return photo_id
        if role == PhotoRole.IS_AWAY:
            return photo_id in self._away
        if role == PhotoRole.IS_FAVOURITE:
            return photo_id in self._favourites
        if role == PhotoRole.CAPTION:
            return (self._name_of(photo_id) or "").rpartition("/")[2]
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            text = self._told(self._name_of(photo_id) or translate("photos", "Photo"), photo_id)
            is_tool_tip = role == Qt.ItemDataRole.ToolTipRole
            return plain_tool_tip(text) if is_tool_tip else self._announced(text, index.row())
        return None

    def _announced(self, text: str, row: int) -> str:
        """A text on the photo in a row, after the heading if it is the first below that."""
        section = self.sections.find_begun_by(row)
        if section is None:
            return text
        return translate("photos", "{heading}, {photos}: {photo}").format(
            heading=self.sections.titles[section],
            photos=photos_text(len(self.sections.rows_of(section))),
            photo=text,
        )

    def _told(self, text: str, photo_id: int) -> str:
        """A text on a photo, and that its drive is not there if that is so."""
        if photo_id not in self._away:
            return text
        return translate("photos", "{photo} – its drive is not connected").format(photo=text)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _FLAGS


class HitListModel(PhotoListModel):
    """Ranked matches of a search, nearest first."""

    def __init__(self, name_of: NameOf, parent: QObject | None = None) -> None:
        super().__init__(name_of, parent)
        self._found: tuple[SearchHit, ...] = ()
        self._hits: tuple[SearchHit, ...] = ()
        self._order = HitOrder.DISTANCE
        self._is_grouped = False
        self._n_alike: Counter[int] = Counter()
        self._n_bits = 1
        self._own_ids: frozenset[int] = frozenset()
        self._nearness: dict[int, float] = {}

    def show_hits(
        self,
        hits: Sequence[SearchHit],
        n_bits: int,
        own_ids: frozenset[int] = frozenset(),
        *,
        by_bits: bool = False,
    ) -> None:
        """Shows the matches of a search.

        Args:
            hits: Nearest first.
            n_bits: Bits that were compared.
            own_ids: Photos that are examples of the search themselves.
            by_bits: Whether they are ordered by how many bits differ, not by their score.
        """
        self.beginResetModel()
        self._found = tuple(hits)
        self._n_bits = max(1, n_bits)
        self._nearness = _nearness(self._found, self._n_bits, by_bits=by_bits)
        self._own_ids = own_ids
        self._arrange()
        self.endResetModel()

    def arrange(self, order: HitOrder, is_grouped: bool) -> None:
        """Sorts the matches, and shows the nearest alone of those that are shots of the same."""
        self.beginResetModel()
        self._order, self._is_grouped = HitOrder(order), is_grouped
        self._arrange()
        self.endResetModel()

    @property
    def order(self) -> HitOrder:
        """How the matches are sorted."""
        return self._order

    def hit_at(self, row: int) -> SearchHit:
        """The match in a row."""
        return self._hits[row]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._hits):
            return None
        hit = self._hits[index.row()]
        if role == PhotoRole.HIT:
            return hit
        if role == PhotoRole.NEARNESS:
            return self._nearness[hit.photo_id]
        if role == PhotoRole.CAPTION:
            return self._caption(hit)
        if role == PhotoRole.SHORT_CAPTION:
            return self._word(hit)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = self._caption(hit) or distance_text(hit.distance, self._n_bits)
            text = self._told(f"{hit.path.name}, {said}", hit.photo_id)
            return self._announced(text, index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip("\n".join(self._details(hit)))
        return super().data(index, role)

    def _details(self, hit: SearchHit) -> list[str]:
        """All that is known of a match, the numbers last."""
        score = translate("photos", "similarity {score}").format(score=f"{hit.score:.3f}")
        lines = [self._told(str(hit.path), hit.photo_id), self._caption(hit)]
        numbers = [distance_text(hit.distance, self._n_bits), score]
        return [line for line in lines + numbers if line]

    def _arrange(self) -> None:
        hits = list(self._found)
        if self._is_grouped:
            self._n_alike = Counter(hit.leader_id for hit in hits)
            hits = [hit for hit in hits if hit.leader_id in (0, hit.photo_id)]
        if self._order == HitOrder.DATE:
            hits.sort(key=lambda hit: hit.moment, reverse=True)
        elif self._order == HitOrder.NAME:
            hits.sort(key=lambda hit: hit.path.name.casefold())
        self._hits = tuple(hits)
        self._hold(np.fromiter((hit.photo_id for hit in hits), dtype=np.int64))

    def _make_sections(self) -> Sections:
        if self._order != HitOrder.DISTANCE:
            return Sections(len(self._hits))
        return sections_by_closeness([hit.closeness for hit in self._hits])

    def _caption(self, hit: SearchHit) -> str:
        """One word, and how many more of the same shots there are."""
        word = self._word(hit)
        n_more = self._n_alike[hit.photo_id] - 1 if self._is_grouped else 0
        if n_more < 1:
            return word
        more = translate("photos", "{more} alike").format(more=n_more)
        return (
            translate("photos", "{caption}, {more}").format(caption=word, more=more)
            if word
            else more
        )

    def _word(self, hit: SearchHit) -> str:
        """How close a match is; nothing where the model does not say what its scores are worth."""
        if hit.photo_id in self._own_ids:
            return translate("photos", "your example")
        return "" if hit.closeness is None else closeness_text(hit.closeness)


def _nearness(hits: Sequence[SearchHit], n_bits: int, *, by_bits: bool) -> dict[int, float]:
    """How far the bar of each match reaches, 0 … 1: never farther than that of one before it."""
    found: dict[int, float] = {}
    least = 1.0
    for hit in hits:
        nearness = 1.0 - hit.distance / n_bits if by_bits else hit.score
        least = max(0.0, min(least, nearness))
        found[hit.photo_id] = least
    return found


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open runs of True in a mask, bool (n,)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
