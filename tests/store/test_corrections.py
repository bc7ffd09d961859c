"""What photos are of is kept with their codes; what people say of it with the content."""

from dataclasses import replace
from typing import Any

import pytest

from ahash_desktop.core.records import (
    ContentId,
    EncodeOutcome,
    ModelRecord,
    PictureFacts,
    Region,
    Root,
    Subject,
)
from ahash_desktop.store.library import Library
from tests.store.conftest import encoding

FACTS = PictureFacts(640, 480, "JPEG")
BOX = Region(0.1, 0.2, 0.5, 0.25)
BOX_TEXT = "64.0,96.0,320.0,120.0"


def content(seed: int) -> ContentId:
    return ContentId(seed.to_bytes(16, "big"), (seed + 1).to_bytes(16, "big"))


def finish(library: Library, photo_id: int, model: ModelRecord, subject: Subject | None) -> None:
    encoded = replace(encoding(photo_id), subject=subject)
    with library.transaction():
        library.work.finish(
            EncodeOutcome(photo_id, encoded, FACTS, content(photo_id)), model.model_key, 1.0
        )


@pytest.mark.parametrize("box", [None, BOX])
def test_what_a_photo_is_of_is_kept_with_its_code(
    library: Library, model: ModelRecord, fill: Any, box: Region | None
) -> None:
    photo_id = fill.scan("a.jpg")
    finish(library, photo_id, model, Subject("bird", 0.75, box))
    kept = library.codes.get(photo_id, model.model_key)
    assert kept is not None
    assert kept.subject == Subject("bird", 0.75, box)
    assert kept.part is None


def test_a_model_that_does_not_tell_leaves_it_open(
    library: Library, model: ModelRecord, fill: Any
) -> None:
    photo_id = fill.index("a.jpg", seed=1)
    kept = library.codes.get(photo_id, model.model_key)
    assert kept is not None
    assert kept.subject is None


def test_a_copy_takes_over_what_is_known(library: Library, model: ModelRecord, fill: Any) -> None:
    first, copy = fill.scan("a.jpg"), fill.scan("b.jpg")
    finish(library, first, model, Subject("bird", 0.75, BOX))
    with library.transaction():
        library.work.reuse(copy, first, model.model_key, 2.0)
    kept = library.codes.get(copy, model.model_key)
    assert kept is not None
    assert kept.subject == Subject("bird", 0.75, BOX)


def test_a_moved_photo_takes_over_what_is_known_of_it(
    library: Library, model: ModelRecord, fill: Any
) -> None:
    gone = fill.scan("a.jpg")
    finish(library, gone, model, Subject("bird", 0.75, BOX))
    fill.correct(gone, BOX_TEXT)
    before = library.codes.get(gone, model.model_key)
    here = fill.scan("b/a.jpg")
    library.work.mark_missing([gone], 2.0)
    with library.transaction():
        library.work.reuse(here, gone, model.model_key, 3.0)
        library.moves.settle(here)
    (photo,) = library.photos.get_many([gone])
    assert photo.relative_path == "b/a.jpg"
    after = library.codes.get(gone, model.model_key)
    assert before is not None
    assert after is not None
    assert (after.subject, after.part) == (before.subject, before.part)
    assert after.subject is not None
    assert after.subject.is_corrected


def test_only_codes_that_do_not_follow_a_correction_are_made_anew(
    library: Library, root: Root, model: ModelRecord, fill: Any
) -> None:
    photo_id, copy = fill.index("a.jpg", seed=1), fill.index("copy.jpg", seed=1)
    fill.index("other.jpg", seed=5)
    other = library.models.register("model-b", "B", 12, "{}", 1.0)
    for one in (photo_id, copy):
        fill.encode(one, 1, model=other)
    waiting = lambda model: library.work.waiting_ids(model.model_key, [root.root_id])  # noqa: E731 - short
    assert waiting(model) == []
    fill.correct(photo_id, BOX_TEXT)
    assert waiting(model) == []
    assert waiting(other) == [photo_id, copy, photo_id + 2]
    kept = library.codes.get(copy, model.model_key)
    assert kept is not None
    assert kept.part == BOX
    assert library.work.find_same_content(content(1).key, 100, other.model_key) == []
    assert len(library.work.find_same_content(content(1).key, 100, model.model_key)) == 2


def test_a_correction_that_is_taken_back_has_the_codes_made_anew(
    library: Library, root: Root, model: ModelRecord, fill: Any
) -> None:
    photo_id = fill.index("a.jpg", seed=1)
    fill.correct(photo_id, BOX_TEXT)
    with library.transaction():
        library.corrections.take_back(content(1))
    assert library.corrections.find(content(1).key) == {}
    assert library.work.waiting_ids(model.model_key, [root.root_id]) == [photo_id]
    assert library.work.find_same_content(content(1).key, 100, model.model_key) == []
    fill.encode(photo_id, 1)
    assert library.work.waiting_ids(model.model_key, [root.root_id]) == []


def test_a_correction_outlives_the_photo_it_was_made_of(
    library: Library, fill: Any, model: ModelRecord
) -> None:
    photo_id = fill.index("a.jpg", seed=1)
    fill.correct(photo_id, BOX_TEXT)
    library.work.mark_missing([photo_id], 2.0)
    library.work.forget_missing([photo_id])
    assert library.corrections.find(content(1).key) == {content(1).digest: BOX}


@pytest.mark.parametrize(
    "box", ["nonsense", "1.0,2.0,3.0", "600.0,0.0,100.0,10.0", "0.0,0.0,0.0,1.0"]
)
def test_a_box_that_makes_no_sense_is_none(library: Library, fill: Any, box: str) -> None:
    fill.index("a.jpg", seed=1)
    with library.transaction():
        library.corrections.correct(content(1), box, (640, 480), 1.0)
    assert library.corrections.find(content(1).key) == {}
