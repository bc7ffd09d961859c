"""A lesson in which the network itself learns, after its hash layer was fitted."""

import contextlib
import logging
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.bundle import MANIFEST, read_manifest
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.runner import is_shortage
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.labels import Notice
from ahash_desktop.training.ask.lesson import Depth, Lesson
from ahash_desktop.training.ask.progress import TrainProgress
from ahash_desktop.training.ask.recipes import BALANCED, FRONT, TRUNK, Recipe, Stage
from ahash_desktop.training.running.checkpoint import OtherRunError, StateLostError
from ahash_desktop.training.running.lesson_photos import LessonPhotos, refuse_if_away
from ahash_desktop.training.running.place import CHECKPOINT
from ahash_desktop.training.running.trainer import train

_log = logging.getLogger(__name__)

TRAINED = "trained"
_EPOCHS = {Depth.STANDARD: 12, Depth.THOROUGH: 16}
_SMALLEST_PX = 64


def lesson_recipe(depth: Depth, manifest: BundleManifest, batch_size: int) -> Recipe:
    """What is learned, and on pictures of what size.

    Args:
        depth: `STANDARD` teaches the stages after stride 16, on kept features of the trunk;
            `THOROUGH` all but its first layers.
        manifest: Of the model it starts from, which says how pictures are made.
        batch_size: 0 is the recipe's.
    """
    size = manifest.input_size
    smaller = max(_SMALLEST_PX, 32 * round(size * 0.7 / 32))
    stages = (
        (Stage(share=1.0, frozen=TRUNK, size_px=size, n_views=4, smallest_crop=0.5),)
        if depth == Depth.STANDARD
        else (
            Stage(share=0.6, frozen=FRONT, size_px=smaller),
            Stage(share=0.4, frozen=FRONT, size_px=size, smallest_crop=0.5),
        )
    )
    return replace(
        BALANCED,
        stages=stages,
        n_epochs=_EPOCHS[depth],
        input_size=size,
        resize_mode=manifest.resize_mode,
        batch_size=batch_size or BALANCED.batch_size,
    )


def deepen(
    lesson: Lesson,
    folder: Path,
    first: Path,
    photos: LessonPhotos,
    batch_size: int,
    token: CancelToken,
) -> Generator[TrainProgress, None, None]:
    """Trains on from a model whose hash layer was fitted; goes on where it was broken off.

    Where photos changed since, or the state was damaged, the training begins anew, which is told;
    where a drive is away, it waits for that.

    Args:
        lesson: What is asked.
        folder: The lesson's; the trained model goes there, as `trained`.
        first: The bundle with the fitted hash layer; it teaches beside the labels.
        photos: What is taught, and the other photos.
        batch_size: 0 is the recipe's.
        token: Cancels, pauses, or ends the learning early.

    Raises:
        MemoryError: If the memory does not do for a batch.
        UserFacingError: As `train`.
        Cancelled: If the token asks for it; the same call goes on.
    """
    if (folder / TRAINED / MANIFEST).is_file():
        return  # it was broken off while it was judged
    plan, manifest = lesson.plan, read_manifest(first)
    taught = [*photos.learning.tolist(), *photos.validating.tolist()]
    job = TrainingJob(
        sources=(),
        photos=tuple(photos.photos[row] for row in sorted(taught)),
        out=folder / TRAINED,
        n_bits=manifest.n_bits,
        recipe=lesson_recipe(plan.depth, manifest, batch_size),
        seed=plan.seed,
        base=first,
        teacher=first if plan.keep_knowledge else None,
        unlabelled=tuple(photos.other_paths[row] for row in photos.held),
        n_epochs=plan.n_epochs,
        minutes=plan.minutes,
        resume=True,
        device=plan.device,
        n_threads=plan.n_threads,
        compact=bool(manifest.base_id),
    )
    if not plan.keep_knowledge:
        job = replace(job, unlabelled=())
    begun = frozenset(_kept_in(job.work_folder))
    try:
        yield from _trained(job, token)
        return
    except StateLostError as error:
        if isinstance(error, OtherRunError):
            refuse_if_away(lesson)
        told = (
            "Photos changed since: the learning begins anew"
            if isinstance(error, OtherRunError)
            else "The state of the learning is damaged: it begins anew"
        )
    _log.warning("lesson %s: %s", lesson.lesson_id, told)
    yield TrainProgress("preparing", 0, 1, notices=(Notice(told),))
    _clear(job.work_folder, begun)
    yield from _trained(replace(job, resume=False, replace=True), token)


def _trained(job: TrainingJob, token: CancelToken) -> Iterator[TrainProgress]:
    try:
        for record in train(job, token=token):
            if isinstance(record, TrainProgress):
                yield record
    except RuntimeError as error:
        if is_shortage(error):
            raise MemoryError from error
        raise


def _kept_in(folder: Path) -> list[Path]:
    """What a run decoded and looked at, the notes that it is whole before what they are of."""
    files = [path for part in ("squares-*", "trunk-*") for path in folder.glob(part)]
    return sorted(files, key=lambda path: path.suffix not in (".json", ".done"))


def _clear(folder: Path, begun: frozenset[Path]) -> None:
    """Removes the state of a run, and what was kept for it before a later one looked anew."""
    stale = [path for path in _kept_in(folder) if path in begun]
    with contextlib.suppress(OSError):  # what stays goes when the lesson is over
        for path in (folder / CHECKPOINT, *stale):
            path.unlink(missing_ok=True)
