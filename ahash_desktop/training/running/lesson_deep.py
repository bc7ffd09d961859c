"""A lesson in which the network itself learns, after its hash layer was fitted."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.bundle import MANIFEST, read_manifest
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.runner import is_shortage
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.lesson import Depth, Lesson
from ahash_desktop.training.ask.progress import TrainProgress
from ahash_desktop.training.ask.recipes import BALANCED, FRONT, TRUNK, Recipe, Stage
from ahash_desktop.training.running.lesson_photos import LessonPhotos
from ahash_desktop.training.running.trainer import train

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
    try:
        for record in train(job, token=token):
            if isinstance(record, TrainProgress):
                yield record
    except RuntimeError as error:
        if is_shortage(error):
            raise MemoryError from error
        raise
