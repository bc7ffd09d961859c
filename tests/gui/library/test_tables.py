from pathlib import Path

from PySide6.QtCore import QPersistentModelIndex, Qt

from ahash_desktop.core.records import (
    MissingEntry,
    Problem,
    ProblemEntry,
    ProblemKind,
    Root,
    RootState,
)
from ahash_desktop.gui.base.wording import moment_text
from ahash_desktop.gui.library.missing_table import MissingColumn, missing_rows
from ahash_desktop.gui.library.problem_table import ProblemColumn, problem_rows
from ahash_desktop.gui.library.root_list import RootListModel


def problem(photo_id: int, name: str, kind: ProblemKind, noted_at: float) -> ProblemEntry:
    return ProblemEntry(
        photo_id=photo_id,
        path=Path("/photos") / name,
        problem=Problem(kind, f"reason {photo_id}"),
        noted_at=noted_at,
        root_id=1,
    )


def test_problems_sort_by_each_column(qapp, qtmodeltester):
    model = problem_rows()
    model.show_entries(
        [
            problem(1, "b.jpg", ProblemKind.TOO_LARGE, 30.0),
            problem(2, "a.jpg", ProblemKind.EMPTY, 10.0),
            problem(3, "C.jpg", ProblemKind.BROKEN, 20.0),
        ]
    )
    qtmodeltester.check(model)

    def order() -> list[int]:
        return [model.entry_at(row).photo_id for row in range(model.rowCount())]

    assert order() == [1, 3, 2]
    model.sort(ProblemColumn.FILE, Qt.SortOrder.AscendingOrder)
    assert order() == [2, 1, 3]
    model.sort(ProblemColumn.KIND, Qt.SortOrder.DescendingOrder)
    assert order() == [1, 2, 3]
    assert model.index(0, ProblemColumn.KIND).data() == "Too large"


def test_a_folder_that_cannot_be_reached_says_so(qapp, qtmodeltester):
    model = RootListModel()
    model.show_roots(
        [
            Root(1, Path("/photos"), RootState.ONLINE, 0.0, None),
            Root(2, Path("/usb"), RootState.OFFLINE, 0.0, None),
        ]
    )
    qtmodeltester.check(model)
    assert model.index(0, 0).data() == "/photos"
    assert "cannot be reached" in model.index(1, 0).data()


def test_missing_photos_are_a_sound_table(qapp, qtmodeltester):
    model = missing_rows()
    qtmodeltester.check(model)
    entries = [MissingEntry(1, Path("/photos/a/x.jpg"), 1e9), MissingEntry(2, Path("/y.jpg"), 2e9)]
    model.show_entries(entries)
    qtmodeltester.check(model)
    assert model.index(0, MissingColumn.FILE).data() == "x.jpg"
    assert model.index(0, MissingColumn.FOLDER).data() == str(Path("/photos/a"))
    assert model.index(1, MissingColumn.SINCE).data() == moment_text(2e9)
    assert model.index(1, MissingColumn.FILE).data(Qt.ItemDataRole.ToolTipRole) == str(
        entries[1].path
    )
    assert model.entry_at(1) is entries[1]


def test_a_table_that_was_given_its_order_keeps_it(qapp):
    model = missing_rows()
    entries = [MissingEntry(2, Path("/b.jpg"), 1e9), MissingEntry(1, Path("/a.jpg"), 2e9)]
    model.show_entries(entries)
    model.sort(MissingColumn.FILE)
    assert [model.entry_at(row) for row in range(2)] == entries


def test_a_chosen_problem_stays_chosen_in_another_order(qapp):
    model = problem_rows()
    model.show_entries(
        [
            problem(1, "b.jpg", ProblemKind.EMPTY, 20.0),
            problem(2, "a.jpg", ProblemKind.EMPTY, 10.0),
        ]
    )
    held = QPersistentModelIndex(model.index(0, 0))
    model.sort(ProblemColumn.FILE)
    assert held.row() == 1
    assert held.data() == "b.jpg"
    model.sort(-1, Qt.SortOrder.DescendingOrder)
    assert held.row() == 0
