"""Which photos ask and which are asked for."""

from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.labels import LabelledPhoto
from ahash_desktop.training.judging.dividing import divide


def labelled(*splits, kinds="aaaaaaaa"):
    photos = [
        LabelledPhoto(Path(f"{row}.jpg"), kind, split)
        for row, (kind, split) in enumerate(zip(kinds, splits, strict=False))
    ]
    return LabelledSet(tuple(photos), tuple(sorted({photo.class_name for photo in photos})))


def sides_of(found, contents=None):
    n = len(found.photos)
    return divide(found, np.arange(n), contents or [str(row) for row in range(n)])


@pytest.mark.parametrize(
    ("splits", "database", "asked"),
    [
        (("train", "train", "test"), [0, 1], [2]),
        (("train", "val", "test"), [0], [2]),
        (("train", "val", "train"), [0, 2], [1]),
        ((None, None, None), [0, 1, 2], [0, 1, 2]),
    ],
)
def test_the_test_split_asks_or_else_what_validates(splits, database, asked):
    sides = sides_of(labelled(*splits))
    assert (sides.database.tolist(), sides.asked.tolist()) == (database, asked)
    assert (sides.database is sides.asked) == (splits[0] is None)
    assert sides.notices == ()


def test_copies_do_not_ask_for_what_they_copy():
    sides = sides_of(labelled("train", "test", "test"), ["x", "x", "y"])
    assert sides.asked.tolist() == [2]
    assert sides.notices == ("Copies of photos that are judged take no part: 1.jpg",)


def test_copies_in_a_class_are_there_once_and_those_of_two_classes_stay():
    sides = sides_of(labelled(None, None, None, kinds="aab"), ["x", "x", "x"])
    assert sides.database.tolist() == [0, 2]
    assert sides.asked is sides.database


@pytest.mark.parametrize("splits", [("train", "train"), ("test", "test"), ("val", "val")])
def test_one_split_alone_cannot_be_judged(splits):
    with pytest.raises(UserFacingError, match="No photo of the split"):
        sides_of(labelled(*splits))


def test_nothing_but_copies_cannot_be_judged():
    with pytest.raises(UserFacingError, match="copies"):
        sides_of(labelled("train", "test"), ["x", "x"])
