"""What is looked at before training starts: classes, files, and the part that validates."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.dataset import TEST, LabelledPhoto, LabelledSet, UnreadablePhoto

FEWEST_PHOTOS = 2
_FEWEST_FOR_VALIDATION = 4


@dataclass(frozen=True, slots=True)
class TrainingPhotos:
    """The photos a run learns from.

    `labels` is int64 (n_photos,) into `classes`; `learning` and `validating` are the rows of the
    two parts, int64, disjoint. `notices` are sentences about what was left out.
    """

    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    learning: NDArray[np.int64]
    validating: NDArray[np.int64]
    notices: tuple[str, ...]


def learnable_photos(labelled: LabelledSet) -> tuple[LabelledPhoto, ...]:
    """All photos but those of the test split, which training never reads."""
    return tuple(photo for photo in labelled.photos if photo.split != TEST)


def find_empty_classes(source: Path) -> tuple[str, ...]:
    """Class folders without a file in them, by name; none for a CSV."""
    if not source.is_dir():
        return ()
    folders = (entry for entry in source.iterdir() if entry.is_dir())
    return tuple(
        sorted(
            folder.name
            for folder in folders
            if not folder.name.startswith(".")
            and not any(entry.is_file() for entry in folder.rglob("*"))
        )
    )


def prepare_photos(
    photos: Sequence[LabelledPhoto],
    unreadable: Iterable[UnreadablePhoto],
    *,
    validation_share: float,
    seed: int,
    empty_classes: Sequence[str] = (),
) -> TrainingPhotos:
    """Which photos are learned from and which validate, and what is left out.

    Photos of a class with the same file name are taken for one picture in two forms (cut out and
    whole) and stay on the same side. A class needs four such pictures before any of them
    validates.

    Args:
        photos: Not of the test split.
        unreadable: Those of them that cannot be read, and why.
        validation_share: Of each class.
        seed: Of the choice.
        empty_classes: Names of classes without photos.

    Raises:
        UserFacingError: If fewer than two classes with two readable photos are left.
    """
    notices = [f"The class {name!r} has no photos and is left out" for name in empty_classes]
    reasons = {photo.path: photo.reason for photo in unreadable}
    notices += [
        f"The photo {path} is left out: {reason.rstrip('.')}" for path, reason in reasons.items()
    ]
    names: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row, photo in enumerate(photos):
        if photo.path not in reasons:
            names[photo.class_name][photo.path.name].append(row)
    for name in sorted({photo.class_name for photo in photos}):
        if len(names[name]) < FEWEST_PHOTOS:
            left = "one readable photo only" if names[name] else "no readable photo"
            notices.append(f"The class {name!r} has {left} and is left out")
            del names[name]
    if len(names) < FEWEST_PHOTOS:
        raise UserFacingError(
            "Training needs at least two classes with two readable photos each"
            + "".join(f". {notice}" for notice in notices[:5]),
            remedy="Add photos, or check the labels",
        )
    classes = tuple(sorted(names))
    index_of = {name: index for index, name in enumerate(classes)}
    labels = np.array([index_of.get(photo.class_name, -1) for photo in photos], dtype=np.int64)
    learning, validating = _divide(names, validation_share, seed)
    return TrainingPhotos(
        labels=labels,
        classes=classes,
        learning=learning,
        validating=validating,
        notices=tuple(notices),
    )


def _divide(
    names: dict[str, dict[str, list[int]]], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to learn from and rows to validate with."""
    rng = np.random.default_rng([seed, 7])
    learning: list[int] = []
    validating: list[int] = []
    for name in sorted(names):
        pictures = sorted(names[name])
        n_validating = 0
        if len(pictures) >= _FEWEST_FOR_VALIDATION and share > 0:
            n_validating = max(1, round(len(pictures) * share))
        chosen = set(rng.permutation(len(pictures))[:n_validating].tolist())
        for index, picture in enumerate(pictures):
            side = validating if index in chosen else learning
            side.extend(names[name][picture])
    return np.array(sorted(learning), np.int64), np.array(sorted(validating), np.int64)
