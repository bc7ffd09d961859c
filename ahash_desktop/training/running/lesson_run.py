"""Teaches a lesson and judges it, in the process that owns torch."""

import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil

from ahash_desktop.core.jobs import CancelToken, RateMeter
from ahash_desktop.hashing.allocator import keep_freed_memory
from ahash_desktop.hashing.bundle import MANIFEST, BundleManifest
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import (
    CurvePoint,
    Depth,
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
from ahash_desktop.training.network.kept_features import FEW, KeptFeatures, SeenPhotos
from ahash_desktop.training.running.lesson_bundle import save_layered, save_trained
from ahash_desktop.training.running.lesson_deep import TRAINED, deepen
from ahash_desktop.training.running.lesson_judging import Taught, judge
from ahash_desktop.training.running.lesson_photos import LessonPhotos, refuse_if_gone, see_photos
from ahash_desktop.training.running.quick_fit import (
    KEEP,
    FitTask,
    HashLayer,
    fit_layer,
    resized_layer,
)

if sys.platform != "win32":
    import resource

READING, PREPARING, LEARNING, JUDGING = "reading", "preparing", "learning", "judging"
FIRST = "first"
"""The folder of the model with a fitted hash layer that a deeper lesson starts from."""
_REPORT_EVERY_S = 0.2
_PAUSE_CHECK_S = 0.5
_MOST_FIXED = 0.6

Records = Iterator[LessonProgress | LessonReport]


def teach(
    folder: Path, base: Path, features: Path, batch_size: int = 0, *, token: CancelToken
) -> Records:
    """Teaches the lesson in a folder; the last record is the report, which is kept there too.

    Args:
        folder: The lesson's; its model goes there, as `model`.
        base: The bundle it starts from.
        features: Where what models see in photos is kept for all lessons.
        batch_size: How many photos are learned from at once; 0 is what the lesson or recipe says.
        token: Cancels, pauses, or ends the learning early with the best there is.

    Raises:
        UserFacingError: If the lesson, the base or the photos do not do.
        Cancelled: If the token asks for it; the same call again goes on from there.
    """
    keep_freed_memory()
    began = time.monotonic()
    lesson = load_lesson(folder)
    plan = lesson.plan
    batch_size = batch_size or plan.batch_size
    encoder = NetworkEncoder.load(base, device=plan.device, threads=plan.n_threads)
    photos = yield from _see(lesson, encoder, features, token)
    judged, before_side = photos.judged, photos.known_side()
    before = measure(before_side, judged)
    yield LessonProgress(
        LEARNING,
        0,
        1,
        before_map=_shown(before),
        queries=matches_of(before_side, judged, choose_queries(judged)),
        notices=photos.notices,
    )
    fitted = yield from _fit(lesson, encoder, photos, before, token)
    if plan.depth == Depth.QUICK:
        taught = fitted.saved(folder / MODEL, base, lesson, photos)
    else:
        if not (folder / FIRST / MANIFEST).is_file():
            fitted.saved(folder / FIRST, base, lesson, photos)
        yield from _deepen(lesson, folder, photos, fitted, before, batch_size, token)
        photos, taught = yield from _look_again(lesson, folder, base, photos, fitted, token)
    yield LessonProgress(
        JUDGING, 0, 1, before_map=_shown(before), best_map=taught.best_map, curve=taught.curve
    )
    report = judge(lesson, photos, taught)
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
        left = meter.seconds_left(share.n_to_do - share.n_done) if share.n_read > FEW else None
        yield LessonProgress(READING, share.n_done, share.n_to_do, left)
        _hold(token)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A fitted hash layer, what it says of the photos, and how it came to be."""

    layer: HashLayer
    side: Side
    curve: tuple[CurvePoint, ...]
    best_map: float | None

    def saved(self, folder: Path, base: Path, lesson: Lesson, photos: LessonPhotos) -> Taught:
        """The base with this layer, as a bundle in a folder."""
        others = self.layer.activations(photos.others.features[0])
        bundle = save_layered(folder, base, self.layer, lesson, photos, self.side, others)
        return Taught(bundle, self.side, others, self.curve, self.best_map)


def _fit(
    lesson: Lesson,
    encoder: NetworkEncoder,
    photos: LessonPhotos,
    before: Ranked | None,
    token: CancelToken,
) -> Generator[LessonProgress, None, _Fitted]:
    """Fits the hash layer, which takes seconds once the photos were looked at."""
    features, labels = photos.views(photos.learning)
    judged = photos.judged
    held = photos.others.features[0, photos.held]
    fixed = _named_bits(encoder.manifest) if lesson.plan.keep_knowledge else frozenset()
    task = FitTask(features, labels, len(judged.kinds), held, fixed)
    start = HashLayer(*encoder.hash_layer())
    n_bits = lesson.plan.n_bits or encoder.manifest.n_bits
    if n_bits != encoder.manifest.n_bits:
        known = np.concatenate([photos.first_view(photos.learning), held])
        start = resized_layer(start, known, n_bits, lesson.plan.seed)
    if n_bits < encoder.manifest.n_bits:
        task = replace(task, fixed=frozenset())
    keep = KEEP if lesson.plan.keep_knowledge else 0.0
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
    return _Fitted(best[1], best[2], tuple(curve), best[0])


def _deepen(
    lesson: Lesson,
    folder: Path,
    photos: LessonPhotos,
    fitted: _Fitted,
    before: Ranked | None,
    batch_size: int,
    token: CancelToken,
) -> Iterator[LessonProgress]:
    """Has the network learn; its epochs go on after the point that the fit has reached."""
    for record in deepen(lesson, folder, folder / FIRST, photos, batch_size, token):
        curve = (
            CurvePoint(0, {}, fitted.best_map),
            *(
                CurvePoint(each.epoch + 1, each.losses, each.validation_map)
                for each in record.history
            ),
        )
        yield LessonProgress(
            LEARNING if record.phase == "learning" else PREPARING,
            record.n_done,
            record.n_to_do,
            record.seconds_left,
            record.epoch,
            record.n_epochs,
            record.losses,
            before_map=_shown(before),
            best_map=max((point.validation_map or 0.0 for point in curve), default=None),
            curve=curve,
            notices=tuple(map(Notice, record.notices)),
        )


def _look_again(
    lesson: Lesson,
    folder: Path,
    base: Path,
    photos: LessonPhotos,
    fitted: _Fitted,
    token: CancelToken,
) -> Generator[LessonProgress, None, tuple[LessonPhotos, Taught]]:
    """What the trained model says of the photos that are still there, and these.

    The fitted one stays if it finds them better.
    """
    plan = lesson.plan
    encoder = NetworkEncoder.load(folder / TRAINED, device=plan.device, threads=plan.n_threads)
    kept = KeptFeatures(folder / "seen", encoder, 1)
    paths = [photo.path for photo in photos.photos] + list(photos.other_paths)
    looking = kept.look(paths, token)
    meter = RateMeter()
    while True:
        try:
            share = next(looking)
        except StopIteration as end:
            seen: SeenPhotos = end.value
            break
        meter.update(share.n_read)
        left = meter.seconds_left(share.n_to_do - share.n_done) if share.n_read > FEW else None
        yield LessonProgress(JUDGING, share.n_done, share.n_to_do, left, curve=fitted.curve)
        _hold(token)
    refuse_if_gone(paths, seen)
    whole = np.zeros((len(paths), seen.activations.shape[1]), np.float16)
    whole[seen.rows] = seen.activations
    taught, others = whole[: len(photos.photos)], whole[len(photos.photos) :]
    there = photos.among(seen.rows)
    side = Side(taught[there.learning], taught[there.validating])
    score = _shown(measure(side, there.judged))
    fitted_score = _shown(measure(_side_of(fitted.layer, there), there.judged))
    if score is not None and score < (fitted_score or 0):
        return photos, fitted.saved(folder / MODEL, base, lesson, photos)
    photos = there
    bundle = save_trained(folder / MODEL, base, folder / TRAINED, lesson, photos, side, others)
    return photos, Taught(bundle, side, others, fitted.curve, score)


def _named_bits(manifest: BundleManifest) -> frozenset[int]:
    """The bits that have a name, which is to stay true; none if hardly another would be left."""
    named = frozenset(bit for bit, name in enumerate(manifest.bit_names) if name is not None)
    return named if len(named) <= _MOST_FIXED * manifest.n_bits else frozenset()


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
