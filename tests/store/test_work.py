"""Indexing finds exactly the work there is, and records what became of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ahash_desktop.core.records import (
    EncodeOutcome,
    ModelRecord,
    PhotoState,
    ProblemKind,
    Root,
    ScannedFile,
)
from ahash_desktop.store.library import Library


def state_of(library: Library, photo_id: int) -> PhotoState:
    return library.photos.get(photo_id).state


def test_a_new_file_awaits_its_code(
    library: Library, root: Root, model: ModelRecord, fill: Any
) -> None:
    photo_id = fill.scan("b/ä 猫.jpg", size=7, mtime_ns=-5)
    (item,) = library.work.awaiting(model.model_key, [root.root_id])
    assert item.path == root.path / "b" / "ä 猫.jpg"
    assert (item.photo_id, item.root_id) == (photo_id, root.root_id)
    assert (item.size_bytes, item.mtime_ns) == (7, -5)


def test_work_comes_by_folder_and_path(
    library: Library, root: Root, model: ModelRecord, tmp_path: Path
) -> None:
    first = library.roots.add(tmp_path / "a folder", 1.0)
    names = ["c.jpg", "a/z.jpg", "b.jpg"]
    for folder in (root, first):
        files = [ScannedFile(name, 1, 1) for name in names]
        library.work.record_scanned(folder.root_id, files, 1.0)
    both = [root.root_id, first.root_id]
    expected = [folder.path / name for folder in (first, root) for name in sorted(names)]
    paths = [item.path for item in library.work.awaiting(model.model_key, both)]
    assert paths == expected
    for limit in range(8):
        items = library.work.awaiting(model.model_key, both, limit=limit)
        assert [item.path for item in items] == expected[:limit]
    only = library.work.awaiting(model.model_key, [root.root_id])
    assert [item.path for item in only] == expected[3:]
    assert library.work.awaiting(model.model_key, []) == []


def test_a_finished_file_awaits_nothing_of_this_model_but_of_another(
    library: Library, root: Root, model: ModelRecord, fill: Any
) -> None:
    photo_id = fill.index("a.jpg")
    other = library.models.register("model-b", "B", 12, "{}", 1.0)
    assert library.work.awaiting(model.model_key, [root.root_id]) == []
    awaited = library.work.awaiting(other.model_key, [root.root_id])
    assert [item.photo_id for item in awaited] == [photo_id]
    fill.encode(photo_id, 0, model=other)
    assert library.work.awaiting(other.model_key, [root.root_id]) == []
    assert library.codes.count(model.model_key) == 1


@pytest.mark.parametrize("change", [{"size": 101}, {"mtime_ns": 2_000_000_000}])
def test_a_changed_file_is_pending_and_keeps_its_old_code_until_then(
    library: Library, model: ModelRecord, fill: Any, change: dict[str, int]
) -> None:
    photo_id = fill.index("a.jpg")
    assert fill.scan("a.jpg", **change) == photo_id
    assert state_of(library, photo_id) is PhotoState.PENDING
    assert library.photos.ids().tolist() == [photo_id]
    assert library.codes.load(model.model_key, 12).photo_ids.tolist() == [photo_id]


def test_an_unchanged_file_stays_what_it_is(library: Library, fill: Any) -> None:
    indexed, broken, ignored = fill.index("a.jpg"), fill.scan("b.jpg"), fill.scan("c.jpg")
    fill.fail(broken)
    fill.fail(ignored)
    library.work.ignore([ignored])
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        fill.scan(name)
    assert state_of(library, indexed) is PhotoState.INDEXED
    assert state_of(library, broken) is PhotoState.PROBLEM
    assert state_of(library, ignored) is PhotoState.IGNORED


def test_a_file_that_comes_back_is_what_it_was(library: Library, fill: Any) -> None:
    ids = {
        PhotoState.PENDING: fill.scan("pending.jpg"),
        PhotoState.INDEXED: fill.index("indexed.jpg"),
        PhotoState.PROBLEM: fill.scan("problem.jpg"),
        PhotoState.IGNORED: fill.scan("ignored.jpg"),
    }
    fill.fail(ids[PhotoState.PROBLEM])
    fill.fail(ids[PhotoState.IGNORED])
    library.work.ignore([ids[PhotoState.IGNORED]])
    for _ in range(2):
        library.work.mark_missing(list(ids.values()), 60.0)
        assert library.photos.counts().missing == 4
    for state, photo_id in ids.items():
        fill.scan(f"{state}.jpg")
        assert state_of(library, photo_id) is state


def test_a_missing_file_that_comes_back_changed_is_pending(library: Library, fill: Any) -> None:
    photo_id = fill.index("a.jpg")
    library.work.mark_missing([photo_id], 60.0)
    fill.scan("a.jpg", size=5)
    assert state_of(library, photo_id) is PhotoState.PENDING


def test_a_problem_takes_the_stale_code_and_content_away(
    library: Library, root: Root, model: ModelRecord, fill: Any
) -> None:
    photo_id = fill.index("a.jpg")
    fill.fail(photo_id, "the end is missing")
    photo = library.photos.get(photo_id)
    assert photo.state is PhotoState.PROBLEM
    assert photo.problem is not None
    assert (photo.problem.kind, photo.problem.reason) == (
        ProblemKind.BROKEN,
        "the end is missing",
    )
    assert (photo.content, photo.facts) == (None, None)
    assert library.codes.get(photo_id, model.model_key) is None
    assert library.work.awaiting(model.model_key, [root.root_id]) == []
    assert library.photos.ids().tolist() == []


def test_a_file_that_can_be_read_again_has_no_problem(library: Library, fill: Any) -> None:
    photo_id = fill.scan("a.jpg")
    fill.fail(photo_id)
    fill.encode(photo_id, 1)
    assert library.photos.get(photo_id).problem is None
    assert library.photos.problems() == []


def test_new_content_takes_the_codes_of_all_models_away(
    library: Library, root: Root, model: ModelRecord, fill: Any
) -> None:
    photo_id = fill.index("a.jpg", seed=1)
    other = library.models.register("model-b", "B", 12, "{}", 1.0)
    fill.encode(photo_id, 1, model=other)
    fill.encode(photo_id, 1)
    assert library.codes.count(other.model_key) == 1
    fill.encode(photo_id, 2)
    assert library.codes.count(other.model_key) == 0
    assert len(library.work.awaiting(other.model_key, [root.root_id])) == 1


def test_an_outcome_for_a_removed_photo_is_dropped(
    library: Library, root: Root, model: ModelRecord, fill: Any
) -> None:
    photo_id, kept = fill.index("a.jpg"), fill.scan("b.jpg")
    library.roots.remove(root.root_id)
    fill.encode(photo_id, 1)
    fill.fail(kept)
    with library.transaction():
        library.work.reuse(kept, photo_id, model.model_key, 1.0)
    assert library.photos.counts().total == 0
    assert library.codes.count(model.model_key) == 0


def test_an_outcome_holds_a_code_or_a_problem(library: Library, model: ModelRecord) -> None:
    with pytest.raises(ValueError, match="neither"):
        library.work.finish(EncodeOutcome(1), model.model_key, 1.0)


def test_reuse_copies_everything_known_of_the_content(
    library: Library, model: ModelRecord, fill: Any
) -> None:
    known = fill.index("a.jpg", seed=5, taken_at="2020-01-02T03:04:05")
    other = library.models.register("model-b", "B", 12, "{}", 1.0)
    fill.encode(known, 5, model=other, taken_at="2020-01-02T03:04:05")
    copy = fill.scan("copy.jpg")
    fill.fail(copy)
    with library.transaction():
        library.work.reuse(copy, known, model.model_key, 1.0)
    expected = library.photos.get(known)
    found = library.photos.get(copy)
    assert replace(expected, photo_id=copy, path=found.path, relative_path="copy.jpg") == found
    for key in (model.model_key, other.model_key):
        codes = [library.codes.get(photo_id, key) for photo_id in (known, copy)]
        assert len({code.code.tobytes() for code in codes if code is not None}) == 1


def test_reuse_of_a_code_that_is_gone_leaves_the_work_to_do(
    library: Library, root: Root, model: ModelRecord, fill: Any
) -> None:
    known, copy = fill.index("a.jpg"), fill.scan("copy.jpg")
    fill.fail(known)
    with library.transaction():
        library.work.reuse(copy, known, model.model_key, 1.0)
    awaited = library.work.awaiting(model.model_key, [root.root_id])
    assert [item.photo_id for item in awaited] == [copy]


def test_same_content_is_found_in_indexed_missing_and_changed_photos(
    library: Library, model: ModelRecord, fill: Any
) -> None:
    here, gone, broken, changed = (fill.index(f"{name}.jpg", seed=9) for name in "abcd")
    fill.index("other.jpg", seed=8)
    library.work.mark_missing([gone], 1.0)
    fill.fail(broken)
    fill.scan("d.jpg", size=5)
    key = (9).to_bytes(16, "big")
    found = library.work.find_same_content(key, 100, model.model_key)
    assert [photo.photo_id for photo in found] == [here, gone, changed]
    other_size = library.work.find_same_content(key, 101, model.model_key)
    assert [photo.photo_id for photo in other_size] == [changed]
    assert library.work.find_same_content(key, 100, model.model_key + 1) == []


def test_retry_and_ignore_change_what_they_may(library: Library, fill: Any) -> None:
    broken, indexed, gone = fill.scan("a.jpg"), fill.index("b.jpg"), fill.index("c.jpg")
    fill.fail(broken)
    library.work.mark_missing([gone], 1.0)
    library.work.ignore([broken, gone])
    assert state_of(library, broken) is PhotoState.IGNORED
    assert state_of(library, gone) is PhotoState.MISSING
    library.work.retry([broken, indexed, gone])
    assert state_of(library, broken) is PhotoState.PENDING
    assert state_of(library, indexed) is PhotoState.INDEXED
    assert state_of(library, gone) is PhotoState.MISSING


def test_times_that_no_integer_holds_stop_nothing(library: Library, fill: Any) -> None:
    far = 253_402_300_799 * 10**9
    photo_id = fill.scan("a.jpg", mtime_ns=far)
    assert library.photos.get(photo_id).mtime_ns == 2**63 - 1
    fill.encode(photo_id, 1, taken_at="not a time at all")
    assert library.photos.ids(newest_first=True).tolist() == [photo_id]


def test_fingerprints_are_those_of_one_folder(library: Library, root: Root, fill: Any) -> None:
    photo_id = fill.scan("a.jpg", size=3, mtime_ns=4)
    library.work.mark_missing([fill.scan("gone.jpg")], 1.0)
    other = library.roots.add(root.path.with_name("other"), 1.0)
    library.work.record_scanned(other.root_id, [ScannedFile("b.jpg", 1, 1)], 1.0)
    known = library.work.fingerprints(root.root_id)
    assert known == {"a.jpg": ("a.jpg", 3, 4, photo_id)}
