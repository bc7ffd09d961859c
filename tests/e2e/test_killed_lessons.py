"""Killing a lesson at any moment loses no round that was over, and it ends in the same model."""

import contextlib
import json
import logging
import os
import random
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.lesson import Depth, LessonPlan, OtherPhoto
from tests import patience
from tests.pictures import save_picture
from tests.training.conftest import _save_tiny

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are killed by a signal")

_log = logging.getLogger(__name__)

PLAN = LessonPlan(
    name="ducks",
    base="tiny",
    depth=Depth.STANDARD,
    validation_share=0.25,
    n_epochs=6,
    batch_size=8,
    device="cpu",
    n_threads=1,
)
VICTIMS = ("lesson", "program", "both")


class Bench:
    """A library with a tiny model, and kinds of photos to teach."""

    def __init__(self, folder: Path) -> None:
        self.paths = LibraryPaths(folder / "library")
        self.paths.folder.mkdir()
        self.shipped = folder / "shipped"
        _save_tiny(self.shipped / "tiny", n_local=0)
        for kind in range(3):
            for photo in range(8):
                save_picture(folder / "kinds" / f"{kind}" / f"{photo}.png", 100 * kind + photo)
        self.labelled = load_labelled(folder / "kinds")
        self.others = [
            OtherPhoto(save_picture(folder / f"other {number}.png", 900 + number))
            for number in range(24)
        ]

    def begin(self) -> str:
        """A lesson that is ready."""
        lessons = Lessons(self.paths, ModelShelf(self.shipped, self.paths.models))
        return lessons.begin(PLAN, self.labelled, self.others).lesson_id

    def run(self, lesson_id: str, kill_at: int = 0, victim: str = "program") -> list[dict]:
        """What a program tells that teaches it, until one is killed at a record, or to the end."""
        words = [self.paths.folder, self.shipped, lesson_id]
        command = [sys.executable, "-m", "tests.e2e.lesson_driver", *map(str, words)]
        told = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
            assert program.stdout is not None
            for line in program.stdout:
                told.append(json.loads(line))
                if len(told) == kill_at:
                    _kill(program, victim)
            assert program.stderr is not None
            faults = program.stderr.read().decode()
            assert program.wait(patience.SOON_S) is not None
        if victim == "lesson" and kill_at and "model" not in told[-1]:
            assert "the work stopped, for its process was ended" in faults
        elif not kill_at:
            assert program.returncode == 0, faults
        return told


def _kill(program: subprocess.Popen, victim: str) -> None:
    """Kills the process of the lesson, the program that asks for it, or both of them."""
    children = psutil.Process(program.pid).children(recursive=True)
    learning = [each for each in children if "spawn_main" in " ".join(each.cmdline())]
    if victim != "lesson":
        program.kill()
    if victim != "program":
        for each in learning:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
    if victim == "program":  # what is left keeps what it has, and goes
        _, left = psutil.wait_procs(learning, patience.SOON_S)
        assert not left


@pytest.mark.long
def test_lessons_that_are_killed_again_and_again_end_in_the_same_model(tmp_path, request):
    bench = Bench(tmp_path)
    expected = bench.run(bench.begin())
    n_kills = 30 if request.config.option.thorough else 6
    rng = random.Random(int(os.environ.get("AHASH_RANDOM_SEED", "1")))
    killed = n_lessons = 0
    while killed < n_kills:
        lesson_id, reached = bench.begin(), 0
        n_lessons += 1
        while True:
            is_enough = killed >= n_kills
            kill_at = 0 if is_enough else rng.randint(1, max(2, len(expected) // 2))
            victim = VICTIMS[killed % len(VICTIMS)]
            told = bench.run(lesson_id, kill_at, victim)
            rounds = [each["epoch"] for each in told if each.get("phase") == "learning"]
            resumed = [epoch for epoch in rounds if epoch]
            if resumed and reached:
                assert resumed[0] >= reached, "a round that was over is lost"
            reached = max([reached, *rounds])
            if told and "model" in told[-1]:
                break
            killed += 1
            _log.info("%s was killed at record %d, in round %d", victim, kill_at, reached)
        assert told[-1] == expected[-1]
    _log.info("%d kills, %d lessons", killed, n_lessons)
