"""Kinds as a person arranges them: renamed, merged, left out, and divided before any training."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.labels import TEST, TRAIN, VALIDATION, LabelledPhoto, Notice
from ahash_desktop.training.ask.pictures import divide, find_pictures

MOST_TAUGHT = 20_000
"""So many photos teach, evenly of all kinds, unless someone asks for more: memory does for them."""
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class KindSummary:
    """A kind in a list: its photos on each side, and a few of them to show."""

    name: str
    n_learning: int
    n_validating: int
    examples: tuple[Path, ...]

    @property
    def n_photos(self) -> int:
        """How many it has."""
        return self.n_learning + self.n_validating


def labelled_set(photos: Iterable[LabelledPhoto], notices: Iterable[Notice] = ()) -> LabelledSet:
    """A set of photos from anywhere; of a photo named again the first label counts."""
    first: dict[Path, LabelledPhoto] = {}
    for photo in photos:
        first.setdefault(photo.path, photo)
    classes = tuple(sorted({photo.class_name for photo in first.values()}))
    return LabelledSet(tuple(first.values()), classes, tuple(notices))


def joined(sets: Iterable[LabelledSet]) -> LabelledSet:
    """Several sets as one; kinds of the same name are one kind."""
    sets = list(sets)
    return labelled_set(
        (photo for each in sets for photo in each.photos),
        (notice for each in sets for notice in each.notices),
    )


def summaries(labelled: LabelledSet) -> tuple[KindSummary, ...]:
    """The kinds by name, with counts and photos spread over each."""
    by_kind: dict[str, list[LabelledPhoto]] = defaultdict(list)
    for photo in labelled.photos:
        by_kind[photo.class_name].append(photo)
    return tuple(_summary(name, by_kind[name]) for name in labelled.classes)


def _summary(name: str, photos: list[LabelledPhoto]) -> KindSummary:
    n_validating = sum(photo.split in (VALIDATION, TEST) for photo in photos)
    step = max(1, len(photos) // _EXAMPLES)
    examples = tuple(photo.path for photo in photos[::step][:_EXAMPLES])
    return KindSummary(name, len(photos) - n_validating, n_validating, examples)


def rename_kind(labelled: LabelledSet, old: str, new: str) -> LabelledSet:
    """A kind under another name; if there is one of that name, both become one.

    Raises:
        UserFacingError: If the name is empty.
    """
    return merge_kinds(labelled, (old,), new)


def merge_kinds(labelled: LabelledSet, names: Collection[str], into: str) -> LabelledSet:
    """Several kinds as one.

    Raises:
        UserFacingError: If the name is empty.
    """
    into = " ".join(into.split())
    if not into:
        raise UserFacingError("a kind needs a name", remedy="Type one")
    return labelled_set(
        (
            replace(photo, class_name=into) if photo.class_name in names else photo
            for photo in labelled.photos
        ),
        labelled.notices,
    )


def without_kinds(labelled: LabelledSet, names: Collection[str]) -> LabelledSet:
    """The set without some kinds."""
    return labelled_set(
        (photo for photo in labelled.photos if photo.class_name not in names), labelled.notices
    )


def without_photos(labelled: LabelledSet, paths: Collection[Path]) -> LabelledSet:
    """The set without some photos; nothing on disk changes."""
    left_out = frozenset(paths)
    return labelled_set(
        (photo for photo in labelled.photos if photo.path not in left_out), labelled.notices
    )


def with_labels(labelled: LabelledSet, labels: Mapping[Path, str]) -> LabelledSet:
    """The set with some photos given to other kinds."""
    return labelled_set(
        (
            replace(photo, class_name=labels.get(photo.path, photo.class_name))
            for photo in labelled.photos
        ),
        labelled.notices,
    )


def with_sides(labelled: LabelledSet, sides: Mapping[Path, str]) -> LabelledSet:
    """The set with some photos on another side: "train" or "val"."""
    return labelled_set(
        (replace(photo, split=sides.get(photo.path, photo.split)) for photo in labelled.photos),
        labelled.notices,
    )


def divided(
    labelled: LabelledSet,
    share: float,
    seed: int = 0,
    *,
    together: Mapping[Path, str] | None = None,
    anew: bool = False,
) -> LabelledSet:
    """The set with every photo on a side, as a person sees it and as it is used.

    What its source divides stays so unless `anew`; photos of a "test" split are left out, for they
    are for judging a model once it is finished.

    Args:
        labelled: The photos.
        share: Of each kind that is kept back, from four photos on.
        seed: Of the choice.
        together: By photo what it shows, the same for photos that stay on one side.
        anew: Whether to divide again what was divided.
    """
    photos = [photo for photo in labelled.photos if photo.split != TEST]
    if anew or not any(photo.split == VALIDATION for photo in photos):
        photos = [replace(photo, split=None) for photo in photos]
    contents = [(together or {}).get(photo.path, "") for photo in photos]
    pictures, _ = find_pictures(photos, range(len(photos)), contents)
    learning, validating = divide(pictures, labelled.classes, share, seed)
    side = dict.fromkeys(learning, TRAIN) | dict.fromkeys(validating, VALIDATION)
    placed = (replace(photo, split=side.get(row, TRAIN)) for row, photo in enumerate(photos))
    return labelled_set(placed, labelled.notices)


def sample_size(labelled: LabelledSet, most: int = MOST_TAUGHT) -> int:
    """How many photos of each kind make at most so many together; 0 if all of them do.

    Kinds that have fewer take part with all they have; each may have two.
    """
    counts = sorted(Counter(photo.class_name for photo in labelled.photos).values())
    if sum(counts) <= most:
        return 0
    left = most
    for number, n_photos in enumerate(counts):
        share = left // (len(counts) - number)
        if n_photos > share:
            return max(2, share)
        left -= n_photos
    return 0


def sampled(labelled: LabelledSet, most: int) -> LabelledSet:
    """At most so many photos of each kind, spread over it; 0 takes all."""
    if not most:
        return labelled
    counts = Counter(photo.class_name for photo in labelled.photos)
    seen: Counter[str] = Counter()
    kept = []
    for photo in labelled.photos:
        at, n_photos = seen[photo.class_name], counts[photo.class_name]
        seen[photo.class_name] += 1
        taken = min(most, n_photos)
        if at * taken // n_photos != (at - 1) * taken // n_photos or not at:
            kept.append(photo)
    return labelled_set(kept, labelled.notices)
