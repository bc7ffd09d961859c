import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QImage, QPainter

from ahash_desktop.core.closeness import BANDS
from ahash_desktop.gui.base.dates import month_text
from ahash_desktop.gui.base.theme import DARK, LIGHT
from ahash_desktop.gui.base.wording import closeness_title
from ahash_desktop.gui.grid import headings
from ahash_desktop.gui.grid.headings import Headings


@pytest.mark.parametrize("size", [7, 9, 10, 11, 13, 16, 21])
def test_a_title_is_shown_whole_where_there_is_room(monkeypatch, qapp, language, size):
    drawn = []
    shorten = headings._shortened
    monkeypatch.setattr(
        headings, "_shortened", lambda *args: drawn.append(shorten(*args)) or drawn[-1]
    )
    titles = [closeness_title(word) for word in BANDS]
    titles += [month_text(2026, month) for month in range(1, 13)]
    font = QFont(qapp.font())
    font.setPointSize(size)
    image = QImage(800, 80, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for title in titles:
        Headings(LIGHT).paint(painter, QRect(0, 0, 800, 80), font, title, 1234)
    painter.end()
    assert drawn == titles


def test_a_title_is_shortened_before_the_count_is_lost(qapp):
    font = qapp.font()
    narrow = QRect(0, 0, 90, 40)
    text = Headings(LIGHT).text_rect(narrow, font, "A very long title of a month", 7)
    assert narrow.contains(text)
    assert headings._shortened("A very long title", font, 60).endswith("…")


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_a_line_leads_from_the_text_to_the_right_edge(qapp, colours):
    made = Headings(colours)
    rect = QRect(0, 0, 400, made.height(qapp.font()))
    image = QImage(rect.size(), QImage.Format.Format_RGB32)
    image.fill(colours.window)
    painter = QPainter(image)
    made.paint(painter, rect, qapp.font(), "May 2026", 3)
    painter.end()
    column = [image.pixelColor(380, y).name() for y in range(image.height())]
    assert column.count(colours.border) == 1
    assert image.pixelColor(399, column.index(colours.border)).name() == colours.window
