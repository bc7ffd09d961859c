"""Steering a search by its bits: switches, keys, menus, and lists of photos."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QMenu, QTableView, QToolTip

from ahash_desktop.gui.inspector.bit_delegate import RULES_PX
from ahash_desktop.gui.inspector.bit_table import BitColumn, BitRole
from ahash_desktop.gui.search.bit_rules import BitRule, BitRules
from tests.gui.window.test_window import search_by_first, texts


def test_a_rule_is_given_and_taken_away():
    rules = BitRules().toggled(3, BitRule.REQUIRED)
    assert rules.of(3) == {BitRule.REQUIRED}
    assert not rules.toggled(3, BitRule.REQUIRED)


def test_a_bit_can_be_required_the_other_way():
    rules = BitRules().toggled(3, BitRule.REQUIRED).toggled(3, BitRule.INVERTED)
    assert rules.of(3) == {BitRule.REQUIRED, BitRule.INVERTED}


def test_an_ignored_bit_is_nothing_else():
    rules = BitRules(required=frozenset({3, 4}), inverted=frozenset({3}))
    ignored = rules.toggled(3, BitRule.IGNORED)
    assert ignored == BitRules(required=frozenset({4}), ignored=frozenset({3}))
    assert ignored.toggled(3, BitRule.INVERTED).of(3) == {BitRule.INVERTED}


@pytest.fixture
def searched(qtbot, full_window):
    """The window with the first photo's matches and the nearest one inspected."""
    search_by_first(qtbot, full_window)
    model = full_window.inspector.bits.bit_model
    qtbot.waitUntil(lambda: model.values is not None and model.values.match is not None)
    return full_window


def table_of(window) -> QTableView:
    return window.inspector.findChild(QTableView)


def switch_place(window, bit: int, rule: BitRule) -> QPoint:
    table = table_of(window)
    cell = table.visualRect(table.model().index(window.inspector.bits.bit_model.row_of(bit), 4))
    step = RULES_PX // len(BitRule)
    return QPoint(cell.left() + list(BitRule).index(rule) * step + step // 2, cell.center().y())


def click_switch(qtbot, window, bit: int, rule: BitRule) -> None:
    table = table_of(window)
    table.scrollTo(table.model().index(bit, BitColumn.RULES))
    with qtbot.waitSignal(window.search.search_succeeded):
        qtbot.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, pos=switch_place(window, bit, rule)
        )


def test_a_click_requires_a_bit_and_another_lets_it_go(qtbot, searched):
    query = searched.search.result.response.examples[0]
    before = searched.browse.hit_model.rowCount()
    click_switch(qtbot, searched, 1, BitRule.REQUIRED)
    block = searched._session.searcher.codes()
    rows = np.searchsorted(block.photo_ids, searched.browse.hit_model.photo_ids)
    wanted = query.activations[1] > 0
    assert ((block.activations[rows, 1] > 0) == wanted).all()
    assert 0 < len(rows) < before
    assert "Bits: 1 required" in texts(searched.inspector)
    click_switch(qtbot, searched, 1, BitRule.REQUIRED)
    assert searched.browse.hit_model.rowCount() == before


def test_a_click_ignores_a_bit(qtbot, searched):
    searched.browse.result_grid.choose_row(5)
    differing = searched.browse.hit_model.hit_at(5).differing_bits[0]
    click_switch(qtbot, searched, differing, BitRule.IGNORED)
    hits = [searched.browse.hit_model.hit_at(row) for row in range(20)]
    assert all(differing not in hit.differing_bits for hit in hits)
    assert "of 63 bits" in searched.browse.hit_model.index(3, 0).data(
        Qt.ItemDataRole.AccessibleTextRole
    )


def test_a_click_inverts_a_bit_and_the_chosen_photo_stays(qtbot, searched):
    searched.browse.result_grid.choose_row(5)
    photo_id = searched.browse.result_grid.current_id()
    click_switch(qtbot, searched, 2, BitRule.INVERTED)
    assert searched.browse.result_grid.current_id() == photo_id
    model = table_of(searched).model()
    row = searched.inspector.bits.bit_model.row_of(2)
    assert model.index(row, BitColumn.RULES).data(BitRole.RULES) == {BitRule.INVERTED}
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index(row, BitColumn.RULES).data(role) == "inverted"


