"""A folder of labelled pictures and a job over it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.recipes import BALANCED
from tests.pictures import save_picture
from tests.training.running.small_runs import make_small


@pytest.fixture
def labelled_folder(tmp_path: Path) -> Path:
    """Class folders of five pictures each, small variations of one another."""
    for kind in range(3):
        for copy in range(5):
            path = tmp_path / f"photos/class {kind}/{copy}.png"
            save_picture(path, seed=kind, size=(70 + 4 * copy, 64))
    return tmp_path / "photos"


@pytest.fixture
def make_job(tmp_path: Path, labelled_folder: Path, tiny_base: Path) -> Callable[..., TrainingJob]:
    """A job over the labelled folder from the tiny base."""

    def make(name: str = "out", **changes: object) -> TrainingJob:
        job = TrainingJob(
            sources=(labelled_folder,),
            out=tmp_path / name,
            n_bits=16,
            recipe=make_small(BALANCED),
            base=tiny_base,
            n_epochs=5,
            validation_share=0.2,
            device="cpu",
        )
        return replace(job, **changes)

    return make
