"""Photos in the trash are hidden, not missing, and come back with all that is known of them."""

import pytest

from ahash_desktop.core.records import LibraryCounts, ModelRecord, Root, ScannedFile
from ahash_desktop.store.library import Library


@pytest.fixture
def photo_ids(fill) -> list[int]:
    """Two photos with codes, and one that could not be read."""
    ids = [fill.scan(name) for name in ("a.jpg", "b.jpg", "broken.jpg")]
    fill.encode(ids[0], 1)
    fill.encode(ids[1], 2)
    fill.fail(ids[2])
    return ids


def test_a_photo_in_the_trash_is_not_shown_and_not_missing(
    library: Library, root: Root, photo_ids: list[int]
) -> None:
    before = library.photos.counts()
    library.trash.take_away(photo_ids[:1], 5.0)
    assert library.photos.ids().tolist() == photo_ids[1:2]
    assert library.photos.missing() == []
    assert library.photos.counts() == LibraryCounts(
        before.pending, before.indexed - 1, before.problem, before.ignored, 0
    )
    assert library.photos.counts_in([root.root_id]) == library.photos.counts()


def test_all_of_it_comes_back(library: Library, model: ModelRecord, photo_ids: list[int]) -> None:
    before = library.photos.get_many(photo_ids), library.photos.counts()
    library.trash.take_away(photo_ids, 5.0)
    library.trash.take_away(photo_ids, 6.0)
    library.trash.put_back(photo_ids)
    assert (library.photos.get_many(photo_ids), library.photos.counts()) == before
    assert library.codes.get(photo_ids[0], model.model_key) is not None


def test_a_scan_that_does_not_find_it_calls_it_missing_no_more_than_before(
    library: Library, photo_ids: list[int]
) -> None:
    library.trash.take_away(photo_ids[:1], 5.0)
    library.work.mark_missing(photo_ids[:2], 6.0)
    assert [entry.photo_id for entry in library.photos.missing()] == photo_ids[1:2]
    assert library.photos.counts().missing == 1


def test_a_file_that_is_there_again_is_no_longer_in_the_trash(
    library: Library, root: Root, photo_ids: list[int]
) -> None:
    known = library.photos.get(photo_ids[0])
    library.trash.take_away(photo_ids[:1], 5.0)
    found = ScannedFile(known.relative_path, known.size_bytes, known.mtime_ns)
    library.work.record_scanned(root.root_id, [found], 6.0)
    assert library.photos.ids().tolist() == photo_ids[:2]
    library.work.mark_missing(photo_ids[:1], 7.0)
    assert library.photos.counts().missing == 1


def test_one_that_was_missing_already_can_be_put_into_the_trash(
    library: Library, photo_ids: list[int]
) -> None:
    library.work.mark_missing(photo_ids[:1], 4.0)
    library.trash.take_away(photo_ids[:1], 5.0)
    assert library.photos.counts().missing == 0
    library.trash.put_back(photo_ids[:1])
    assert library.photos.ids().tolist() == photo_ids[:2]


def test_after_a_while_it_is_forgotten(library: Library, photo_ids: list[int]) -> None:
    library.trash.take_away(photo_ids[:1], 5.0)
    library.trash.take_away(photo_ids[1:2], 50.0)
    library.trash.forget(20.0)
    library.trash.put_back(photo_ids[:2])
    assert library.photos.ids().tolist() == photo_ids[1:2]
