"""The photos of a lesson as the model it starts from sees them, each on its side."""

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.labels import VALIDATION, LabelledPhoto, Notice, enumerated
from ahash_desktop.training.ask.lesson import Lesson, OtherPhoto
from ahash_desktop.training.judging.before_after import Judged, Side
from ahash_desktop.training.network.kept_features import KeptFeatures, SeenPhotos, SeenShare

_FEWEST_PHOTOS = 2
_FEWEST_KINDS = 2
_JUDGED_OF = 3
_MOST_GONE = 0.5


@dataclass(frozen=True, slots=True)
class LessonPhotos:
    """What is taught and judged.

    `taught` are the photos of all kinds as the base sees them and `photos` the same by file;
    `labels` int64 (n,) into `kinds`; `learning` and `validating` are rows of both. `others`
    are not taught: `held` rows of them the base keeps its codes of, `probed` rows tell whether it
    works; `known` int64 says their kind, -1 if nobody does.
    """

    photos: tuple[LabelledPhoto, ...]
    taught: SeenPhotos
    labels: NDArray[np.int64]
    learning: NDArray[np.int64]
    validating: NDArray[np.int64]
    kinds: tuple[str, ...]
    others: SeenPhotos
    other_paths: tuple[Path, ...]
    held: NDArray[np.int64]
    probed: NDArray[np.int64]
    known: NDArray[np.int64]
    notices: tuple[Notice, ...]

    def views(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
        """Features of all views of some photos, float16 (v · n, d), and their labels."""
        features = self.taught.features[:, rows]
        flat = features.reshape(-1, features.shape[2])
        return flat, np.tile(self.labels[rows], len(features))

    def first_view(self, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """Features that codes are made of, float16 (n, d)."""
        first: NDArray[np.float16] = self.taught.features[0, rows]
        return first

    def known_side(self) -> Side:
        """What the base says of the photos on both sides."""
        said = self.taught.activations
        return Side(said[self.learning], said[self.validating])

    @property
    def judged(self) -> Judged:
        """The photos that are judged, by the rows of both sides."""
        return Judged(
            self.kinds,
            self.labels[self.learning],
            self.labels[self.validating],
            tuple(self.photos[row].path for row in self.learning),
            tuple(self.photos[row].path for row in self.validating),
        )

    def among(self, there: NDArray[np.int64]) -> "LessonPhotos":
        """Without those that are no longer there: rows of `photos`, then of `other_paths`."""
        n_taught = len(self.photos)
        return replace(
            self,
            learning=self.learning[np.isin(self.learning, there)],
            validating=self.validating[np.isin(self.validating, there)],
            held=self.held[np.isin(self.held + n_taught, there)],
            probed=self.probed[np.isin(self.probed + n_taught, there)],
        )


def see_photos(
    lesson: Lesson, encoder: NetworkEncoder, folder: Path, token: CancelToken
) -> Generator[SeenShare, None, LessonPhotos]:
    """Has the base look at all photos of a lesson.

    Args:
        lesson: What is asked.
        encoder: The base.
        folder: Where what it sees is kept.
        token: Cancels between photos; what was seen by then is kept.

    Raises:
        UserFacingError: If most photos went away, or too little is left to learn from.
        Cancelled: If the token asks for it.
    """
    photos = lesson.labelled.photos
    paths = [photo.path for photo in photos]
    elsewhere = frozenset(paths)
    others = [other for other in lesson.others if other.path not in elsewhere]
    n_all = len(paths) + len(others)
    taught = yield from _counted(
        KeptFeatures(folder, encoder, lesson.plan.views).look(paths, token), 0, n_all
    )
    refuse_if_gone(paths, taught)
    seen = yield from _counted(
        KeptFeatures(folder, encoder, 1).look([other.path for other in others], token),
        len(paths),
        n_all,
    )
    return _arranged(photos, taught, [others[row] for row in seen.rows], seen)


def refuse_if_gone(paths: Sequence[Path], seen: SeenPhotos) -> None:
    """Stops where most photos went away, as those of a drive do that was unplugged.

    Raises:
        UserFacingError: If so; with the photos there again the lesson goes on.
    """
    n_gone = sum(not photo.path.exists() for photo in seen.unreadable)
    if n_gone > _MOST_GONE * len(paths):
        raise UserFacingError(
            f"{n_gone} of the {len(paths)} photos are no longer there",
            remedy="Connect the drive that they are on, then go on",
        )


def refuse_if_away(lesson: Lesson) -> None:
    """Stops where folders of photos are away, rather than a kind that was deleted among others.

    Raises:
        UserFacingError: If so; with the photos there again the lesson goes on.
    """
    paths = [*(photo.path for photo in lesson.labelled.photos), *(o.path for o in lesson.others)]
    counts = Counter(path.parent for path in paths)
    there = {folder.parent for folder in counts if folder.is_dir()}
    away = [folder for folder in counts if folder.parent not in there]
    if away:
        raise UserFacingError(
            f"{sum(counts[folder] for folder in away)} photos cannot be reached now",
            path=away[0],
            remedy="Connect the drive that they are on, then go on; what was learned is kept",
        )


def _counted(
    looking: Generator[SeenShare, None, SeenPhotos], n_before: int, n_all: int
) -> Generator[SeenShare, None, SeenPhotos]:
    """The same, counted over both kinds of photos."""
    while True:
        try:
            share = next(looking)
        except StopIteration as end:
            found: SeenPhotos = end.value
            return found
        yield SeenShare(n_before + share.n_done, n_all, share.n_read)


def _arranged(
    photos: Sequence[LabelledPhoto],
    taught: SeenPhotos,
    others: Sequence[OtherPhoto],
    seen: SeenPhotos,
) -> LessonPhotos:
    readable = [photos[row] for row in taught.rows]
    counts = Counter(photo.class_name for photo in readable if photo.split != VALIDATION)
    kinds = tuple(sorted(kind for kind, n in counts.items() if n >= _FEWEST_PHOTOS))
    notices = _of_unreadable(taught)
    small = sorted({photo.class_name for photo in photos} - set(kinds))
    if small:
        notices.append(
            Notice(f"Kinds with fewer than two readable photos are left out: {enumerated(small)}")
        )
    if len(kinds) < _FEWEST_KINDS:
        raise UserFacingError(
            "a lesson needs at least two kinds with two readable photos each",
            remedy="Add photos, or check the kinds",
        )
    index_of = {kind: index for index, kind in enumerate(kinds)}
    labels = np.array([index_of.get(photo.class_name, -1) for photo in readable], np.int64)
    is_back = np.array([photo.split == VALIDATION for photo in readable])
    learning = np.flatnonzero((labels >= 0) & ~is_back)
    validating = np.flatnonzero((labels >= 0) & is_back)
    known, held, probed = _divided(others)
    return LessonPhotos(
        photos=tuple(readable),
        taught=taught,
        labels=labels,
        learning=learning,
        validating=validating,
        kinds=kinds,
        others=seen,
        other_paths=tuple(other.path for other in others),
        held=held,
        probed=probed,
        known=known,
        notices=tuple(notices),
    )


def _of_unreadable(taught: SeenPhotos) -> list[Notice]:
    if not taught.unreadable:
        return []
    names = enumerated([photo.path for photo in taught.unreadable])
    return [Notice(f"{len(taught.unreadable)} photos cannot be read and are left out: {names}")]


def _divided(
    others: Sequence[OtherPhoto],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Kinds of other photos, those whose codes are held, and those that only tell: whole kinds."""
    names = sorted({other.kind for other in others if other.kind})
    index_of = {name: index for index, name in enumerate(names)}
    known = np.array([index_of.get(other.kind, -1) for other in others], np.int64)
    places = np.where(known >= 0, known, np.arange(len(known)))
    is_probe = places % _JUDGED_OF == 0
    return known, np.flatnonzero(~is_probe), np.flatnonzero(is_probe)
