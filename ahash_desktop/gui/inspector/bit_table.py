"""The bits of one picture, or of two compared, as rows."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QObject, Qt

from ahash_desktop.core.statements import Statement
from ahash_desktop.gui.base.plain import plain_tool_tip
from ahash_desktop.gui.base.rows import Index
from ahash_desktop.gui.base.wording import bit_text, translate
from ahash_desktop.gui.search.bit_rules import BitRule, BitRules

UNCLEAR_BELOW = 0.2
"""Smaller activations than this are neither on nor off: another view of the photo may turn them."""


class BitColumn(IntEnum):
    """Columns of the table of bits."""

    NAME = 0
    QUERY = 1
    MATCH = 2
    AGREEMENT = 3
    RULES = 4


class BitRole(IntEnum):
    """What a cell tells its delegate."""

    BIT = Qt.ItemDataRole.UserRole + 1
    ACTIVATION = Qt.ItemDataRole.UserRole + 2
    AGREES = Qt.ItemDataRole.UserRole + 3
    RULES = Qt.ItemDataRole.UserRole + 4


class BitOrder(StrEnum):
    """How the bits can be sorted."""

    BIT = "bit"
    AGREEMENT = "agreement"
    STRENGTH = "strength"


@dataclass(frozen=True, slots=True)
class BitValues:
    """Activations to compare.

    `query` and `match` are float (n_bits,) in -1 … 1; without `match` the query stands alone.
    `said` is what the model states of both, None until that is known or where it cannot be, and
    `speaks` whether it states anything at all. `closeness` is how close they are, a word of
    `core.closeness`, or None.
    """

    query: NDArray[np.floating]
    match: NDArray[np.floating] | None
    names: dict[int, str]
    said: tuple[tuple[Statement, ...], tuple[Statement, ...]] | None = None
    speaks: bool = False
    closeness: str | None = None

    @property
    def agree(self) -> NDArray[np.bool_] | None:
        """Which bits have the same sign, bool (n_bits,); None without a match."""
        return None if self.match is None else (self.query > 0) == (self.match > 0)


class BitTableModel(QAbstractTableModel):
    """One row a bit, sorted here because the orders mix several columns."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._values: BitValues | None = None
        self._rules = BitRules()
        self._order = BitOrder.BIT
        self._reversed = False
        self._bits: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    @property
    def values(self) -> BitValues | None:
        """What is compared now."""
        return self._values

    @property
    def rules(self) -> BitRules:
        """What the search asks of single bits."""
        return self._rules

    def show_rules(self, rules: BitRules) -> None:
        """Shows what the search asks of single bits."""
        self._rules = rules
        if self._bits.size:
            last = self._bits.size - 1
            self.dataChanged.emit(self.index(0, BitColumn.RULES), self.index(last, BitColumn.RULES))

    @property
    def order(self) -> BitOrder:
        """How the rows are sorted."""
        return self._order

    @property
    def is_reversed(self) -> bool:
        """Whether the order is turned round."""
        return self._reversed

    def show_values(self, values: BitValues | None) -> None:
        """Shows other activations in the same order; the selection stays on its bit."""
        n_before = self._bits.size
        n_bits = 0 if values is None else values.query.size
        if n_before != n_bits or n_before == 0:
            self.beginResetModel()
            self._values = values
            self._bits = self._sorted_bits()
            self.endResetModel()
            return
        self._values = values
        self._rearrange()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(BitColumn) - 1)
        self.dataChanged.emit(self.index(0, 0), self.index(n_bits - 1, len(BitColumn) - 1))

    def sort_by(self, order: BitOrder, *, reverse: bool = False) -> None:
        """Sorts the rows.

        Args:
            order: By bit number; by agreement, differing bits first; or by strength, the
                largest activations first.
            reverse: Turns the order round.
        """
        self._order = order
        self._reversed = reverse
        self._rearrange()

    def bit_at(self, row: int) -> int:
        """The bit a row shows."""
        return int(self._bits[row])

    def row_of(self, bit: int) -> int | None:
        """The row that shows a bit."""
        rows = np.flatnonzero(self._bits == bit)
        return int(rows[0]) if rows.size else None

    def _rearrange(self) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        bits = [self.bit_at(index.row()) for index in before]
        self._bits = self._sorted_bits()
        row_of = {int(bit): row for row, bit in enumerate(self._bits)}
        after = [
            self.index(row_of[bit], index.column()) for bit, index in zip(bits, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sorted_bits(self) -> NDArray[np.int64]:
        if self._values is None:
            return np.empty(0, dtype=np.int64)
        query = np.abs(self._values.query.astype(np.float32))
        match = self._values.match
        strength = query if match is None else query + np.abs(match.astype(np.float32))
        bits = np.arange(query.size)
        if self._order is BitOrder.STRENGTH:
            bits = np.argsort(-strength, kind="stable")
        elif self._order is BitOrder.AGREEMENT and self._values.agree is not None:
            bits = np.lexsort((-strength, self._values.agree))
        return bits[::-1].copy() if self._reversed else bits

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else int(self._bits.size)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(BitColumn)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            centred = section in (BitColumn.QUERY, BitColumn.MATCH, BitColumn.RULES)
            return int(
                Qt.AlignmentFlag.AlignVCenter
                | (Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft)
            )
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                translate("bits", "Bit"),
                translate("bits", "Query")
                if self._values is None or self._values.match is not None
                else translate("bits", "Activation"),
                translate("bits", "Match"),
                "",
                translate("bits", "Search"),
            )[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        values = self._values
        if not index.isValid() or values is None:
            return None
        bit, column = self.bit_at(index.row()), index.column()
        if role == BitRole.BIT:
            return bit
        if role == BitRole.AGREES:
            return None if values.agree is None else bool(values.agree[bit])
        if role == BitRole.RULES:
            return self._rules.of(bit)
        if role == BitRole.ACTIVATION:
            return _activation(values, bit, column)
        if role == Qt.ItemDataRole.DisplayRole and column == BitColumn.NAME:
            return bit_text(bit, values.names.get(bit))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(values, bit, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(self._spoken(values, bit, column))
        return None

    def _spoken(self, values: BitValues, bit: int, column: int) -> str:
        if column == BitColumn.NAME:
            return bit_text(bit, values.names.get(bit))
        activation = _activation(values, bit, column)
        if activation is not None:
            return f"{activation:+.2f}, {state_text(activation)}"
        if column == BitColumn.RULES:
            return ", ".join(rule_text(rule) for rule in BitRule if rule in self._rules.of(bit))
        agree = values.agree
        if agree is None or column != BitColumn.AGREEMENT:
            return ""
        return translate("bits", "agree") if agree[bit] else translate("bits", "differ")


def _activation(values: BitValues, bit: int, column: int) -> float | None:
    if column == BitColumn.QUERY:
        return float(values.query[bit])
    if column == BitColumn.MATCH and values.match is not None:
        return float(values.match[bit])
    return None


def state_text(activation: float) -> str:
    """What an activation says: on, off, or nothing clear."""
    if abs(activation) < UNCLEAR_BELOW:
        return translate("bits", "unclear")
    return translate("bits", "on") if activation > 0 else translate("bits", "off")


def count_text(values: BitValues) -> str:
    """How many bits agree in two pictures, or are on in one."""
    n_bits = values.query.size
    if values.agree is not None:
        text = translate("bits", "{n} of {all} bits agree")
        return text.format(n=int(values.agree.sum()), all=n_bits)
    activations = values.query.astype(np.float32)
    text = translate("bits", "{n} of {all} bits are on, {unclear} are unclear")
    return text.format(
        n=int((activations >= UNCLEAR_BELOW).sum()),
        all=n_bits,
        unclear=int((np.abs(activations) < UNCLEAR_BELOW).sum()),
    )


def rule_text(rule: BitRule) -> str:
    """What is asked of a bit, in a word."""
    return {
        BitRule.REQUIRED: translate("bits", "required"),
        BitRule.IGNORED: translate("bits", "ignored"),
        BitRule.INVERTED: translate("bits", "inverted"),
    }[rule]
