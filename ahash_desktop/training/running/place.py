"""The place of a run: where its model goes, and the folder beside it that one training owns."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.bundle import MANIFEST
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.labels import shown
from ahash_desktop.training.running.team import Team

CHECKPOINT = "checkpoint.safetensors"


def check_place(job: TrainingJob) -> None:
    """Refuses a place that the model cannot be written to, by trying.

    Raises:
        UserFacingError: If something that is no model is there, or nothing can be.
    """
    parent = job.out.parent
    try:
        if job.out.exists():
            _refuse_others(job.out)
        else:
            parent.mkdir(parents=True, exist_ok=True)
            job.out.mkdir()
            job.out.rmdir()
        # As `save_bundle` does at the end.
        aside = Path(tempfile.mkdtemp(prefix=f".{job.out.name}.", suffix=".part", dir=parent))
        aside.rmdir()
        job.work_folder.mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserFacingError(
            f"The model cannot be written there ({reason})",
            path=shown(job.out),
            remedy="Choose another folder",
        ) from error


def _refuse_others(folder: Path) -> None:
    if not (folder / MANIFEST).is_file():
        raise UserFacingError(
            "Something that is no model is in the way",
            path=folder,
            remedy="Choose another name for the model",
        )


@contextmanager
def occupied(job: TrainingJob, team: Team) -> Iterator[Callable[[], None]]:
    """The run's own folder, for one training at a time.

    It goes when the model is there, unless the job keeps it, and when training is refused before
    there is anything to go on from.

    Yields:
        What to call when the model is there.

    Raises:
        UserFacingError: If another training is at it, there is something that is not to be
            replaced, or the disk is full.
    """
    lock = FileLock(job.work_folder / "lock")
    try:
        if team.is_first:
            lock.acquire(timeout=0)
    except Timeout as error:
        raise UserFacingError(
            "Another training is writing this model",
            path=job.out,
            remedy="Wait for it, or choose another name",
        ) from error
    is_over = False

    def end() -> None:
        nonlocal is_over
        is_over = not job.keep_state

    try:
        make_way(job, is_first=team.is_first)
        yield end
    except UserFacingError:
        is_over = not _was_begun(job)
        raise
    except OSError as error:
        is_over = not _was_begun(job)
        raise UserFacingError(
            f"The training cannot go on ({error.strerror or error})",
            path=error.filename or job.out,
            remedy="Make room on the disk, then go on with this training",
        ) from error
    finally:
        lock.release()
        if is_over and team.is_first:
            shutil.rmtree(job.work_folder, ignore_errors=True)


def make_way(job: TrainingJob, *, is_first: bool) -> None:
    """Refuses to replace a model, or a training that was begun, unless that is asked for.

    Args:
        job: What is asked.
        is_first: Whether this process may forget what was begun.

    Raises:
        UserFacingError: If there is one and the job neither resumes nor replaces it.
    """
    was_begun = _was_begun(job)
    if job.resume and was_begun:
        return
    if job.replace:
        if is_first:
            (job.work_folder / CHECKPOINT).unlink(missing_ok=True)
        return
    if (job.out / MANIFEST).is_file():
        raise UserFacingError(
            "There is a model of this name already",
            path=job.out,
            remedy="Choose another name, or let it be replaced",
        )
    if was_begun:
        raise UserFacingError(
            "A training of this model was begun and is not finished",
            path=job.out,
            remedy="Go on with it, or let it be replaced",
        )


def _was_begun(job: TrainingJob) -> bool:
    """Whether there is a state to go on from, whole or not."""
    return os.path.lexists(job.work_folder / CHECKPOINT)
