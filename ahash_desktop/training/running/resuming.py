"""Keeps the state of a run beside its bundle, and goes on from there."""

import os
from dataclasses import replace

from blake3 import blake3

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.training.running.checkpoint import (
    Checkpoint,
    OtherRunError,
    load_checkpoint,
    save_checkpoint,
)
from ahash_desktop.training.running.place import CHECKPOINT
from ahash_desktop.training.running.run import Run


def keep_state(run: Run) -> None:
    """Keeps the state beside the bundle; only the first process of a team does.

    Raises:
        UserFacingError: If it cannot be written.
    """
    if not run.team.is_first:
        return
    state = run.state()
    folder = run.job.work_folder
    try:
        save_checkpoint(
            folder / CHECKPOINT,
            Checkpoint(state.tensors, state.facts | _facts_of(run)),
        )
    except OSError as error:
        raise UserFacingError(
            f"The training's state cannot be kept ({error.strerror})",
            path=folder,
            remedy="Make room on the disk, then go on with this training",
        ) from error


def restore_state(run: Run) -> int | None:
    """Goes on from the kept state.

    Returns:
        How many epochs the run has in all; None if no state was kept.

    Raises:
        StateLostError: If the state is damaged or that of another run.
        UserFacingError: If it cannot be read.
    """
    path = run.job.work_folder / CHECKPOINT
    if not os.path.lexists(path):
        return None
    checkpoint = load_checkpoint(path)
    if checkpoint.facts["identity"] != _identity(run):
        raise OtherRunError(
            "The training that was begun there had other photos or settings",
            path=path,
            remedy="Go on with the same photos and settings, or begin anew",
        )
    run.take_back(checkpoint)
    if checkpoint.facts.get("batch_size", run.job.recipe.batch_size) != run.job.recipe.batch_size:
        run.step_in_epoch = 0  # batches are others now, so the epoch begins again
    return run.n_epochs


def _facts_of(run: Run) -> dict[str, object]:
    return {"identity": _identity(run), "batch_size": run.job.recipe.batch_size}


def _identity(run: Run) -> str:
    """What must be the same for a run to go on: photos, recipe, bits, seed, base."""
    job, photos, attributes = run.job, run.photos, run.built.attributes
    parts = [photos.labels, photos.learning, photos.validating]
    parts += [attributes.cpu().numpy()] if attributes is not None else []
    digest = blake3(repr(photos.classes).encode())
    for part in parts:
        digest.update(part.tobytes())
    taught = () if run.teacher is None else (run.teacher.key, job.teacher_weight)
    return repr(
        (
            *taught,
            run.squares.key,
            digest.hexdigest(length=16),
            # What is drawn back at the end may be chosen anew, and memory may ask for less at once.
            replace(job.recipe, learned_share=1.0, shares_tried=(), batch_size=0),
            job.n_bits,
            job.seed,
            run.built.trunk_key,
            job.n_epochs,
            job.minutes,
            job.validation_share,
            run.team.size,
        )
    )
