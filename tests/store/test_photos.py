"""Photos, counts and problems are shown as they are, in the order asked for."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.records import (
    ContentId,
    LibraryCounts,
    ModelRecord,
    PhotoState,
    PictureFacts,
    Root,
    RootState,
    ScannedFile,
)
from ahash_desktop.store import photos
from ahash_desktop.store.library import Library


def test_a_photo_has_all_that_was_recorded(library: Library, root: Root, fill: Any) -> None:
    photo_id = fill.index("2024/a.jpg", seed=4, taken_at="2024-05-01T07:30:00")
    photo = library.photos.get(photo_id)
    assert photo.path == root.path / "2024" / "a.jpg"
    assert (photo.relative_path, photo.root_id) == ("2024/a.jpg", root.root_id)
    assert (photo.size_bytes, photo.mtime_ns) == (100, 1_000_000_000)
    assert photo.state is PhotoState.INDEXED
    assert photo.content == ContentId((4).to_bytes(16, "big"), (5).to_bytes(16, "big"))
    assert photo.facts == PictureFacts(640, 480, "JPEG", "2024-05-01T07:30:00", "Camera X", 6)
    assert photo.problem is None


def test_a_removed_photo_is_told(library: Library) -> None:
    with pytest.raises(UserFacingError, match="no longer in the library"):
        library.photos.get(5)


def test_many_photos_come_in_the_order_asked_for(library: Library, root: Root) -> None:
    files = [ScannedFile(f"{number:05}.jpg", 1, 1) for number in range(25_000)]
    with library.transaction():
        library.work.record_scanned(root.root_id, files, 1.0)
    ids = np.random.default_rng(0).permutation(np.arange(1, 25_001))
    asked = [*ids, 99_999, ids[0]]
    found = [photo.photo_id for photo in library.photos.get_many(asked)]
    assert found == [*ids.tolist(), int(ids[0])]
    assert library.photos.get_many([]) == []


def test_more_photos_than_are_read_at_once_are_all_there(
    library: Library, root: Root, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "ROWS_AT_ONCE", 3)
    by_path = {f"{n % 3}/{n:02}.jpg": fill.index(f"{n % 3}/{n:02}.jpg") for n in range(10)}
    assert library.photos.ids().tolist() == [by_path[path] for path in sorted(by_path)]
    assert sorted(library.photos.ids(newest_first=True).tolist()) == list(range(1, 11))
    ids, times = library.photos.times()
    assert ids.tolist() == list(range(1, 11))
    assert times.shape == (10,)
    ids, names = library.photos.folders()
    assert dict(zip(ids.tolist(), names, strict=True)) == {n + 1: str(n % 3) for n in range(10)}


def test_a_photo_waits_to_be_read_again_once_its_file_has_changed(
    library: Library, root: Root, fill: Any
) -> None:
    read, new = fill.index("a.jpg", seed=1), fill.scan("b.jpg")
    assert not library.photos.waits_to_be_read_again(read)
    assert not library.photos.waits_to_be_read_again(new)
    library.work.record_scanned(root.root_id, [ScannedFile("a.jpg", 7, 7)], 1.0)
    assert library.photos.waits_to_be_read_again(read)


def test_a_photo_is_found_by_its_path(library: Library, root: Root, fill: Any) -> None:
    photo_id = fill.scan("2024/a.jpg")
    found = library.photos.find_by_path(root.path / "2024" / ".." / "2024" / "a.jpg")
    assert found is not None
    assert found.photo_id == photo_id
    for unknown in ("2024", "2024/b.jpg", ".", "..", "a\udcff.jpg"):
        assert library.photos.find_by_path(root.path / unknown) is None


def test_a_photo_is_found_through_a_link_to_its_folder(
    library: Library, root: Root, fill: Any, tmp_path: Path
) -> None:
    root.path.mkdir()
    (tmp_path / "link").symlink_to(root.path)
    photo_id = fill.scan("a.jpg")
    found = library.photos.find_by_path(tmp_path / "link" / "a.jpg")
    assert found is not None
    assert found.photo_id == photo_id


def test_a_photo_is_found_by_a_relative_path(
    library: Library, root: Root, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.path.mkdir()
    monkeypatch.chdir(root.path)
    photo_id = fill.scan("a.jpg")
    found = library.photos.find_by_path(Path("a.jpg"))
    assert found is not None
    assert found.photo_id == photo_id


def test_photos_with_a_code_are_shown_by_path(
    library: Library, root: Root, fill: Any, tmp_path: Path
) -> None:
    second, third, first = (fill.index(name) for name in ("b/a.jpg", "c.jpg", "a.jpg"))
    fill.scan("new.jpg")
    fill.fail(fill.index("broken.jpg"))
    library.work.mark_missing([fill.index("gone.jpg")], 1.0)
    library.work.ignore([fill.index("ignored.jpg")])
    before = library.roots.add(tmp_path / "a folder before", 1.0)
    earlier = type(fill)(library, before, fill._model, fill._encoded).index("z.jpg")
    ids = library.photos.ids()
    assert ids.dtype == np.int64
    assert ids.tolist() == [earlier, first, second, third]


def test_an_empty_library_shows_no_photos(library: Library) -> None:
    for newest_first in (False, True):
        ids = library.photos.ids(newest_first=newest_first)
        assert (ids.dtype, ids.shape) == (np.int64, (0,))


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local clock is nine hours ahead of UTC."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system cannot change its time zone for one process")
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_newest_first_compares_camera_clocks_with_local_file_times(
    library: Library, fill: Any
) -> None:
    noon_ns = 1_714_532_400 * 10**9  # 2024-05-01T12:00:00 in Japan
    file = fill.scan("file.jpg", mtime_ns=noon_ns)
    fill.encode(file, 1)
    before = fill.index("before.jpg", taken_at="2024-05-01T11:59:59")
    after = fill.index("after.jpg", taken_at="2024-05-01T12:00:01")
    same = fill.index("same.jpg", taken_at="2024-05-01T12:00:00")
    assert library.photos.ids(newest_first=True).tolist() == [after, same, file, before]


def test_counts_add_up(library: Library, root: Root, fill: Any) -> None:
    fill.scan("new.jpg")
    fill.index("a.jpg")
    fill.index("b.jpg")
    broken, ignored = fill.scan("broken.jpg"), fill.scan("ignored.jpg")
    fill.fail(broken)
    library.work.ignore([ignored])
    library.work.mark_missing([fill.index("gone.jpg")], 1.0)
    expected = LibraryCounts(pending=1, indexed=2, problem=1, ignored=1, missing=1)
    assert library.photos.counts() == expected
    assert library.photos.counts_in([root.root_id, root.root_id]) == expected
    other = library.roots.add(root.path.with_name("other"), 1.0)
    assert library.photos.counts_in([other.root_id]) == LibraryCounts()
    assert library.photos.counts_in([]) == LibraryCounts()


def test_problems_are_listed_by_path_with_their_folder(
    library: Library, root: Root, fill: Any
) -> None:
    for name in ("b.jpg", "a.jpg", "c.jpg"):
        fill.fail(fill.scan(name), f"{name} is broken")
    library.work.ignore([fill.scan("c.jpg"), fill.index("fine.jpg")])
    problems = library.photos.problems()
    assert [(entry.path.name, entry.problem.reason) for entry in problems] == [
        ("a.jpg", "a.jpg is broken"),
        ("b.jpg", "b.jpg is broken"),
    ]
    assert {(entry.noted_at, entry.root_id) for entry in problems} == {(40.0, root.root_id)}
    everything = library.photos.problems(include_ignored=True)
    assert [entry.path.name for entry in everything] == ["a.jpg", "b.jpg", "c.jpg"]


def test_content_keys_are_those_of_photos_with_content(library: Library, fill: Any) -> None:
    known, new = fill.index("a.jpg", seed=7), fill.scan("b.jpg")
    keys = library.photos.content_keys(np.array([known, new, 99]))
    assert keys == {known: (7).to_bytes(16, "big")}


def test_names_that_look_like_sql_or_globs_are_names(library: Library, fill: Any) -> None:
    names = ["a' OR 1=1 --.jpg", "100%.jpg", "[x]*?.jpg", 'quo"te.jpg', "back\\slash.jpg"]
    ids = {fill.scan(name): name for name in names}
    found = library.photos.get_many(list(ids))
    assert {photo.photo_id: photo.relative_path for photo in found} == ids
    assert all(os.fspath(photo.path).endswith(ids[photo.photo_id]) for photo in found)


def test_missing_photos_are_listed_kept_and_forgotten(
    library: Library, root: Root, fill: Any, model: ModelRecord
) -> None:
    first, second, there = (fill.index(name, seed=number) for number, name in enumerate("abc"))
    library.work.mark_missing([second], 20.0)
    library.work.mark_missing([first], 10.0)
    assert [(entry.photo_id, entry.missing_since) for entry in library.photos.missing()] == [
        (first, 10.0),
        (second, 20.0),
    ]
    assert library.photos.missing()[0].path == root.path / "a"
    library.work.keep_missing([first, there], 30.0)
    assert [entry.photo_id for entry in library.photos.missing()] == [second, first]
    library.work.forget_missing([first, there])
    assert [entry.photo_id for entry in library.photos.missing()] == [second]
    assert library.codes.get(first, model.model_key) is None
    assert library.codes.get(second, model.model_key) is not None
    assert library.photos.get(there).state is PhotoState.INDEXED


def test_photos_of_a_folder_that_is_away_are_not_asked_about(
    library: Library, root: Root, fill: Any
) -> None:
    library.work.mark_missing([fill.index("a.jpg")], 10.0)
    library.roots.set_state(root.root_id, RootState.OFFLINE)
    assert library.photos.missing() == []
