"""Which photos are learned from and which validate; copies never stand on both sides."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.labels import LabelledPhoto, Notice, UnreadablePhoto
from ahash_desktop.training.ask.preflight import learnable_photos, prepare_photos


def photos_of(*rows):
    return [LabelledPhoto(Path(path), kind, split) for path, kind, split in rows]


def prepare(photos, contents=(), **options):
    return prepare_photos(
        photos,
        options.pop("unreadable", ()),
        validation_share=0.3,
        seed=0,
        contents=contents,
        **options,
    )


def many(n, split=None, kinds="ab"):
    return photos_of(
        *((f"{kind}/{number}.jpg", kind, split) for kind in kinds for number in range(n))
    )


def test_given_splits_are_kept():
    photos = many(3, "train") + photos_of(("a/9.jpg", "a", "val"), ("b/9.jpg", "b", "val"))
    prepared = prepare(photos)
    assert prepared.learning.tolist() == list(range(6))
    assert prepared.validating.tolist() == [6, 7]
    assert prepared.notices == ()


def test_training_photos_are_divided_where_no_split_validates():
    labelled = LabelledSet(tuple(many(6, "train") + many(3, "test")), ("a", "b"))
    photos = learnable_photos(labelled)
    assert len(photos) == 12
    assert len(prepare(photos).validating) == 4


def test_copies_of_what_is_learned_from_do_not_validate():
    photos = many(3, "train") + photos_of(("v/1.jpg", "a", "val"), ("v/2.jpg", "a", "val"))
    prepared = prepare(photos, contents=["1", "2", "3", "4", "5", "6", "2", "7"])
    assert prepared.validating.tolist() == [7]
    assert prepared.notices == ("Copies of what is learned from do not validate: v/1.jpg",)


def test_a_photo_of_two_kinds_is_named_and_learned_from():
    photos = many(6)
    contents = [f"{row}" for row in range(12)]
    contents[8] = contents[2]
    prepared = prepare(photos, contents)
    assert {2, 8} <= set(prepared.learning.tolist())
    assert prepared.notices == (
        "The same photos are in the classes 'a' and 'b' and stay on one side: a/2.jpg, b/2.jpg",
    )


def test_photos_with_one_reason_are_named_together():
    photos = many(4)
    gone = [UnreadablePhoto(photos[row].path, "no such file") for row in (0, 1, 2)]
    gone.append(UnreadablePhoto(photos[4].path, "It is no picture."))
    prepared = prepare(photos + many(2, kinds="c"), unreadable=gone)
    assert prepared.notices == (
        "3 photos are left out (no such file): a/0.jpg, a/1.jpg, a/2.jpg",
        "The photo b/0.jpg is left out: It is no picture",
        "The class 'a' has one readable photo only and is left out",
    )


def test_a_kind_that_only_validates_is_named():
    photos = many(3, "train") + photos_of(("c/1.jpg", "c", "val"), ("c/2.jpg", "c", "val"))
    prepared = prepare(photos)
    assert prepared.classes == ("a", "b")
    assert prepared.notices == (
        "The class 'c' has no readable photo to learn from and is left out",
    )
    assert not len(prepared.validating)


def test_copies_alone_make_no_kind():
    with pytest.raises(UserFacingError, match="at least two classes"):
        prepare(many(3), contents=["1", "1", "1", "2", "3", "4"])


def test_what_was_noticed_before_comes_first():
    noticed = (Notice("The class 'd' has no photos and is left out"),)
    assert prepare(many(3), notices=noticed).notices == noticed


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from([None, "train", "val"]),
            st.integers(0, 12),
            st.integers(0, 12),
        ),
        max_size=60,
    ),
    seed=st.integers(0, 5),
)
def test_no_picture_is_on_both_sides(rows, seed):
    photos = [
        LabelledPhoto(Path(f"{row}/{name}.jpg"), kind, split)
        for row, (kind, split, name, _) in enumerate(rows)
    ]
    photos += many(3, "train", "yz")
    contents = [str(content) for *_, content in rows] + [f"own {row}" for row in range(6)]
    prepared = prepare_photos(photos, (), validation_share=0.3, seed=seed, contents=contents)
    sides = defaultdict(set)
    named = defaultdict(set)
    for side, those in (("learns", prepared.learning), ("validates", prepared.validating)):
        for row in those.tolist():
            photo = photos[row]
            assert prepared.classes[prepared.labels[row]] == photo.class_name
            assert photo.split in (None, {"learns": "train", "validates": "val"}[side])
            sides[contents[row]].add(side)
            if photo.split is None:
                named[photo.class_name, photo.path.name].add(side)
    assert all(len(found) == 1 for found in sides.values())
    assert all(len(found) == 1 for found in named.values())
    assert not set(prepared.learning.tolist()) & set(prepared.validating.tolist())
