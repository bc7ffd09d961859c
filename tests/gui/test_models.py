from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from ahash_desktop.core.records import (
    MissingEntry,
    Problem,
    ProblemEntry,
    ProblemKind,
    Root,
    RootState,
    SearchHit,
)
from ahash_desktop.gui.base.wording import moment_text
from ahash_desktop.gui.grid.photo_list import HitListModel, PhotoListModel, PhotoRole
from ahash_desktop.gui.inspector.bit_table import (
    BitColumn,
    BitOrder,
    BitRole,
    BitTableModel,
    BitValues,
)
from ahash_desktop.gui.library.missing_table import MissingColumn, MissingTableModel
from ahash_desktop.gui.library.problem_table import ProblemColumn, ProblemTableModel
from ahash_desktop.gui.library.root_list import RootListModel

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def ids(*values: int) -> np.ndarray:
    return np.asarray(values, dtype=np.int64)


def shown(model: PhotoListModel) -> list[int]:
    return [model.index(row, 0).data(PhotoRole.PHOTO_ID) for row in range(model.rowCount())]


@pytest.fixture
def photos(qapp) -> PhotoListModel:
    return PhotoListModel({2: "a/b.jpg"}.get)


def test_the_photo_list_is_a_sound_model(photos, qtmodeltester):
    photos.show_photos(ids(5, 2, 9))
    qtmodeltester.check(photos)
    assert shown(photos) == [5, 2, 9]


def test_photos_that_stay_keep_their_persistent_place(photos):
    tester = QAbstractItemModelTester(photos, FATAL)
    photos.show_photos(ids(1, 2, 3, 4, 5))
    held = QPersistentModelIndex(photos.index(3, 0))
    photos.show_photos(ids(0, 1, 3, 4, 6, 7))
    assert shown(photos) == [0, 1, 3, 4, 6, 7]
    assert held.data(PhotoRole.PHOTO_ID) == 4
    tester.deleteLater()


@pytest.mark.parametrize("seed", range(8))
def test_any_change_of_the_library_ends_in_the_new_order(photos, seed):
    tester = QAbstractItemModelTester(photos, FATAL)
    rng = np.random.default_rng(seed)
    for _ in range(12):
        chosen = rng.choice(60, size=rng.integers(0, 40), replace=False).astype(np.int64)
        wanted = np.sort(chosen) if rng.random() < 0.7 else chosen
        photos.show_photos(wanted)
        assert shown(photos) == wanted.tolist()
    tester.deleteLater()


def test_a_photo_is_found_by_its_id(photos):
    photos.show_photos(ids(5, 2, 9))
    assert photos.row_of(2) == 1
    assert photos.row_of(4) is None


def test_a_screen_reader_hears_the_name_of_a_photo(photos):
    photos.show_photos(ids(2, 3))
    role = Qt.ItemDataRole.AccessibleTextRole
    assert photos.index(0, 0).data(role) == "a/b.jpg"
    assert photos.index(1, 0).data(role) == "Photo"


def test_matches_tell_their_distance(qapp, qtmodeltester):
    model = HitListModel(lambda _id: None)
    hits = (
        SearchHit(4, Path("/p/self.jpg"), 0.0, 1.0, ()),
        SearchHit(7, Path("/p/near.jpg"), 0.0, 0.9, ()),
        SearchHit(8, Path("/p/far.jpg"), 16.0, 0.4, (1, 2)),
        SearchHit(9, Path("/p/mean.jpg"), 20.5, 0.4, (1, 2)),
    )
    model.show_hits(hits, 64, frozenset({4}))
    qtmodeltester.check(model)
    captions = [model.index(row, 0).data(PhotoRole.CAPTION) for row in range(4)]
    assert captions == [
        "your example",
        "all 64 bits agree",
        "16 of 64 bits differ",
        "20.5 of 64 bits differ",
    ]
    assert model.index(2, 0).data(PhotoRole.NEARNESS) == 0.75
    assert model.hit_at(2).photo_id == 8


