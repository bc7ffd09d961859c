"""The rail leads into the library: each way to just as many photos as it says."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from ahash_desktop.core.filters import Folder, PhotoFilter
from ahash_desktop.core.overview import FolderCount, LibraryOverview, MonthCount
from ahash_desktop.core.records import LibraryCounts
from ahash_desktop.gui.browse.rail import Rail
from ahash_desktop.gui.browse.rail_model import RailModel
from ahash_desktop.gui.browse.rail_tree import Way, ways_into
from tests.gui.conftest import N_PHOTOS
from tests.gui.window.test_window import search_by_first, texts

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
OVERVIEW = LibraryOverview(
    folders=(
        FolderCount(Folder(1), "/photos/mine", 7, is_offline=True),
        FolderCount(Folder(1, "a/"), "a", 5, is_offline=True),
        FolderCount(Folder(1, "a/b/"), "b", 2, is_offline=True),
        FolderCount(Folder(1, "c/"), "c", 2, is_offline=True),
        FolderCount(Folder(2), "/more", 0),
    ),
    months=(MonthCount(2024, 12, 3), MonthCount(2024, 1, 2), MonthCount(2023, 7, 2)),
    kinds=(("Blue Jay", 4),),
    cameras=(("", 6), ("X", 1)),
    n_photos=7,
    n_unnamed=3,
)


def flat(ways, depth=0):
    for way in ways:
        yield depth, way.text, way.count
        yield from flat(way.ways, depth + 1)


def test_ways_are_a_tree_with_counts(qapp):
    told = list(flat(ways_into(OVERVIEW, LibraryCounts(problem=2))))
    assert told == [
        (0, "All photos", 7),
        (0, "Favourites", 0),
        (0, "Folders", None),
        (1, "mine (not connected)", 7),
        (2, "a (not connected)", 5),
        (3, "b (not connected)", 2),
        (2, "c (not connected)", 2),
        (1, "more", 0),
        (0, "Dates", None),
        (1, "2024", 5),
        (2, "December", 3),
        (2, "January", 2),
        (1, "2023", 2),
        (2, "July", 2),
        (0, "Kinds", None),
        (1, "Not named yet", 3),
        (1, "Blue Jay", 4),
        (0, "Cameras", None),
        (1, "Not known", 6),
        (1, "X", 1),
        (0, "Problems", 2),
    ]


def test_an_empty_library_has_few_ways(qapp):
    assert [text for _, text, _ in flat(ways_into(LibraryOverview(), LibraryCounts()))] == [
        "All photos",
        "Favourites",
    ]


def test_the_model_of_the_rail_keeps_the_rules_of_qt(qapp):
    model = RailModel()
    QAbstractItemModelTester(model, FATAL, model)
    for _ in range(2):
        model.show_ways(ways_into(OVERVIEW, LibraryCounts(missing=1)))
    index = model.index_leading_to(PhotoFilter(folder=Folder(1, "a/b/")))
    assert index.parent().parent().data() == "mine (not connected)"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "b (not connected), 2 photos"
    assert model.way_at(model.index_of(("kind", "Blue Jay"))).count == 4
    model.deleteLater()


def test_what_is_open_stays_open(qtbot):
    rail = Rail()
    qtbot.addWidget(rail)
    ways = ways_into(OVERVIEW, LibraryCounts())
    rail.show_ways(ways, None)
    model = rail.rail_model
    assert rail.isExpanded(model.index_of(("folder", 1, "")))
    assert not rail.isExpanded(model.index_of(("folder", 1, "a/")))
    rail.setExpanded(model.index_of(("folder", 1, "a/")), True)
    rail.setExpanded(model.index_of(("section", "kinds")), False)
    rail.show_ways(ways, PhotoFilter(label="Blue Jay"))
    assert rail.isExpanded(model.index_of(("folder", 1, "a/")))
    assert rail.currentIndex().data() == "Blue Jay"


@pytest.fixture
def rail(qtbot, full_window) -> Rail:
    made = full_window.browsing.rail
    qtbot.waitUntil(lambda: made.rail_model.index_of(("all",)).siblingAtColumn(1).data() == "24")
    return made


def all_ways(ways):
    for way in ways:
        yield way
        yield from all_ways(way.ways)


def shown(window) -> int:
    return window.browse.photo_model.rowCount()


def take(qtbot, rail: Rail, way: Way) -> None:
    rail.setCurrentIndex(rail.rail_model.index_of(way.key))
    qtbot.keyClick(rail, Qt.Key.Key_Return)


def test_each_way_leads_to_as_many_photos_as_it_says(qtbot, full_window, rail):
    session = full_window._session
    counts = full_window.catalogue.contents.counts
    ways = [way for way in all_ways(ways_into(session.browser.overview(), counts)) if way.wanted]
    assert {way.key[0] for way in ways} >= {"favourites", "folder", "year", "month"}
    for way in ways:
        take(qtbot, rail, way)
        qtbot.waitUntil(lambda way=way: shown(full_window) == way.count)
        assert full_window.search.state.scope.photos == way.wanted
        assert rail.currentIndex().data() == way.text


def test_a_way_ends_a_search_and_can_be_gone_back(qtbot, full_window, rail):
    search_by_first(qtbot, full_window)
    assert not rail.selectionModel().hasSelection()
    way = rail.rail_model.way_at(rail.rail_model.index_of(("folder", 1, "2/")))
    take(qtbot, rail, way)
    qtbot.waitUntil(lambda: shown(full_window) == N_PHOTOS // 3)
    assert full_window.search.examples == ()
    assert "2" in texts(full_window.browse).splitlines()
    full_window.commands.history_back.trigger()
    qtbot.waitUntil(lambda: full_window.browse.shows_results)


def test_problems_are_opened_from_the_rail(qtbot, full_window, rail):
    dialogs = full_window.library.dialogs
    index = rail.rail_model.index_of(("problems",))
    place = rail.visualRect(index).center()
    rail.scrollTo(index)
    place = rail.visualRect(index).center()
    qtbot.mouseClick(rail.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialogs._problems is not None
    assert dialogs._problems.isVisible()
    dialogs._problems.close()


def test_the_rail_goes_and_comes_by_a_key(full_window):
    assert full_window.browsing.rail.isVisible()
    full_window.commands.rail.trigger()
    assert not full_window.browsing.rail.isVisible()
    full_window.commands.rail.trigger()
    assert full_window.browsing.rail.isVisible()
