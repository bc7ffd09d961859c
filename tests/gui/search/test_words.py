"""Words in the bar find photos, alone and beside a picture."""

import pytest
from PySide6.QtCore import Qt

from ahash_desktop.core.words import Term, Topic, Word
from ahash_desktop.gui.search.controller import Scope
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import search_by_first, texts

RED_CROWN = Term("bit:3", Topic.MARK)


@pytest.fixture
def bar(qtbot, full_window):
    made = full_window.top_bar.words
    full_window.activateWindow()
    full_window.commands.find_by_words.trigger()
    qtbot.waitUntil(made.hasFocus)
    qtbot.waitUntil(lambda: full_window.searching.words._words != {})
    return made


def with_bit_3(window) -> set[int]:
    return set(window._session.bits.photos_with(3, on=True).tolist())


def shown(window) -> list[int]:
    return window.browse.photo_model.photo_ids.tolist()


def test_a_mark_in_words_shows_the_photos_that_have_it(qtbot, full_window, bar):
    qtbot.keyClicks(bar, "red crown")
    qtbot.keyClick(bar, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: set(shown(full_window)) == with_bit_3(full_window))
    assert shown(full_window) == full_window._session.bits.photos_with(3, on=True).tolist()
    assert "the surest first" in texts(full_window.browse)
    qtbot.keyClick(full_window.browse.library_grid, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(shown(full_window)) == N_PHOTOS)
    assert bar.text() == ""


def test_a_denied_mark_shows_the_others(qtbot, full_window, bar):
    bar.setText("not red crown")
    qtbot.keyClick(bar, Qt.Key.Key_Return)
    others = N_PHOTOS - len(with_bit_3(full_window))
    qtbot.waitUntil(lambda: len(shown(full_window)) == others)
    assert not with_bit_3(full_window) & set(shown(full_window))


def test_names_are_completed_by_keys(qtbot, full_window, bar):
    qtbot.keyClicks(bar, "cro")
    popup = bar._popup
    qtbot.waitUntil(popup.isVisible)
    assert bar.offered_texts() == [f"red crown  ·  {len(with_bit_3(full_window))} photos"]
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: full_window.search.state.scope.terms == (RED_CROWN,))
    assert bar.text() == "red crown"


def test_what_the_model_cannot_tell_is_said_and_the_rest_is_asked(qtbot, full_window, bar):
    bar.setText("red crown, white wing bar")
    qtbot.keyClick(bar, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "cannot tell “white wing bar”" in texts(full_window.browse))
    assert full_window.search.state.scope.terms == (RED_CROWN,)
    bar.clear()
    bar.textEdited.emit("")
    qtbot.waitUntil(lambda: full_window.search.state.scope == Scope())
    assert "cannot tell" not in texts(full_window.browse)


def test_words_narrow_the_matches_of_a_picture(qtbot, full_window, bar):
    bar.setText("red crown")
    qtbot.keyClick(bar, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(shown(full_window)) == len(with_bit_3(full_window)))
    query = search_by_first(qtbot, full_window)
    found = set(full_window.browse.hit_model.photo_ids.tolist())
    assert found == with_bit_3(full_window) - {query}
    full_window.commands.history_back.trigger()
    qtbot.waitUntil(full_window.browse.library_grid.isVisible)
    assert bar.text() == "red crown"


def test_the_likeliest_are_offered_of_a_mark_that_is_never_sure(qtbot, full_window, monkeypatch):
    crown = Word("crown", Topic.MARK, ("blue crown",), n_has_not=3, bit=3)
    session = full_window._session
    monkeypatch.setattr(type(session.words), "known", lambda _words: (crown,))
    full_window.searching.words.ask("blue crown")
    qtbot.waitUntil(lambda: "never sure" in texts(full_window.browse))
    full_window.browse._likeliest.click()
    qtbot.waitUntil(lambda: set(shown(full_window)) == with_bit_3(full_window))