@pytest.fixture
def bits(qapp) -> BitTableModel:
    model = BitTableModel()
    query = np.asarray([0.9, -0.2, 0.1, -0.7], dtype=np.float16)
    match = np.asarray([0.8, 0.3, -0.6, -0.1], dtype=np.float16)
    model.show_values(BitValues(query, match, {2: "red crown"}))
    return model


def order_of(model: BitTableModel) -> list[int]:
    return [model.bit_at(row) for row in range(model.rowCount())]


def test_the_table_of_bits_is_a_sound_model(bits, qtmodeltester):
    qtmodeltester.check(bits)
    assert bits.index(2, BitColumn.NAME).data() == "red crown"
    assert bits.index(1, BitColumn.NAME).data() == "bit 1"
    assert bits.index(0, BitColumn.QUERY).data(BitRole.ACTIVATION) == pytest.approx(0.9, abs=1e-3)


def test_bits_agree_when_their_signs_do(bits):
    agrees = [bits.index(row, BitColumn.AGREEMENT).data(BitRole.AGREES) for row in range(4)]
    assert agrees == [True, False, False, True]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (BitOrder.BIT, [0, 1, 2, 3]),
        (BitOrder.AGREEMENT, [2, 1, 0, 3]),
        (BitOrder.STRENGTH, [0, 3, 2, 1]),
    ],
)
def test_bits_sort_by(bits, order, expected):
    tester = QAbstractItemModelTester(bits, FATAL)
    bits.sort_by(order)
    assert order_of(bits) == expected
    bits.sort_by(order, reverse=True)
    assert order_of(bits) == expected[::-1]
    tester.deleteLater()


def test_a_chosen_bit_keeps_its_place_when_other_pictures_come(bits):
    bits.sort_by(BitOrder.STRENGTH)
    held = QPersistentModelIndex(bits.index(2, 0))
    assert held.data(BitRole.BIT) == 2
    query = np.asarray([0.1, -0.2, 0.9, -0.7], dtype=np.float16)
    bits.show_values(BitValues(query, None, {}))
    assert held.row() == 0
    assert held.data(BitRole.BIT) == 2
    assert bits.index(0, BitColumn.MATCH).data(BitRole.ACTIVATION) is None


def problem(photo_id: int, name: str, kind: ProblemKind, noted_at: float) -> ProblemEntry:
    return ProblemEntry(
        photo_id=photo_id,
        path=Path("/photos") / name,
        problem=Problem(kind, f"reason {photo_id}"),
        noted_at=noted_at,
        root_id=1,
    )


def test_problems_sort_by_each_column(qapp, qtmodeltester):
    model = ProblemTableModel()
    model.show_problems(
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
    model = MissingTableModel()
    qtmodeltester.check(model)
    entries = [MissingEntry(1, Path("/photos/a/x.jpg"), 1e9), MissingEntry(2, Path("/y.jpg"), 2e9)]
    model.show_missing(entries)
    qtmodeltester.check(model)
    assert model.index(0, MissingColumn.FILE).data() == "x.jpg"
    assert model.index(0, MissingColumn.FOLDER).data() == str(Path("/photos/a"))
    assert model.index(1, MissingColumn.SINCE).data() == moment_text(2e9)
    assert model.index(1, MissingColumn.FILE).data(Qt.ItemDataRole.ToolTipRole) == str(
        entries[1].path
    )
    assert model.entry_at(1) is entries[1]


def test_photos_on_drives_that_are_away_say_so(photos, qtmodeltester):
    photos.show_photos(ids(5, 2))
    with_name = photos.index(1, 0)
    assert with_name.data(PhotoRole.IS_AWAY) is False
    changed = []
    photos.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    photos.set_away(frozenset({2}))
    photos.set_away(frozenset({2}))
    assert changed == [(0, 1)]
    assert with_name.data(PhotoRole.IS_AWAY) is True
    told = with_name.data(Qt.ItemDataRole.AccessibleTextRole)
    assert told == "a/b.jpg – its drive is not connected"
    assert photos.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "Photo"
    qtmodeltester.check(photos)
