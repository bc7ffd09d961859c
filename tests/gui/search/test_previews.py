"""The pictures of the examples of a search are of what is asked for now, or say why not."""

import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QScrollArea

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import Region
from ahash_desktop.gui.pictures.examples import QueryExample
from ahash_desktop.gui.search import controller as controller_module
from ahash_desktop.gui.search.controller import SearchController
from ahash_desktop.gui.search.query_strip import ExampleChip, QueryStrip
from tests import patience

PART = Region(0.5, 0.5, 0.5, 0.5)


def picture(colour: str) -> QImage:
    made = QImage(4, 4, QImage.Format.Format_RGB32)
    made.fill(QColor(colour))
    return made


def colour(image: QImage | None) -> str | None:
    return None if image is None else image.pixelColor(0, 0).name()


@pytest.fixture
def loads(monkeypatch) -> dict[Region | None, threading.Event]:
    """Holds back the picture of the whole, red, and that of the part, blue."""
    gates = {None: threading.Event(), PART: threading.Event()}

    def load(_session, example, _edge_px):
        patience.hold(gates[example.region])
        return picture("red" if example.region is None else "blue")

    monkeypatch.setattr(controller_module, "example_picture", load)
    yield gates
    for gate in gates.values():
        gate.set()


@pytest.fixture
def search(qtbot, session, runner):
    made = SearchController(session, runner)
    yield made
    made.deleteLater()


def test_an_older_picture_never_takes_the_place_of_the_part_chosen_since(qtbot, search, loads):
    search.search_by([QueryExample(path=Path("/a.jpg"), key=1)])
    search.change(1, region=PART)
    loads[PART].set()
    qtbot.waitUntil(lambda: colour(search.preview(1)) == "#0000ff")
    loads[None].set()
    qtbot.waitUntil(lambda: search._runner.n_live == 0)
    assert colour(search.preview(1)) == "#0000ff"


def test_a_picture_on_its_way_is_kept_when_only_its_weight_changes(qtbot, search, loads):
    search.search_by([QueryExample(path=Path("/a.jpg"), key=1)])
    search.change(1, weight=3)
    search.change(1, is_negative=True)
    loads[None].set()
    qtbot.waitUntil(lambda: colour(search.preview(1)) == "#ff0000")


def test_a_file_that_cannot_be_read_says_so_in_its_place(qtbot, full_window, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    full_window.search.search_by([QueryExample(path=broken, key=1)])
    strip = full_window.browse.strip
    qtbot.waitUntil(lambda: "broken.jpg" in strip.findChild(ExampleChip)._picture.message)
    with qtbot.waitSignal(full_window.search.failed):
        strip._on_region_clicked(1)
    qtbot.waitUntil(lambda: full_window.failures._dialog is not None)
    full_window.failures._dialog.close()


def test_a_picture_that_failed_is_tried_again_with_another_model(qtbot, search, monkeypatch):
    works = [False]

    def load(_session, _example, _edge_px):
        if not works[0]:
            raise UserFacingError("the engine is closed")
        return picture("red")

    monkeypatch.setattr(controller_module, "example_picture", load)
    with qtbot.waitSignal(search.preview_failed) as failed:
        search.search_by([QueryExample(path=Path("/a.jpg"), key=1)])
    assert failed.args == [1, "The engine is closed."]
    assert search.why_no_preview(1) == "The engine is closed."
    works[0] = True
    with qtbot.waitSignal(search.preview_arrived):
        search.forget_bits()
    assert search.why_no_preview(1) == ""


@pytest.mark.parametrize("width_px", [440, 520, 1200])
def test_a_hint_that_has_no_room_is_no_reason_to_scroll(qtbot, full_window, width_px):
    strip = QueryStrip(full_window.search, full_window._theme.colours)
    qtbot.addWidget(strip)
    strip.resize(width_px, 90)
    strip.show()
    full_window.search.search_by([QueryExample.of_photo(1)])
    chip = strip.findChild(ExampleChip)
    scroll = strip.findChild(QScrollArea)
    qtbot.waitUntil(chip.isVisible)
    qtbot.wait(patience.TURN_MS)
    assert scroll.viewport().width() >= chip.geometry().right()
    assert scroll.horizontalScrollBar().maximum() == 0
    assert chip.geometry().left() == 0
