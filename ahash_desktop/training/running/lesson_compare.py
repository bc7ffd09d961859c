"""Two models on the same labelled photos, with the judging that lessons have."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ahash_desktop.core.codes import Activations
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken, RateMeter
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.dataset import LabelledSet
from ahash_desktop.training.ask.kinds import divided
from ahash_desktop.training.ask.labels import VALIDATION
from ahash_desktop.training.ask.lesson import Comparison, LessonProgress
from ahash_desktop.training.judging.before_after import (
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
    *,
    token: CancelToken,
) -> Iterator[LessonProgress | Comparison]:
    """Judges two models; the last record is the comparison.

    Where the photos are divided, those that validate ask the others; else three tenths of each
    kind do.

    Args:
        labelled: The photos.
        first: A bundle.
        second: The bundle that is compared with it.
        features: Where what models see is kept.
        device: As for `NetworkEncoder.load`.
        token: Cancels between photos.

    Raises:
        UserFacingError: If a bundle is refused, or too few photos can be read.
        Cancelled: If the token asks for it.
    """
    sided = divided(labelled, _ASKING_SHARE)
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
    yield _compared(sided, seen, [encoder.manifest.name for encoder in encoders])


def _compared(sided: LabelledSet, seen: list[SeenPhotos], names: list[str]) -> Comparison:
    rows = np.intersect1d(seen[0].rows, seen[1].rows)
    labels = sided.labels()[rows]
    is_asking = np.array([sided.photos[row].split == VALIDATION for row in rows], np.bool_)
    if not is_asking.any() or is_asking.all():
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
    was, now = (measure(side, judged) for side in sides)
    verdict, why, interval = decide(was, now, None)
    queries = choose_queries(judged)
    return Comparison(
        first=names[0],
        second=names[1],
        verdict=verdict,
        why=why,
        before=None if was is None else was.measured,
        after=None if now is None else now.measured,
        difference_95=interval,
        kinds=() if was is None or now is None else kind_scores(was, now, judged),
        before_queries=matches_of(sides[0], judged, queries),
        after_queries=matches_of(sides[1], judged, queries),
    )
