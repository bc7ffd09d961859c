"""Two models on the same labelled photos, with the judging that lessons have."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken, RateMeter
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import divided, labelled_set
from ahash_desktop.training.ask.labels import TRAIN, VALIDATION, Notice
from ahash_desktop.training.ask.lesson import Comparison, LessonProgress, Verdict
from ahash_desktop.training.judging.before_after import (
    FEW_QUERIES,
    Judged,
    Side,
    choose_queries,
    decide,
    kind_scores,
    matches_of,
    measure,
)
from ahash_desktop.training.network.kept_features import KeptFeatures, SeenPhotos

_ASKING_SHARE = 0.3


def compare(
    labelled: LabelledSet,
    first: Path,
    second: Path,
    features: Path,
    device: str,
    learned: frozenset[Path] = frozenset(),
    *,
    token: CancelToken,
) -> Iterator[LessonProgress | Comparison]:
    """Judges two models; the last record is the comparison.

    Where the photos are divided, those that validate ask the others; else three tenths of each
    kind do. What either model learned from never asks, nor does a copy of it: it would be found
    better by the one that knows it.

    Args:
        labelled: The photos.
        first: A bundle.
        second: The bundle that is compared with it.
        features: Where what models see is kept.
        device: As for `NetworkEncoder.load`.
        learned: Photos that either model learned from.
        token: Cancels between photos.

    Raises:
        UserFacingError: If a bundle is refused, or too few photos can be read.
        Cancelled: If the token asks for it.
    """
    sided = sides_to_compare(labelled, learned)
    paths = [photo.path for photo in sided.photos]
    encoders = [NetworkEncoder.load(bundle, device=device) for bundle in (first, second)]
    seen: list[SeenPhotos] = []
    for number, encoder in enumerate(encoders):
        looking, meter = KeptFeatures(features, encoder, 1).look(paths, token), RateMeter()
        while True:
            try:
                share = next(looking)
            except StopIteration as end:
                seen.append(end.value)
                break
            meter.update(share.n_read)
            n_done = share.n_done + number * len(paths)
            left = meter.seconds_left(2 * len(paths) - n_done)
            yield LessonProgress("judging", n_done, 2 * len(paths), left)
    names = [encoder.manifest.name for encoder in encoders]
    yield _compared(sided, seen, names, _taught(paths, learned))


def sides_to_compare(labelled: LabelledSet, learned: frozenset[Path]) -> LabelledSet:
    """The photos on the sides on which they are compared: those that validate ask.

    Where the division is not the photos' own, others ask in place of those that were learned from,
    as far as there are any.

    Args:
        labelled: The photos.
        learned: Photos that must not ask.
    """
    sided = divided(labelled, _ASKING_SHARE)
    taught = _taught([photo.path for photo in sided.photos], learned)
    if not taught:
        return sided
    lacking: Counter[str] = Counter()
    spare: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for photo in sided.photos:
        if photo.split == VALIDATION:
            lacking[photo.class_name] += photo.path in taught
        elif photo.path not in taught:
            spare[photo.class_name, photo.path.name].append(photo.path)
    asking = {photo.path for photo in sided.photos if photo.split == VALIDATION} - taught
    if not any(photo.split == VALIDATION for photo in labelled.photos):
        pictures = sorted(spare.items())
        for place in np.random.default_rng(0).permutation(len(pictures)):
            (kind, _), paths = pictures[place]
            if lacking[kind] > 0:
                asking.update(paths)
                lacking[kind] -= len(paths)
    return labelled_set(
        (
            replace(photo, split=VALIDATION if photo.path in asking else TRAIN)
            for photo in sided.photos
        ),
        sided.notices,
    )


def _taught(paths: Sequence[Path], learned: frozenset[Path]) -> frozenset[Path]:
    """Those that were learned from, however they are written."""
    if not learned:
        return frozenset()
    whole = {path.absolute() for path in learned}
    return frozenset(path for path in paths if path.absolute() in whole)


def _compared(
    sided: LabelledSet, seen: list[SeenPhotos], names: list[str], taught: frozenset[Path]
) -> Comparison:
    rows = np.intersect1d(seen[0].rows, seen[1].rows)
    labels = sided.labels()[rows]
    is_asking = np.array([sided.photos[row].split == VALIDATION for row in rows], np.bool_)
    is_asking &= ~_shows_taught(sided, seen[0], taught)[np.isin(seen[0].rows, rows)]
    if (not is_asking.any() and not taught) or is_asking.all():
        raise UserFacingError(
            "too few photos can be read to compare models on",
            remedy="Give four photos and more of each kind",
        )
    items, asking = np.flatnonzero(~is_asking), np.flatnonzero(is_asking)
    judged = Judged(
        sided.classes,
        labels[items],
        labels[asking],
        tuple(sided.photos[rows[row]].path for row in items),
        tuple(sided.photos[rows[row]].path for row in asking),
    )
    sides = []
    for each in seen:
        activations: Activations = each.activations[np.isin(each.rows, rows)]
        sides.append(Side(activations[items], activations[asking]))
    queries = choose_queries(judged)
    was, now = (measure(side, judged) for side in sides)
    n_asking = int(np.isin(labels[asking], labels[items]).sum())
    why: Sequence[Notice]
    told = [_of_taught(len(taught), len(sided.photos))] if taught else []
    if taught and n_asking < FEW_QUERIES:
        few = Notice(
            f"Only {n_asking} other photos ask, and fewer than {FEW_QUERIES} tell nothing: choose "
            "photos that neither model learned from"
        )
        was = now = interval = None
        verdict, why = Verdict.UNKNOWN, (few,)
    else:
        verdict, why, interval = decide(was, now, None)
    return Comparison(
        first=names[0],
        second=names[1],
        verdict=verdict,
        why=(*why, *told),
        before=None if was is None else was.measured,
        after=None if now is None else now.measured,
        difference_95=interval,
        kinds=() if was is None or now is None else kind_scores(was, now, judged),
        before_queries=matches_of(sides[0], judged, queries),
        after_queries=matches_of(sides[1], judged, queries),
    )


def _shows_taught(
    sided: LabelledSet, seen: SeenPhotos, taught: frozenset[Path]
) -> NDArray[np.bool_]:
    """Which of the photos seen show what was learned from, be it in a copy: bool (n,)."""
    is_taught = [sided.photos[row].path in taught for row in seen.rows]
    known = {content for content, is_it in zip(seen.contents, is_taught, strict=True) if is_it}
    return np.array([content in known for content in seen.contents], np.bool_)


def _of_taught(n_taught: int, n_photos: int) -> Notice:
    return Notice(
        f"A model learned from {n_taught} of these {n_photos} photos, so these do not ask"
    )
