"""The ways into a library say how many photos each leads to, and lead to just as many."""

import time
from typing import Any

import pytest

from ahash_desktop.core.filters import Folder, PhotoFilter
from ahash_desktop.core.overview import LibraryOverview, MonthCount
from ahash_desktop.core.records import Root, RootState
from ahash_desktop.store.library import Library
from tests import patience

TAKEN = {
    "2023/birds/1.jpg": "2023-12-31T23:59:59",
    "2023/birds/2.jpg": "2024-01-01T00:00:00",
    "2023/jays/012.Blue_Jay/1.jpg": "2024-01-31T12:00:00",
    "2023/jays/012.Blue_Jay/2.jpg": "2024-03-01T12:00:00",
    "2023 more/1.jpg": "2024-03-31T23:59:59",
    "top.jpg": "2026-02-28T08:00:00",
}


@pytest.fixture
def ids(library: Library, fill: Any) -> dict[str, int]:
    return {
        name: fill.index(name, seed=n, taken_at=at) for n, (name, at) in enumerate(TAKEN.items())
    }


def test_folders_come_as_a_tree_is_read(library: Library, root: Root, ids: dict[str, int]) -> None:
    assert ids
    overview = library.overviews.read()
    told = [(each.folder.path, each.name, each.n_photos) for each in overview.folders]
    assert told == [
        ("", str(root.path), 6),
        ("2023/", "2023", 4),
        ("2023/birds/", "birds", 2),
        ("2023/jays/", "jays", 2),
        ("2023/jays/012.Blue_Jay/", "012.Blue_Jay", 2),
        ("2023 more/", "2023 more", 1),
    ]
    for each in overview.folders:
        found = library.filtering.ids(PhotoFilter(folder=each.folder))
        assert found.size == each.n_photos


def test_months_are_counted_newest_first(library: Library, ids: dict[str, int]) -> None:
    assert ids
    assert library.overviews.read().months == (
        MonthCount(2026, 2, 1),
        MonthCount(2024, 3, 2),
        MonthCount(2024, 1, 2),
        MonthCount(2023, 12, 1),
    )


def test_kinds_and_cameras_are_counted(library: Library, ids: dict[str, int]) -> None:
    overview = library.overviews.read()
    assert overview.kinds == (("birds", 2), ("Blue Jay", 2), ("more", 1))
    assert (overview.n_photos, overview.n_unnamed) == (6, 1)
    assert library.filtering.ids(PhotoFilter(label="")).tolist() == [ids["top.jpg"]]
    for kind, count in overview.kinds:
        assert library.filtering.ids(PhotoFilter(label=kind)).size == count
    assert overview.cameras == (("Camera X", 6),)


def test_labels_are_kinds_beside_those_of_folders(library: Library, ids: dict[str, int]) -> None:
    library.labels.give([ids["top.jpg"], ids["2023/birds/1.jpg"]], "Wren", 1.0)
    library.labels.give([ids["2023/jays/012.Blue_Jay/1.jpg"]], "Blue Jay", 2.0)
    overview = library.overviews.read()
    assert dict(overview.kinds) == {"birds": 2, "Blue Jay": 2, "more": 1, "Wren": 2}
    assert overview.n_unnamed == 0
    for kind, count in overview.kinds:
        assert library.filtering.ids(PhotoFilter(label=kind)).size == count
    assert library.filtering.ids(PhotoFilter(label="")).size == 0


def test_an_offline_folder_is_marked(library: Library, root: Root, ids: dict[str, int]) -> None:
    assert ids
    library.roots.set_state(root.root_id, RootState.OFFLINE)
    assert {each.is_offline for each in library.overviews.read().folders} == {True}


def test_an_empty_library_has_no_ways_into_it(library: Library) -> None:
    assert library.overviews.read() == LibraryOverview()


def test_a_folder_without_photos_is_there(library: Library, root: Root) -> None:
    (only,) = library.overviews.read().folders
    assert (only.folder, only.n_photos) == (Folder(root.root_id), 0)


def test_favourites_are_of_contents(library: Library, fill: Any, ids: dict[str, int]) -> None:
    first = ids["top.jpg"]
    library.favourites.add([first, first], 1.0)
    library.favourites.add([first], 2.0)
    assert library.favourites.ids() == {first}
    assert library.overviews.read().n_favourites == 1
    assert library.filtering.ids(PhotoFilter(is_favourite=True)).tolist() == [first]
    copy = fill.index("copy of top.jpg", seed=5, taken_at="2026-02-28T08:00:00")
    assert library.favourites.ids() == {first, copy}
    library.favourites.remove([copy])
    assert library.favourites.ids() == frozenset()


def test_a_hundred_thousand_photos_are_counted_quickly(library: Library, root: Root) -> None:
    n_photos = 100_000
    with library.transaction():
        library._connection.raw.executemany(
            "INSERT INTO photos (root_id, relative_path, size_bytes, mtime_ns, state, added_at,"
            " encoded_at, local_time_s, camera) VALUES (?, ?, 5, 5, 'indexed', 1, 1, ?, ?)",
            (
                (
                    root.root_id,
                    f"{n % 300}/{n % 7}/{n}.jpg",
                    1_000_000_000 + n * 5_000,
                    f"C {n % 9}",
                )
                for n in range(n_photos)
            ),
        )
    with patience.Budget() as budget:
        started = time.perf_counter()
        overview = library.overviews.read()
        took_s = time.perf_counter() - started
    assert sum(month.n_photos for month in overview.months) == n_photos == overview.n_photos
    assert budget.allows(took_s, 1.0), f"{took_s:.2f} s"
