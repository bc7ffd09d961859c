"""Which labelled photos are one picture, and which pictures are learned from or validate."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ahash_desktop.training.ask.labels import (
    TRAIN,
    VALIDATION,
    LabelledPhoto,
    Notice,
    enumerated,
)

_FEWEST_FOR_VALIDATION = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """Photos that show the same: `rows` and their classes.

    `name` is the first of their file names. `side` is "learning" or "validating" where that is not
    open.
    """

    rows: tuple[int, ...]
    classes: frozenset[str]
    name: str
    side: Literal["learning", "validating"] | None


def find_pictures(
    photos: Sequence[LabelledPhoto], rows: Sequence[int], contents: Sequence[str]
) -> tuple[list[Picture], list[Notice]]:
    """The pictures of some photos, and what is to be said of copies.

    Photos of a class with the same file name are taken for one picture in two forms, unless a split
    says where they belong, and so are photos with the same pixels, whatever their class.

    Args:
        photos: All photos.
        rows: Those that count.
        contents: For each photo what its pixels are known by; empty if that is not known.
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for row in rows:
        photo = photos[row]
        named = (photo.class_name, photo.path.name) if photo.split is None else row
        groups[named].append(row)
    if contents:
        groups = _joined(groups.values(), contents)
    copies = _Copies(photos)
    pictures = [copies.settle(group, contents) for group in groups.values()]
    return pictures, copies.notices()


def count_pictures(pictures: Iterable[Picture]) -> dict[str, int]:
    """For each class how many pictures may be learned from."""
    counts: dict[str, int] = defaultdict(int)
    for picture in pictures:
        for name in picture.classes:
            counts[name] += picture.side != "validating"
    return counts


def divide(
    pictures: Sequence[Picture], classes: Sequence[str], share: float, seed: int
) -> tuple[list[int], list[int]]:
    """Rows to learn from and rows to validate with.

    Of the pictures of each class whose side is open a share validates, if they are four or more.
    """
    rng = np.random.default_rng([seed, 7])
    open_ones: dict[str, list[Picture]] = defaultdict(list)
    sides: dict[str, list[int]] = {"learning": [], "validating": []}
    for picture in pictures:
        if picture.side is None:
            open_ones[min(picture.classes)].append(picture)
        else:
            sides[picture.side] += picture.rows
    for name in classes:
        candidates = sorted(open_ones[name], key=lambda picture: picture.name)
        n_validating = 0
        if len(candidates) >= _FEWEST_FOR_VALIDATION and share > 0:
            n_validating = max(1, round(len(candidates) * share))
        chosen = set(rng.permutation(len(candidates))[:n_validating].tolist())
        for index, picture in enumerate(candidates):
            sides["validating" if index in chosen else "learning"] += picture.rows
    return sorted(sides["learning"]), sorted(sides["validating"])


def _joined(groups: Iterable[list[int]], contents: Sequence[str]) -> dict[Hashable, list[int]]:
    """The groups, those that share a content made one, at the place of the first of them."""
    groups = list(groups)
    leads = list(range(len(groups)))

    def leader(number: int) -> int:
        while leads[number] != number:
            leads[number] = leads[leads[number]]
            number = leads[number]
        return number

    first_with: dict[str, int] = {}
    for number, group in enumerate(groups):
        for row in group:
            if contents[row]:
                one, other = leader(first_with.setdefault(contents[row], number)), leader(number)
                leads[max(one, other)] = min(one, other)
    joined: dict[Hashable, list[int]] = {}
    for number, group in enumerate(groups):
        joined.setdefault(leader(number), []).extend(group)
    return joined


class _Copies:
    """What is to be said of copies, gathered over all pictures."""

    def __init__(self, photos: Sequence[LabelledPhoto]) -> None:
        self._photos = photos
        self._in_classes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._not_validating: list[int] = []
        self._beside: list[int] = []

    def settle(self, group: list[int], contents: Sequence[str]) -> Picture:
        """The picture of some rows, on one side."""
        group = sorted(group)
        photos = self._photos
        for_validation = [row for row in group if photos[row].split == VALIDATION]
        kept = group
        if for_validation and len(for_validation) < len(group):
            self._not_validating += for_validation
            kept = [row for row in group if photos[row].split != VALIDATION]
        classes = frozenset(photos[row].class_name for row in group)
        if len(classes) > 1:
            self._in_classes[tuple(sorted(classes))] += group
        elif contents:
            seen: set[str] = set()
            for row in kept:
                if contents[row] in seen:
                    self._beside.append(row)
                seen.add(contents[row])
        is_taught = len(classes) > 1 or any(photos[row].split == TRAIN for row in kept)
        return Picture(
            rows=tuple(kept),
            classes=frozenset(photos[row].class_name for row in kept),
            name=min(photos[row].path.name for row in kept),
            side="validating" if kept == for_validation else "learning" if is_taught else None,
        )

    def notices(self) -> list[Notice]:
        """All of it, as sentences."""
        notices = []
        for classes, rows in sorted(self._in_classes.items()):
            which, names = " and ".join(map(repr, classes)), self._names(rows)
            notices.append(
                Notice(f"The same photos are in the classes {which} and stay on one side: {names}")
            )
        if self._not_validating:
            names = self._names(self._not_validating)
            notices.append(Notice(f"Copies of what is learned from do not validate: {names}"))
        if self._beside:
            names = self._names(self._beside)
            notices.append(Notice(f"Copies stay on the side of the photo they copy: {names}"))
        return notices

    def _names(self, rows: Iterable[int]) -> str:
        return enumerated([self._photos[row].path for row in sorted(rows)])
