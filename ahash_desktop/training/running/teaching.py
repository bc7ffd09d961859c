"""Opens the teacher of a run."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.bundle import MANIFEST, verify_bundle
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.data.teacher_file import load_teacher_file
from ahash_desktop.training.network.teacher import BundleTeacher, FileTeacher, Teacher
from ahash_desktop.training.running.building import BuiltNetwork


def check_teacher(job: TrainingJob) -> None:
    """Refuses a teacher that is none, and photos for one where there is none to tell of them.

    Raises:
        UserFacingError: If it is no bundle and no file, or damaged.
    """
    if job.teacher is None:
        return
    if (job.teacher / MANIFEST).exists():
        verify_bundle(job.teacher)
    elif not job.teacher.is_file():
        raise UserFacingError(
            "There is no such teacher",
            path=job.teacher,
            remedy="Give a model, or a file of a network's features",
        )


def open_teacher(job: TrainingJob, built: BuiltNetwork, paths: Sequence[Path]) -> Teacher | None:
    """The teacher that a job names; None if it names none.

    Args:
        job: What is asked.
        built: The network at its start.
        paths: The photos of the run.

    Raises:
        UserFacingError: If it is refused, or knows none of the photos.
    """
    if job.teacher is None or job.teacher_weight <= 0:
        return None
    if job.teacher.is_file():
        return FileTeacher(load_teacher_file(job.teacher, paths))
    is_start = False
    if job.base is not None:
        is_start = verify_bundle(job.base).model_id == verify_bundle(job.teacher).model_id
    return BundleTeacher(job.teacher, built.device, is_start=is_start, n_bits=job.n_bits)


def make_adapter(teacher: Teacher | None, built: BuiltNetwork, seed: int) -> nn.Module | None:
    """From the network's features to the teacher's; None if there is none, or they are its own."""
    if teacher is None or teacher.is_start:
        return None
    generator_state = torch.get_rng_state()
    torch.manual_seed(seed + 1)
    adapter = nn.Linear(built.net.net.n_features, teacher.n_features)
    torch.set_rng_state(generator_state)
    return adapter
