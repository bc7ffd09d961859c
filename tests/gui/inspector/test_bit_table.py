import numpy as np
import pytest
from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from ahash_desktop.gui.inspector.bit_table import (
    BitColumn,
    BitOrder,
    BitRole,
    BitTableModel,
    BitValues,
)

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


@pytest.fixture
def bits(qapp) -> BitTableModel:
    model = BitTableModel()
    query = np.asarray([0.9, -0.2, 0.1, -0.7], dtype=np.float16)
    match = np.asarray([0.8, 0.3, -0.6, -0.1], dtype=np.float16)
    model.show_values(BitValues(query, match, {2: "red crown"}))
    return model


def order_of(model: BitTableModel) -> list[int]:
    return [model.bit_at(row) for row in range(model.rowCount())]


def test_the_table_of_bits_is_a_sound_model(bits, qtmodeltester):
    qtmodeltester.check(bits)
    assert bits.index(2, BitColumn.NAME).data() == "red crown"
    assert bits.index(1, BitColumn.NAME).data() == "bit 1"
    assert bits.index(0, BitColumn.QUERY).data(BitRole.ACTIVATION) == pytest.approx(0.9, abs=1e-3)


def test_bits_agree_when_their_signs_do(bits):
    agrees = [bits.index(row, BitColumn.AGREEMENT).data(BitRole.AGREES) for row in range(4)]
    assert agrees == [True, False, False, True]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (BitOrder.BIT, [0, 1, 2, 3]),
        (BitOrder.AGREEMENT, [2, 1, 0, 3]),
        (BitOrder.STRENGTH, [0, 3, 2, 1]),
    ],
)
def test_bits_sort_by(bits, order, expected):
    tester = QAbstractItemModelTester(bits, FATAL)
    bits.sort_by(order)
    assert order_of(bits) == expected
    bits.sort_by(order, reverse=True)
    assert order_of(bits) == expected[::-1]
    tester.deleteLater()


def test_a_chosen_bit_keeps_its_place_when_other_pictures_come(bits):
    bits.sort_by(BitOrder.STRENGTH)
    held = QPersistentModelIndex(bits.index(2, 0))
    assert held.data(BitRole.BIT) == 2
    query = np.asarray([0.1, -0.2, 0.9, -0.7], dtype=np.float16)
    bits.show_values(BitValues(query, None, {}))
    assert held.row() == 0
    assert held.data(BitRole.BIT) == 2
    assert bits.index(0, BitColumn.MATCH).data(BitRole.ACTIVATION) is None
