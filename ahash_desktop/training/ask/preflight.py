"""What is looked at before training starts: classes, files, and the part that validates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.labels import (
    TEST,
    VALIDATION,
    LabelledPhoto,
    Notice,
    UnreadablePhoto,
    enumerated,
    shown,
)
from ahash_desktop.training.ask.pictures import count_pictures, divide, find_pictures

FEWEST_PHOTOS = 2


@dataclass(frozen=True, slots=True)
class TrainingPhotos:
    """The photos a run learns from.

    `labels` is int64 (n_photos,) into `classes`; `learning` and `validating` are the rows of the
    two parts, int64, disjoint. `notices` are sentences about what was left out. `unlabelled` are
    rows of photos that only a teacher and what needs no labels tell of; their label is −1.
    """

    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    learning: NDArray[np.int64]
    validating: NDArray[np.int64]
    notices: tuple[Notice, ...]
    unlabelled: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def with_unlabelled(self, rows: Sequence[int], n_photos: int) -> "TrainingPhotos":
        """The same with photos that nobody labelled.

        Args:
            rows: Those that can be read, behind all labelled ones.
            n_photos: How many photos there are in all.
        """
        labels = np.full(n_photos, -1, dtype=np.int64)
        labels[: len(self.labels)] = self.labels
        return replace(self, labels=labels, unlabelled=np.array(rows, dtype=np.int64))


def learnable_photos(labelled: LabelledSet) -> tuple[LabelledPhoto, ...]:
    """All photos but those of the test split, which training never reads.

    The split stays with those photos alone whose source says which of them validate.
    """
    photos = [photo for photo in labelled.photos if photo.split != TEST]
    if any(photo.split == VALIDATION for photo in photos):
        return tuple(photos)
    return tuple(replace(photo, split=None) for photo in photos)


def prepare_photos(
    photos: Sequence[LabelledPhoto],
    unreadable: Iterable[UnreadablePhoto],
    *,
    validation_share: float,
    seed: int,
    contents: Sequence[str] = (),
    notices: Sequence[Notice] = (),
) -> TrainingPhotos:
    """Which photos are learned from and which validate, and what is left out.

    Photos with a split are where it says; the others are divided. Photos of a class with the same
    file name are taken for one picture in two forms (cut out and whole) and stay on the same side,
    and so do copies; a picture that is in several classes is learned from. A copy of what is
    learned from does not validate. A class needs four pictures before any of them validates.

    Args:
        photos: Not of the test split.
        unreadable: Those of them that cannot be read, and why.
        validation_share: Of each class.
        seed: Of the choice.
        contents: For each photo what its pixels are known by; empty if that is not known.
        notices: What was noticed of the photos before.

    Raises:
        UserFacingError: If fewer than two classes with two readable photos are left.
    """
    reasons = {photo.path: photo.reason for photo in unreadable}
    told = [*notices, *_left_out(reasons)]
    rows = [row for row, photo in enumerate(photos) if photo.path not in reasons]
    pictures, of_copies = find_pictures(photos, rows, contents)
    told += of_copies
    counts = count_pictures(pictures)
    classes = tuple(sorted(name for name, n in counts.items() if n >= FEWEST_PHOTOS))
    told += [
        _too_few(name, counts.get(name, 0))
        for name in sorted({photo.class_name for photo in photos} - set(classes))
    ]
    if len(classes) < FEWEST_PHOTOS:
        raise UserFacingError(
            "Training needs at least two classes with two readable photos each"
            + "".join(f". {notice}" for notice in told[:5]),
            remedy="Add photos, or check the labels",
        )
    index_of = {name: index for index, name in enumerate(classes)}
    labels = np.array([index_of.get(photo.class_name, -1) for photo in photos], dtype=np.int64)
    learning, validating = (
        np.array([row for row in side if labels[row] >= 0], np.int64)
        for side in divide(pictures, classes, validation_share, seed)
    )
    return TrainingPhotos(
        labels=labels,
        classes=classes,
        learning=learning,
        validating=validating,
        notices=tuple(told),
    )


def _left_out(reasons: Mapping[Path, str]) -> list[Notice]:
    """Which photos cannot be read, those with the same reason together."""
    paths: dict[str, list[Path]] = defaultdict(list)
    for path, reason in reasons.items():
        paths[reason.rstrip(".")].append(path)
    return [
        Notice(f"The photo {shown(those[0])} is left out: {reason}")
        if len(those) == 1
        else Notice(f"{len(those)} photos are left out ({reason}): {enumerated(those)}")
        for reason, those in paths.items()
    ]


def _too_few(name: str, n_pictures: int) -> Notice:
    if n_pictures:
        return Notice(f"The class {name!r} has one readable photo only and is left out")
    return Notice(f"The class {name!r} has no readable photo to learn from and is left out")
