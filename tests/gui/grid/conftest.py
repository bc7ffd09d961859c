"""A grid of photos below headings, in few columns and with few lines in view."""

import pytest
from PySide6.QtWidgets import QApplication

from ahash_desktop.gui.base.theme import LIGHT
from ahash_desktop.gui.grid.photo_grid import PhotoGrid
from ahash_desktop.gui.grid.photo_list import PhotoListModel
from tests.gui.grid.driven import SIZES, NoThumbnails, taken_in_months


@pytest.fixture
def model(qapp) -> PhotoListModel:
    made = PhotoListModel(lambda photo_id: f"photo {photo_id}.jpg")
    made.show_photos(*taken_in_months(*SIZES))
    return made


@pytest.fixture
def thumbnails(qapp) -> NoThumbnails:
    return NoThumbnails()


@pytest.fixture
def grid(qtbot, model, thumbnails) -> PhotoGrid:
    """Four photos a line, and few lines in view."""
    made = PhotoGrid("grid", model, thumbnails, LIGHT)
    qtbot.addWidget(made)
    made.resize(4 * 184 + made.verticalScrollBar().sizeHint().width() + 8, 420)
    made.show()
    qtbot.waitUntil(made.isVisible)
    made.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    QApplication.processEvents()
    return made
