"""Field marks in the window, of a fake model that speaks of some bits."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QPushButton

from ahash_desktop.core.records import Subject
from ahash_desktop.core.statements import HAS, HAS_NOT, BitMeaning
from ahash_desktop.core.words import Term, Topic
from ahash_desktop.gui.base.wording import plain_menu_text
from ahash_desktop.gui.inspector.mark_chip import MarkKind
from ahash_desktop.gui.search.bit_rules import BitRule
from ahash_desktop.gui.search.rule_row import RuleRow
from ahash_desktop.gui.window.main_window import MainWindow
from tests.gui.window.test_room import check
from tests.gui.window.test_window import search_by_first, texts, wait_for_results

MEANINGS = tuple(
    BitMeaning(bit, f"mark {bit}", f"特征 {bit}", f"group::{bit}", "bird", 0.1, -0.1, 0.95, 0.96)
    for bit in range(24)
)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def speaking(session, monkeypatch, request) -> MainWindow:
    """The window with a model that says something of birds, and takes every photo for one."""
    encode = session.encoder._encode_pixels
    monkeypatch.setattr(
        session.encoder,
        "_encode_pixels",
        lambda pixels: replace(encode(pixels), subject=Subject("bird", 0.9)),
    )
    session.bits.meanings = MEANINGS
    made: MainWindow = request.getfixturevalue("full_window")
    return made


def compare_with(qtbot, window: MainWindow, row: int) -> None:
    """Searches by the first photo and chooses a match of which something is said."""
    search_by_first(qtbot, window)
    window.browse.result_grid.choose_row(row)
    match = window.browse.hit_model.hit_at(row).photo_id
    wait_for_subject(qtbot, window, match)
    qtbot.waitUntil(lambda: bool(window.inspector.marks.chips))


def wait_for_subject(qtbot, window: MainWindow, photo_id: int) -> None:
    """Until a photo is inspected, beside the query or alone."""
    inspection = window.inspecting.inspection

    def is_shown() -> bool:
        subject = inspection.subject
        return subject is not None and subject.examples[-1].photo_id == photo_id

    qtbot.waitUntil(is_shown)


def test_a_photo_is_said_what_its_code_states(qtbot, speaking, session):
    grid = speaking.browse.library_grid
    grid.choose_row(1)
    qtbot.waitUntil(lambda: bool(speaking.inspector.marks.chips))
    encoded = session.searcher.stored_code(grid.current_id())
    stated = session.bits.statements(replace(encoded, subject=Subject("bird", 1.0)))
    shown = [chip.mark for chip in speaking.inspector.marks.chips]
    assert sorted(shown, key=str) == sorted(stated, key=str)
    assert shown == list(session.words.telling_first(stated))
    assert {mark.says for mark in shown} == {HAS, HAS_NOT}
    assert not speaking.inspector.shows_bits
    assert "bits are on" not in texts(speaking.inspector)


def test_a_match_is_said_what_it_shares_with_the_query(qtbot, speaking, session):
    compare_with(qtbot, speaking, 2)
    subject = speaking.inspecting.inspection.subject
    codes = [session.searcher.stored_code(each.photo_id) for each in subject.examples]
    said = [session.bits.statements(replace(c, subject=Subject("bird", 1.0))) for c in codes]
    of_match = {each.attribute: each.says for each in said[1]}
    same = {each.attribute for each in said[0] if of_match.get(each.attribute) == each.says}
    chips = speaking.inspector.marks.chips
    agreeing = [each for each in chips if each.property("sign") != MarkKind.UNLIKE]
    assert {chip.mark.attribute for chip in agreeing} == same


@pytest.mark.parametrize("by_mouse", [True, False])
def test_a_mark_shows_where_the_model_looked(qtbot, speaking, by_mouse):
    compare_with(qtbot, speaking, 0)
    chip = speaking.inspector.marks.chips[-1]
    with qtbot.waitSignal(speaking.inspecting.inspection.evidence_arrived) as arrived:
        if by_mouse:
            chip.pointed_at.emit(chip.mark.bit)
        else:
            speaking.activateWindow()
            chip.setFocus(Qt.FocusReason.TabFocusReason)
    assert arrived.args[0].choice == chip.mark.bit
    assert "In the query" not in texts(speaking.inspector)
    title = speaking.inspector._evidence_bar._name
    assert title.text() == f"Mark {chip.mark.bit}"
    chip.pointed_at.emit(None)
    qtbot.waitUntil(lambda: not speaking.inspector.has_evidence)


@pytest.mark.parametrize("how", ["other photo", "other tab", "note"])
def test_a_chip_that_goes_away_holds_no_evidence(qtbot, speaking, how):
    compare_with(qtbot, speaking, 0)
    inspector, inspection = speaking.inspector, speaking.inspecting.inspection
    pointed_at = inspector.marks.chips[0].mark.bit
    with qtbot.waitSignal(inspection.evidence_arrived):
        inspector.marks.chips[0].pointed_at.emit(pointed_at)
    if how == "other photo":
        before = inspector.marks.chips
        speaking.browse.result_grid.choose_row(1)
        qtbot.waitUntil(lambda: inspector.marks.chips not in ((), before))
    elif how == "other tab":
        speaking.show()
        inspector.show_bits(True)
    else:
        inspector.marks.show_note("")
    other = pointed_at + 1
    inspector.bits.choose_bit(other)
    qtbot.waitUntil(lambda: inspector.has_evidence and inspector.evidence_of == other)


def test_a_row_that_goes_away_holds_no_evidence(qtbot, speaking):
    compare_with(qtbot, speaking, 0)
    inspector = speaking.inspector
    speaking.show()
    inspector.show_bits(True)
    inspector.bits.bit_pointed_at.emit(5)
    qtbot.waitUntil(lambda: inspector.evidence_of == 5)
    inspector.show_bits(False)
    inspector.bits.choose_bit(6)
    qtbot.waitUntil(lambda: inspector.evidence_of == 6)


def test_a_bit_is_told_by_its_number_beside_the_table_of_bits_only(qtbot, speaking):
    compare_with(qtbot, speaking, 0)
    inspector = speaking.inspector
    nameless = len(MEANINGS) + 1
    inspector.show_bits(True)
    with qtbot.waitSignal(speaking.inspecting.inspection.evidence_arrived):
        inspector.evidence_chosen.emit(nameless)
    title = inspector._evidence_bar._name
    assert title.text() == f"Bit {nameless}"
    inspector.show_bits(False)
    assert title.text() == "Where it looked"
    inspector.show_bits(True)
    assert title.text() == f"Bit {nameless}"


@pytest.mark.parametrize("by_mouse", [True, False])
def test_a_required_mark_stands_beside_the_query_and_goes_by_a_click(
    qtbot, speaking, session, by_mouse
):
    compare_with(qtbot, speaking, 0)
    chip = next(each for each in speaking.inspector.marks.chips if each.mark.says == HAS)
    with qtbot.waitSignal(speaking.search.search_succeeded):
        if by_mouse:
            qtbot.mouseClick(chip, LEFT)
            menu = next(each for each in speaking.inspector.findChildren(QMenu) if each.isVisible())
            assert len({plain_menu_text(a.text()) for a in menu.actions()}) > 4
            menu.actions()[0].trigger()
            menu.close()
        else:
            qtbot.keyClick(chip, Qt.Key.Key_R)
    terms = speaking.search.state.scope.terms
    assert terms == (Term(chip.mark.attribute, Topic.MARK),)
    wait_for_results(qtbot, speaking)
    allowed = session.words.find(terms)
    found = speaking.browse.hit_model.photo_ids
    assert 0 < len(found) < session.searcher.codes().photo_ids.size - 1
    assert np.isin(found, allowed).all()
    qtbot.waitUntil(lambda: speaking.searching.words.bar.text() == chip.mark.name)
    (asked,) = speaking.browse.strip.findChild(RuleRow).chips
    assert asked.isVisible()
    assert chip.mark.name in asked.text()
    qtbot.waitUntil(lambda: any(c.property("rule") for c in speaking.inspector.marks.chips))
    with qtbot.waitSignal(speaking.search.search_succeeded):
        asked.click()
    assert not speaking.search.state.scope.terms


@pytest.mark.parametrize(("key", "rule"), [("I", BitRule.IGNORED), ("V", BitRule.INVERTED)])
def test_a_mark_is_ignored_or_inverted_by_a_key(qtbot, speaking, key, rule):
    compare_with(qtbot, speaking, 0)
    chip = speaking.inspector.marks.chips[0]
    with qtbot.waitSignal(speaking.search.search_succeeded):
        qtbot.keyClick(chip, key)
    assert speaking.search.rules.of(chip.mark.bit) == {rule}
    assert rule.value in speaking.browse.strip.findChild(RuleRow).chips[0].text()


def test_the_bits_are_one_click_away_and_remembered(qtbot, speaking):
    speaking.browse.library_grid.choose_row(1)
    qtbot.waitUntil(lambda: bool(speaking.inspector.marks.chips))
    tabs = speaking.inspector._tabs
    qtbot.mouseClick(tabs, LEFT, pos=tabs.tabRect(1).center())
    assert speaking.inspector.shows_bits
    assert "bits are on" in texts(speaking.inspector)
    assert speaking.commands.inspector_bits.isChecked()
    speaking.close()
    assert speaking._layout._state.shows_bits
    speaking.commands.inspector_bits.trigger()
    assert not speaking.inspector.shows_bits


def test_a_model_without_words_shows_its_bits(qtbot, full_window):
    full_window.browse.library_grid.choose_row(1)
    qtbot.waitUntil(lambda: "bits are on" in texts(full_window.inspector))
    assert not full_window.commands.inspector_bits.isChecked()


def test_the_inspector_finds_the_like_of_what_it_shows(qtbot, full_window):
    search_by_first(qtbot, full_window)
    full_window.browse.result_grid.choose_row(3)
    match = full_window.browse.result_grid.current_id()
    wait_for_subject(qtbot, full_window, match)
    button = next(
        each
        for each in full_window.inspector.findChildren(QPushButton)
        if each.text() == "Find similar"
    )
    with qtbot.waitSignal(full_window.search.search_succeeded):
        qtbot.mouseClick(button, LEFT)
    assert [each.photo_id for each in full_window.search.examples] == [match]


@pytest.mark.parametrize("width", [1024, 1280, 1920])
@pytest.mark.parametrize("language", ["en", "zh_CN"], indirect=True)
def test_no_word_of_the_inspector_is_cut(qtbot, language, width, request):
    window = request.getfixturevalue("speaking")
    window.resize(width, 700)
    compare_with(qtbot, window, 0)
    chip = window.inspector.marks.chips[0]
    with qtbot.waitSignal(window.search.search_succeeded):
        qtbot.keyClick(chip, Qt.Key.Key_R)
    check(qtbot, window, language)
    window.commands.inspector_bits.trigger()
    check(qtbot, window, language)


@pytest.mark.parametrize("language", ["zh_CN"], indirect=True)
def test_marks_have_their_names_in_the_windows_language(qtbot, language, speaking):
    speaking.browse.library_grid.choose_row(1)
    qtbot.waitUntil(lambda: bool(speaking.inspector.marks.chips))
    assert all("特征" in chip.text() for chip in speaking.inspector.marks.chips)


def test_what_few_photos_have_is_said_first(qtbot, speaking, session):
    said = session.bits.statements(
        replace(
            session.searcher.stored_code(int(speaking.catalogue.contents.photo_ids[0])),
            subject=Subject("bird", 1.0),
        )
    )
    ordered = session.words.telling_first(said)
    assert {each.attribute for each in ordered} == {each.attribute for each in said}
    activations = session.searcher.codes().activations
    n_having = [
        int((activations[:, each.bit] >= np.float16(0.1)).sum())
        for each in ordered
        if each.says == HAS
    ]
    assert n_having == sorted(n_having)


def test_words_of_photos_that_were_read_do_not_wait_for_the_engine(qtbot, speaking, session):
    session.encoder.loaded.clear()
    compare_with(qtbot, speaking, 1)
    speaking.commands.view_large.trigger()
    qtbot.waitUntil(lambda: bool(speaking.inspector.marks.chips))
    session.encoder.loaded.set()
