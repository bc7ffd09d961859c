"""Words that only those who make models understand stand in details and About alone."""

import re

import pytest

from ahash_desktop.gui.library import job_bar
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import search_by_first, texts

SHOP_TALK = re.compile(r"bfloat16|float32|[Ee]ntropy|[Ee]ncod|[Mm]ean of the map|logit|编码|平均熵")


def shown(window) -> str:
    return texts(window)


@pytest.mark.parametrize("language", ["en", "zh_CN"], indirect=True)
def test_no_page_speaks_of_what_is_under_the_bonnet(qtbot, language, request):
    window = request.getfixturevalue("full_window")
    assert SHOP_TALK.findall(shown(window)) == []
    search_by_first(qtbot, window)
    window.browse.result_grid.choose_row(1)
    qtbot.waitUntil(lambda: window.inspector.bits.bit_model.rowCount() > 0)
    assert SHOP_TALK.findall(shown(window)) == []
    window.commands.bits.trigger()
    gallery = window.pages.gallery
    qtbot.waitUntil(lambda: gallery.page.bit is not None)
    assert SHOP_TALK.findall(shown(gallery)) == []
    about = window.help.show_about()
    assert "float32" in texts(about)
    about.close()


def test_another_language_is_said_to_come_at_the_next_start(qtbot, window):
    window.choices.change(language="zh_CN")
    qtbot.waitUntil(lambda: "when the program starts next" in window.notice.text)
    window.notice.hide()


def test_the_end_of_a_change_of_the_model_goes_by_itself(qtbot, full_window, monkeypatch):
    bar = full_window.library.job_bar
    assert not bar._going.isActive()
    bar._say("Model changed", "")
    bar.show()
    bar._going.setInterval(1)
    bar._going.start()
    qtbot.waitUntil(bar.isHidden)
    assert job_bar._STAYS_MS >= 5_000
    assert N_PHOTOS
