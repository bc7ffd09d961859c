from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from ahash_desktop.core.records import (
    SearchHit,
)
from ahash_desktop.gui.grid.photo_list import HitListModel, HitOrder, PhotoListModel, PhotoRole

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


def test_matches_tell_in_one_word_how_close_they_are(qapp, qtmodeltester):
    model = HitListModel(lambda _id: None)
    hits = (
        SearchHit(4, Path("/p/self.jpg"), 0.0, 1.0, ()),
        SearchHit(7, Path("/p/near.jpg"), 0.0, 0.9, (), closeness="very close"),
        SearchHit(8, Path("/p/far.jpg"), 16.0, 0.4, (1, 2), closeness="close"),
        SearchHit(9, Path("/p/mean.jpg"), 20.5, 0.4, (1, 2), closeness="none"),
    )
    model.show_hits(hits, 64, frozenset({4}))
    qtmodeltester.check(model)
    captions = [model.index(row, 0).data(PhotoRole.CAPTION) for row in range(4)]
    assert captions == [
        "your example",
        "very close",
        "close",
        "not close",
    ]
    told = model.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert told.splitlines() == [
        "/p/mean.jpg",
        "not close",
        "20.5 of 64 bits differ",
        "similarity 0.400",
    ]
    assert model.hit_at(2).photo_id == 8


@pytest.mark.parametrize(
    ("by_bits", "expected"), [(False, [0.9, 0.5, 0.5, 0.0]), (True, [0.75, 0.5, 0.25, 0.0])]
)
def test_no_bar_reaches_farther_than_that_of_a_match_before_it(qapp, by_bits, expected):
    model = HitListModel(lambda _id: None)
    scores, distances = (0.9, 0.5, 0.7, -0.2), (16.0, 32.0, 48.0, 64.0)
    hits = [
        SearchHit(number, Path(f"/p/{number}.jpg"), distance, score, ())
        for number, (score, distance) in enumerate(zip(scores, distances, strict=True))
    ]
    model.show_hits(hits, 64, by_bits=by_bits)
    bars = [model.index(row, 0).data(PhotoRole.NEARNESS) for row in range(4)]
    assert bars == expected
    assert model.index(0, 0).data(PhotoRole.CAPTION) == ""
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "0.jpg, 16 of 64 bits differ"


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


def matches(*words: str | None) -> tuple[SearchHit, ...]:
    return tuple(
        SearchHit(number, Path(f"/p/{number}.jpg"), float(number), 0.9, (), closeness=word)
        for number, word in enumerate(words)
    )


def test_matches_have_headings_while_they_are_ordered_by_closeness(qapp, qtmodeltester):
    model = HitListModel(lambda _id: None)
    assert model.sections.n_rows == 0
    model.show_hits(matches("very close", "very close", "loose"), 64)
    qtmodeltester.check(model)
    assert model.sections.titles == ("Very close", "Loose")
    role = Qt.ItemDataRole.AccessibleTextRole
    assert [model.index(row, 0).data(role) for row in range(3)] == [
        "Very close, 2 photos: 0.jpg, very close",
        "1.jpg, very close",
        "Loose, 1 photo: 2.jpg, loose",
    ]
    model.arrange(HitOrder.NAME, False)
    assert (model.sections.n_rows, model.sections.titles) == (3, ())
    model.arrange(HitOrder.DISTANCE, False)
    assert model.sections.titles == ("Very close", "Loose")
    model.show_hits(matches(None, None), 64)
    assert (model.sections.n_rows, model.sections.titles) == (2, ())


def test_headings_are_the_same_object_until_photos_or_their_times_change(photos):
    in_2026 = ids(1, 2, 3), ids(1_790_000_000, 1_780_000_000, 1_780_000_000)
    in_2024 = in_2026[0], in_2026[1] - 63_072_000
    photos.show_photos(ids(1, 2), in_2026)
    made = photos.sections
    assert made.titles == ("September 2026", "May 2026")
    photos.set_favourites(frozenset({2}))
    photos.show_photos(ids(1, 2), in_2026)
    assert photos.sections is made
    changed = []
    photos.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    photos.show_photos(ids(1, 2), in_2024)
    assert changed == [(0, 1)]
    assert photos.sections.titles == ("September 2024", "May 2024")
    photos.show_photos(ids(1, 2, 3), in_2024)
    assert photos.sections.n_rows == 3
    photos.show_photos(ids(3, 2, 1))
    assert photos.sections.titles == ()
