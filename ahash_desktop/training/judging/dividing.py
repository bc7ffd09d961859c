"""Which of the judged photos are the database, and which ask."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.labels import (
    TEST,
    TRAIN,
    VALIDATION,
    LabelledPhoto,
    Notice,
    enumerated,
)


@dataclass(frozen=True, slots=True)
class Sides:
    """Positions of the database and of the queries, int64; the same object if all photos ask.

    `notices` say which copies take no part.
    """

    database: NDArray[np.int64]
    asked: NDArray[np.int64]
    notices: tuple[Notice, ...]


def divide(labelled: LabelledSet, rows: NDArray[np.int64], contents: Sequence[str]) -> Sides:
    """The two sides of the photos that could be read.

    A picture that asks is not in the database, and one that all others are asked for is there once
    in a class: a copy is found whatever a model can do.

    Args:
        labelled: The photos.
        rows: Which of them could be read; positions count within these.
        contents: What each of these is known by, the same for the same pixels.

    Raises:
        UserFacingError: If a split has no readable photo.
    """
    photos = [labelled.photos[row] for row in rows]
    if not labelled.has_split:
        return _all_ask(photos, contents)
    splits = np.array([photo.split for photo in photos])
    asking = TEST if (splits == TEST).any() else VALIDATION
    database, asked = np.flatnonzero(splits == TRAIN), np.flatnonzero(splits == asking)
    if not len(database) or not len(asked):
        raise UserFacingError(
            f"No photo of the split {TEST if len(database) else TRAIN!r} can be used",
            remedy="Mark photos as 'train' and as 'test' or 'val', or leave the splits out",
        )
    known = {contents[position] for position in database.tolist()}
    is_copy = np.array([contents[position] in known for position in asked.tolist()])
    if is_copy.all():
        raise UserFacingError(
            "All photos that ask are copies of those in the database",
            remedy="Judge a model on photos that it has not learned from",
        )
    return Sides(database, asked[~is_copy], _notices(photos, asked[is_copy]))


def _all_ask(photos: Sequence[LabelledPhoto], contents: Sequence[str]) -> Sides:
    """Every photo but the copies within a class."""
    seen: set[tuple[str, str]] = set()
    is_copy = np.zeros(len(photos), np.bool_)
    for position, photo in enumerate(photos):
        known_by = (photo.class_name, contents[position])
        is_copy[position] = known_by in seen
        seen.add(known_by)
    everything = np.flatnonzero(~is_copy)
    return Sides(everything, everything, _notices(photos, np.flatnonzero(is_copy)))


def _notices(photos: Sequence[LabelledPhoto], copies: NDArray[np.int64]) -> tuple[Notice, ...]:
    if not len(copies):
        return ()
    names = enumerated([photos[position].path for position in copies])
    return (Notice(f"Copies of photos that are judged take no part: {names}"),)
