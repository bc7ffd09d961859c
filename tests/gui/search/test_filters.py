"""Filters, the order and groups of matches, and what can be done with files."""

from pathlib import Path

import pytest
from PySide6.QtCore import QDate
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester

from ahash_desktop.core.filters import Orientation, PhotoFilter
from ahash_desktop.core.records import SearchHit
from ahash_desktop.gui.grid.photo_list import HitListModel, HitOrder, PhotoRole
from ahash_desktop.gui.search.controller import Scope
from ahash_desktop.gui.search.filter_bar import FilterBar
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import search_by_first, texts

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def hit(photo_id: int, name: str, moment: str, leader_id: int) -> SearchHit:
    return SearchHit(photo_id, Path(name), float(photo_id), 0.5, (), moment, leader_id)


@pytest.fixture
def hits(qapp) -> HitListModel:
    model = HitListModel(lambda _id: None)
    QAbstractItemModelTester(model, FATAL, model)
    model.show_hits(
        [hit(1, "c", "2024-05", 1), hit(2, "b", "2024-07", 2), hit(3, "a", "2024-06", 1)], 8
    )
    return model


@pytest.mark.parametrize(
    ("order", "grouped", "ids"),
    [
        (HitOrder.DISTANCE, False, [1, 2, 3]),
        (HitOrder.DATE, False, [2, 3, 1]),
        (HitOrder.NAME, False, [3, 2, 1]),
        (HitOrder.NAME, True, [2, 1]),
    ],
)
def test_matches_are_sorted_and_grouped(hits, order, grouped, ids):
    hits.arrange(order, grouped)
    assert hits.photo_ids.tolist() == ids


def test_a_group_says_how_many_are_alike(hits):
    hits.arrange(HitOrder.DISTANCE, True)
    assert "1 alike" in hits.index(0, 0).data(PhotoRole.CAPTION)
    assert "alike" not in hits.index(1, 0).data(PhotoRole.CAPTION)


def test_dates_and_distance_make_a_scope(qtbot):
    bar = FilterBar(64)
    qtbot.addWidget(bar)
    told = []
    bar.scope_changed.connect(told.append)
    bar.since.setDate(QDate(2024, 5, 1))
    bar.until.setDate(QDate(2024, 5, 1))
    bar.farthest.setValue(10)
    day_s = 24 * 60 * 60
    scope = told[-1]
    assert scope.photos.until_s - scope.photos.since_s == day_s
    assert scope.max_distance == 10
    bar.show_scope(Scope())
    bar.show_scope(scope)
    assert bar.until.date() == QDate(2024, 5, 1)
    bar.reset.click()
    assert told[-1] == Scope()


def test_a_folder_narrows_library_and_matches(qtbot, full_window, photos):
    bar, page = full_window.browse.filters, full_window.browse
    folder = str(photos / "1")
    full_window.commands.filters.trigger()
    qtbot.waitUntil(lambda: bar.folder.findText(folder) > 0)
    bar.folder.setCurrentIndex(bar.folder.findText(folder))
    bar.folder.activated.emit(bar.folder.currentIndex())
    qtbot.waitUntil(lambda: page.photo_model.rowCount() == N_PHOTOS // 3)
    search_by_first(qtbot, full_window)
    assert {page.hit_model.hit_at(0).path.parent.name} == {"1"}
    assert page.hit_model.rowCount() == N_PHOTOS // 3 - 1
    full_window.search.clear()
    full_window.commands.history_back.trigger()
    full_window.commands.history_back.trigger()
    full_window.commands.history_back.trigger()
    assert full_window.search.state.scope == Scope()
    qtbot.waitUntil(lambda: page.photo_model.rowCount() == N_PHOTOS)


def test_nothing_within_the_filters_is_said(qtbot, full_window):
    search_by_first(qtbot, full_window)
    with qtbot.waitSignal(full_window.search.search_succeeded):
        full_window.search.narrow(Scope(PhotoFilter(orientation=Orientation.SQUARE)))
    assert "No match within the filters" in texts(full_window.browse)


def test_files_are_copied(qtbot, full_window):
    full_window.browse.library_grid.choose_row(0)
    QGuiApplication.clipboard().setText("something else")
    full_window.commands.copy_files.trigger()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().mimeData().hasUrls())
    (url,) = QGuiApplication.clipboard().mimeData().urls()
    assert Path(url.toLocalFile()).name == "photo 00.jpg"
    QGuiApplication.clipboard().clear()  # else Qt's stand-in for a clipboard outlives Python


def test_another_order_keeps_the_chosen_match(qtbot, full_window):
    search_by_first(qtbot, full_window)
    page = full_window.browse
    page.result_grid.choose_row(5)
    chosen = page.result_grid.current_id()
    before = page.hit_model.photo_ids.tolist()
    box = page.filters.order
    for order in (HitOrder.NAME, HitOrder.DISTANCE):
        box.setCurrentIndex(box.findData(order))
        box.activated.emit(box.currentIndex())
        assert page.result_grid.current_id() == chosen
        assert (page.hit_model.photo_ids.tolist() == before) == (order == HitOrder.DISTANCE)
