"""Teaches a lesson and judges it, in the process that owns torch."""

import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import psutil

from ahash_desktop.core.jobs import CancelToken, RateMeter
from ahash_desktop.hashing.allocator import keep_freed_memory
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.lesson import (
    CurvePoint,
    Lesson,
    LessonProgress,
    LessonReport,
)
from ahash_desktop.training.ask.lesson_files import MODEL, load_lesson, save_report
from ahash_desktop.training.judging.before_after import (
    Ranked,
    Side,
    choose_queries,
    matches_of,
    measure,
)
from ahash_desktop.training.running.lesson_bundle import save_layered
from ahash_desktop.training.running.lesson_judging import Taught, judge
from ahash_desktop.training.running.lesson_photos import LessonPhotos, see_photos
from ahash_desktop.training.running.quick_fit import FitTask, HashLayer, fit_layer

if sys.platform != "win32":
    import resource

READING, LEARNING, JUDGING = "reading", "learning", "judging"
_REPORT_EVERY_S = 0.2
_PAUSE_CHECK_S = 0.5

Records = Iterator[LessonProgress | LessonReport]


def teach(folder: Path, base: Path, features: Path, *, token: CancelToken) -> Records:
    """Teaches the lesson in a folder; the last record is the report, which is kept there too.

    Args:
        folder: The lesson's; its model goes there, as `model`.
        base: The bundle it starts from.
        features: Where what models see in photos is kept for all lessons.
        token: Cancels, pauses, or ends the learning early with the best there is.

    Raises:
        UserFacingError: If the lesson, the base or the photos do not do.
        Cancelled: If the token asks for it; the same call again goes on from there.
    """
    keep_freed_memory()
    began = time.monotonic()
    lesson = load_lesson(folder)
    plan = lesson.plan
    encoder = NetworkEncoder.load(base, device=plan.device, threads=plan.n_threads)
    photos = yield from _see(lesson, encoder, features, token)
    judged = photos.judged
    before_side = Side(
        photos.known_activations(photos.learning), photos.known_activations(photos.validating)
    )
    before = measure(before_side, judged)
    yield LessonProgress(
        LEARNING,
        0,
        1,
        before_map=_shown(before),
        queries=matches_of(before_side, judged, choose_queries(judged)),
        notices=photos.notices,
    )
    taught = yield from _quick(lesson, folder, base, encoder, photos, before, token)
    yield LessonProgress(
        JUDGING, 0, 1, before_map=_shown(before), best_map=taught.best_map, curve=taught.curve
    )
    report = judge(lesson, photos, before_side, taught)
    report = replace(
        report, seconds=time.monotonic() - began, peak_memory_bytes=_peak_memory_bytes()
    )
    save_report(folder, report)
    yield report


def _see(
    lesson: Lesson, encoder: NetworkEncoder, features: Path, token: CancelToken
) -> Generator[LessonProgress, None, LessonPhotos]:
    looking = see_photos(lesson, encoder, features, token)
    meter = RateMeter()
    while True:
        try:
            share = next(looking)
        except StopIteration as end:
            photos: LessonPhotos = end.value
            return photos
        meter.update(share.n_read)
        left = meter.seconds_left(share.n_to_do - share.n_done)
        yield LessonProgress(READING, share.n_done, share.n_to_do, left)
        _hold(token)


def _quick(
    lesson: Lesson,
    folder: Path,
    base: Path,
    encoder: NetworkEncoder,
    photos: LessonPhotos,
    before: Ranked | None,
    token: CancelToken,
) -> Generator[LessonProgress, None, Taught]:
    """Fits the hash layer, which takes seconds once the photos were looked at."""
    features, labels = photos.views(photos.learning)
    held = photos.others.features[0, photos.held]
    judged = photos.judged
    task = FitTask(features, labels, len(judged.kinds), held)
    start = HashLayer(*encoder.hash_layer())
    keep = 1.0 if lesson.plan.keep_knowledge else 0.0
    queries = choose_queries(judged)
    curve: list[CurvePoint] = []
    best: tuple[float, HashLayer, Side] | None = None
    for step in fit_layer(start, task, lesson.plan.seed, token, keep):
        side = _side_of(step.layer, photos)
        score = _shown(measure(side, judged))
        curve.append(CurvePoint(step.step, step.losses, score))
        if best is None or score is None or score >= best[0]:
            best = score or 0.0, step.layer, side
        yield LessonProgress(
            LEARNING,
            step.step,
            step.n_steps,
            epoch=step.step,
            n_epochs=step.n_steps,
            losses=step.losses,
            before_map=_shown(before),
            best_map=best[0],
            curve=tuple(curve),
            queries=matches_of(side, judged, queries),
        )
        if getattr(token, "is_finishing", False):
            break
        _hold(token)
    if best is None:
        raise RuntimeError("a fit has at least one step")
    _, layer, side = best
    others = layer.activations(photos.others.features[0])
    bundle = save_layered(folder / MODEL, base, layer, lesson, photos, others)
    return Taught(bundle, side, others, tuple(curve), best[0])


def _side_of(layer: HashLayer, photos: LessonPhotos) -> Side:
    return Side(
        layer.activations(photos.first_view(photos.learning)),
        layer.activations(photos.first_view(photos.validating)),
    )


def _shown(ranked: Ranked | None) -> float | None:
    return None if ranked is None else ranked.measured.as_shown


def _hold(token: CancelToken) -> None:
    """Waits while the lesson is paused."""
    while token.is_paused:
        token.wait_while_paused(_PAUSE_CHECK_S)
    token.raise_if_cancelled()


def _peak_memory_bytes() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