def test_keys_steer_by_the_chosen_bit_and_keep_the_keyboard(qtbot, searched):
    table = table_of(searched)
    searched.inspector.bits.choose_bit(6)
    table.setFocus()
    for key, rules in (
        (Qt.Key.Key_R, BitRules(required=frozenset({6}))),
        (Qt.Key.Key_I, BitRules(ignored=frozenset({6}))),
        (Qt.Key.Key_V, BitRules(inverted=frozenset({6}))),
    ):
        with qtbot.waitSignal(searched.search.search_succeeded):
            qtbot.keyClick(table, key)
        assert searched.search.rules == rules
        assert table.hasFocus()
    with qtbot.waitSignal(searched.search.search_succeeded):
        qtbot.keyClick(table, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert not searched.search.rules


def test_requiring_what_no_photo_has_says_so_and_can_be_taken_back(qtbot, searched):
    query = searched.search.result.response.examples[0].activations > 0
    block = searched._session.searcher.codes()
    everywhere = (block.activations > 0) == query
    alone = [bit for bit in range(64) if everywhere[:, bit].sum() < len(everywhere)]
    rules = BitRules(required=frozenset(alone))
    with qtbot.waitSignal(searched.search.search_succeeded):
        searched.search.steer(rules)
    assert "No photo does what is asked of the bits" in texts(searched.browse)
    with qtbot.waitSignal(searched.search.search_succeeded):
        searched.inspector.bits.reset_clicked.emit()
    assert searched.browse.hit_model.rowCount() == 23


def test_a_new_search_begins_without_rules(qtbot, searched):
    searched.search.steer(BitRules(required=frozenset({1})))
    searched.browse.result_grid.choose_row(0)
    with qtbot.waitSignal(searched.search.search_succeeded):
        searched.commands.find_similar.trigger()
    assert not searched.search.rules
    assert "required" not in texts(searched.inspector)


def test_a_photo_alone_has_no_switches(qtbot, full_window):
    full_window.browse.library_grid.choose_row(0)
    qtbot.waitUntil(lambda: full_window.inspector.bits.bit_model.rowCount() == 64)
    assert table_of(full_window).isColumnHidden(BitColumn.RULES)


def test_each_switch_says_what_it_does(qtbot, searched):
    table = table_of(searched)
    said = set()
    for rule in BitRule:
        place = switch_place(searched, 0, rule)
        event = QHelpEvent(QHelpEvent.Type.ToolTip, place, table.viewport().mapToGlobal(place))
        QApplication.sendEvent(table.viewport(), event)
        said.add(QToolTip.text().partition(":")[0])
    QToolTip.hideText()
    assert said == {"Require", "Ignore", "Invert"}


def test_the_menu_of_a_bit_offers_everything(qtbot, searched):
    bits = searched.inspector.bits
    bits.choose_bit(4)
    searched.inspecting.bit_commands.show_menu(QPoint(10, 10))
    menu = bits.findChild(QMenu)
    offered = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    menu.close()
    assert offered == [
        "Require this bit",
        "Ignore this bit",
        "Invert this bit",
        "Count all bits again",
        "Photos with this bit on, strongest first",
        "Photos with this bit off, weakest first",
        "Page of this bit",
    ]


@pytest.mark.parametrize(("modifier", "on"), [("NoModifier", True), ("ShiftModifier", False)])
def test_photos_with_a_bit_on_or_off_are_listed_by_strength(qtbot, searched, modifier, on):
    table = table_of(searched)
    searched.inspector.bits.choose_bit(3)
    table.setFocus()
    with qtbot.waitSignal(searched.searching.bit_photos.found):
        qtbot.keyClick(table, Qt.Key.Key_O, getattr(Qt.KeyboardModifier, modifier))
    shown = searched.browse.photo_model.photo_ids
    block = searched._session.searcher.codes()
    values = block.activations[np.searchsorted(block.photo_ids, shown), 3].astype("f4")
    assert ((values > 0) == on).all()
    assert (np.diff(values) <= 0).all() if on else (np.diff(values) >= 0).all()
    first = "Red crown on, strongest first" if on else "Red crown off, weakest first"
    assert first in texts(searched.browse)


def test_the_page_of_a_bit_opens_from_the_inspector(qtbot, searched):
    table = table_of(searched)
    searched.inspector.bits.choose_bit(3)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_P)
    gallery = searched.pages.gallery
    qtbot.waitUntil(lambda: gallery.page.bit == 3)
