"""The window fits every screen: it begins within it, folds its sides, and cuts no text."""

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QScreen

from ahash_desktop.gui.grid.photo_list import HitOrder

SIZES = [(1366, 768), (1280, 720), (1024, 768), (960, 540)]


@pytest.mark.parametrize("size", SIZES)
def test_the_first_window_lies_within_the_screen(window, monkeypatch, size):
    area = QRect(0, 0, *size)
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: area)
    window._layout.restore()
    assert area.contains(QRect(window.pos(), window.size()))
    assert window.minimumSizeHint().boundedTo(QSize(*size)) == window.minimumSizeHint()


def test_the_inspector_folds_where_there_is_no_room_and_comes_back(full_window):
    inspector = full_window.commands.inspector
    full_window.resize(1280, 800)
    assert full_window.inspector.isVisible()
    full_window.resize(1024, 700)
    assert not full_window.inspector.isVisible()
    full_window.resize(1280, 800)
    assert full_window.inspector.isVisible()
    full_window.resize(1024, 700)
    inspector.trigger()
    assert full_window.inspector.isVisible()
    inspector.trigger()
    assert not full_window.inspector.isVisible()


def test_a_folded_inspector_is_open_at_the_next_start(full_window):
    full_window.resize(1024, 700)
    full_window._layout.save(184, HitOrder.DISTANCE)
    assert full_window._layout._state.opens_inspector
