"""The gallery of bits, on a library with a fake encoder."""

import numpy as np
import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QLabel

from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.settings import Settings
from ahash_desktop.gui.bits.overview_table import (
    BitOverviewModel,
    BitOverviewProxy,
    OverviewColumn,
)
from ahash_desktop.hashing.bundle import read_manifest
from tests.gui.conftest import N_PHOTOS, NAMES


@pytest.fixture
def gallery(qtbot, full_window):
    full_window.commands.bits.trigger()
    gallery = full_window.pages.gallery
    qtbot.waitUntil(lambda: gallery.page.bit is not None)
    return gallery


def test_every_bit_has_a_row_that_tells_what_it_does(gallery):
    model = gallery.table.model()
    assert model.rowCount() == len(gallery.overview.statistics)
    row = model.index(3, OverviewColumn.NAME)
    assert row.data() == NAMES[3]
    assert model.index(3, OverviewColumn.SHARE_ON).data().endswith("%")


def test_names_have_as_much_room_as_what_they_go_with(full_window, gallery):
    full_window.resize(1280, 800)
    full_window.show()
    gallery.table.horizontalHeader().resizeSections()
    widths = {column: gallery.table.columnWidth(column) for column in OverviewColumn}
    assert abs(widths[OverviewColumn.NAME] - widths[OverviewColumn.CLOSEST]) <= 2
    longest_number = gallery.table.fontMetrics().horizontalAdvance("bit 118  −0.54")
    assert widths[OverviewColumn.CLOSEST] >= longest_number + 24
    assert gallery.page.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize("locale", [QLocale.Language.English, QLocale.Language.Chinese])
@pytest.mark.parametrize("width", [1024, 1366])
def test_no_name_that_comes_with_the_program_is_cut(full_window, gallery, width, locale):
    full_window.resize(width, 700)
    full_window.show()
    gallery.table.horizontalHeader().resizeSections()
    manifest = read_manifest(shipped_models_folder() / Settings().model)
    is_chinese = locale == QLocale.Language.Chinese
    names = manifest.bit_names_zh if is_chinese else manifest.bit_names
    longest = max(gallery.table.fontMetrics().horizontalAdvance(name or "") for name in names)
    assert gallery.table.columnWidth(OverviewColumn.NAME) >= longest + 12
    assert gallery.page.horizontalScrollBar().maximum() == 0


def test_the_models_keep_qts_rules(gallery, qtmodeltester):
    model = BitOverviewModel()
    model.show_overview(gallery.overview)
    proxy = BitOverviewProxy()
    proxy.setSourceModel(model)
    qtmodeltester.check(model)
    qtmodeltester.check(proxy)
    proxy.sort(OverviewColumn.SHARE_ON, Qt.SortOrder.DescendingOrder)
    proxy.set_wanted("crown")
    assert proxy.rowCount() == 1
    proxy.set_wanted("7")
    assert proxy.index(0, 0).data() == "7"


def test_the_page_of_a_bit_shows_its_extreme_photos_with_their_activations(qtbot, gallery):
    gallery.show_bit(5)
    tiles = gallery.page.tiles
    qtbot.waitUntil(lambda: all(tile.accessibleName() for tile in tiles))
    expected = gallery.overview.statistics[5]
    assert [tile.photo_id for tile in tiles] == [*expected.strongest, *expected.weakest]
    assert not any(tile.has_evidence for tile in tiles)


def test_evidence_comes_and_goes_with_its_box(qtbot, gallery):
    qtbot.waitUntil(lambda: all(tile.accessibleName() for tile in gallery.page.tiles))
    gallery.page._evidence.click()
    qtbot.waitUntil(lambda: all(tile.has_evidence for tile in gallery.page.tiles))
    gallery.page._evidence.click()
    assert not any(tile.has_evidence for tile in gallery.page.tiles)


def test_a_name_is_kept_and_shown_everywhere(qtbot, gallery, session):
    gallery.show_bit(5)
    gallery.page.edit_name()
    qtbot.keyClicks(gallery.page._name, "blue back")
    qtbot.keyClick(gallery.page._name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: gallery.overview.statistics[5].name == "blue back")
    assert session.bits.names()[5] == "blue back"
    assert "blue back" in gallery.page._title.text()


def test_the_name_that_comes_with_the_model_can_be_taken_back(qtbot, gallery, session):
    session.bits.name(3, "mine")
    gallery.refresh()
    gallery.show_bit(3)
    qtbot.waitUntil(gallery.page._suggestion.isVisible)
    gallery.page._suggestion.click()
    qtbot.waitUntil(lambda: session.bits.names()[3] == NAMES[3])
    qtbot.waitUntil(lambda: not gallery.page._suggestion.isVisible())


def test_related_bits_are_one_click_away(gallery):
    link = gallery.page._closest[0]
    other = link.property("bit")
    link.click()
    assert gallery.page.bit == other


def test_photos_with_a_bit_on_fill_the_grid_until_all_are_wanted(qtbot, gallery, full_window):
    gallery.show_bit(2)
    gallery.page._show_on.click()
    expected = full_window._session.bits.photos_with(2, on=True)
    grid = full_window.browse.photo_model
    qtbot.waitUntil(lambda: np.array_equal(grid.photo_ids, expected))
    assert full_window.browse.isVisible()
    assert full_window.browse._all_photos.isVisible()
    full_window.catalogue.refresh()
    qtbot.waitSignal(full_window.catalogue.changed).wait()
    assert grid.rowCount() == len(expected)
    full_window.commands.back.trigger()
    assert grid.rowCount() == N_PHOTOS


def test_choosing_a_photo_searches_by_it(qtbot, gallery, full_window):
    tile = gallery.page.tiles[0]
    with qtbot.waitSignal(full_window.search.search_succeeded):
        qtbot.keyClick(tile, Qt.Key.Key_Return)
    assert full_window.browse.isVisible()
    assert full_window.search.examples[0].photo_id == tile.photo_id


def test_escape_leads_back_to_the_library(qtbot, gallery, full_window):
    full_window.commands.back.trigger()
    assert full_window.browse.isVisible()
    assert not gallery.isVisible()


def test_an_empty_library_says_what_would_be_here(qtbot, window):
    window.commands.bits.trigger()
    labels = window.pages.gallery.findChildren(QLabel)
    qtbot.waitUntil(lambda: "No codes yet" in [one.text() for one in labels])


def test_another_style_measures_no_cell_that_is_not_seen(qtbot, qapp, gallery, monkeypatch):
    asked = []
    plain = BitOverviewModel.data

    def data(model, index, role=Qt.ItemDataRole.DisplayRole):
        asked.append(index.row())
        return plain(model, index, role)

    monkeypatch.setattr(BitOverviewModel, "data", data)
    gallery.hide()
    before = qapp.styleSheet()
    qapp.setStyleSheet(before + "QTableView { padding: 0px; }")
    qapp.setStyleSheet(before)
    assert asked == []
