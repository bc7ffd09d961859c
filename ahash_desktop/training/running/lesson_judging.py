"""Makes the report of a lesson: before and after on the photos that were kept back."""

from dataclasses import dataclass

from ahash_desktop.core.codes import Activations
from ahash_desktop.training.ask.lesson import CurvePoint, Lesson, LessonReport
from ahash_desktop.training.judging.before_after import (
    Side,
    check_rest,
    choose_queries,
    confusions,
    decide,
    kind_scores,
    matches_of,
    measure,
)
from ahash_desktop.training.running.lesson_bundle import LessonBundle
from ahash_desktop.training.running.lesson_photos import LessonPhotos


@dataclass(frozen=True, slots=True)
class Taught:
    """The model after a lesson: its bundle, and what it says of all photos.

    `others` float16 (n, k) are its activations of the photos that were not taught.
    """

    bundle: LessonBundle
    side: Side
    others: Activations
    curve: tuple[CurvePoint, ...]
    best_map: float | None


def judge(lesson: Lesson, photos: LessonPhotos, taught: Taught) -> LessonReport:
    """The report; how long it took and what memory is for the caller to say."""
    judged, before = photos.judged, photos.known_side()
    was, now = measure(before, judged), measure(taught.side, judged)
    probed = photos.probed
    rest = check_rest(
        photos.others.activations[probed], taught.others[probed], photos.known[probed]
    )
    verdict, why, interval = decide(was, now, rest)
    queries = choose_queries(judged)
    manifest = taught.bundle.manifest
    return LessonReport(
        lesson_id=lesson.lesson_id,
        name=lesson.plan.name,
        model_id=manifest.model_id,
        depth=lesson.plan.depth,
        verdict=verdict,
        why=why,
        before=None if was is None else was.measured,
        after=None if now is None else now.measured,
        difference_95=interval,
        kinds=() if was is None or now is None else kind_scores(was, now, judged),
        confusions=confusions(before, taught.side, judged),
        before_queries=matches_of(before, judged, queries),
        after_queries=matches_of(taught.side, judged, queries),
        rest=rest,
        names=taught.bundle.names,
        named_bits_kept=taught.bundle.n_kept,
        silent_bits=taught.bundle.gone,
        n_bits=manifest.n_bits,
        n_photos=len(photos.learning),
        n_kinds=len(judged.kinds),
        n_validating=len(photos.validating),
        seconds=0.0,
        peak_memory_bytes=0,
        curve=taught.curve,
        notices=photos.notices,
    )
