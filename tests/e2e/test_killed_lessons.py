"""Killing a lesson at any moment loses no round that was over, and it ends in the same model."""

import contextlib
import json
import logging
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ahash_desktop.core.jobs import FinishToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.teaching.lessons import Lessons
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.lesson import Depth, LessonPlan, LessonReport, OtherPhoto
from tests import patience
from tests.pictures import save_picture
from tests.services.teaching.conftest import HereWorker
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
_EVENTS = {"open", "os.rename", "os.remove", "told"}
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

    def run_here(self, lesson_id: str, moment: int = 0) -> tuple[str, int, list[int]]:
        """Teaches in a forked process that is killed at a moment, counted from 1; 0 is never.

        Returns:
            The model; the number of moments there were; the rounds that learning was in. The model
            is empty if it was killed.
        """
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(told)
            self._teach_and_die(lesson_id, moment, tell)
        os.close(tell)
        with os.fdopen(told, encoding="utf-8") as pipe:
            lines = pipe.read().splitlines()
        _, status = os.waitpid(child, 0)
        if moment == 0 or not os.WIFSIGNALED(status):
            assert status == 0, lines
        rounds = [int(line[1:]) for line in lines if line.startswith("e")]
        models = [line[1:] for line in lines if line.startswith("m")]
        return models[0] if models else "", lines.count("."), rounds

    def _teach_and_die(self, lesson_id: str, moment: int, tell: int) -> None:
        """In a forked process: counts files of the library opened, renamed, removed, and news."""
        status, n_passed = 1, 0

        def count(what: str, arguments: tuple[object, ...] = ()) -> None:
            nonlocal n_passed
            is_own = what == "told" or str(self.paths.folder) in str(arguments[:1])
            if what not in _EVENTS or not is_own:
                return
            os.write(tell, b".\n")
            n_passed += 1
            if n_passed == moment:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            lessons = Lessons(self.paths, ModelShelf(self.shipped, self.paths.models), HereWorker())
            sys.addaudithook(count)
            for record in lessons.run(lesson_id, FinishToken()):
                count("told")
                if isinstance(record, LessonReport):
                    os.write(tell, f"m{record.model_id}\n".encode())
                elif record.phase == "learning" and record.n_epochs:
                    os.write(tell, f"e{record.epoch}\n".encode())
            status = 0
        finally:
            os._exit(status)


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
def test_killed_at_any_moment_a_lesson_loses_no_round_and_ends_in_the_same_model(tmp_path, request):
    bench = Bench(tmp_path)
    expected, n_moments, _ = bench.run_here(bench.begin())
    n_kills = 30 if request.config.option.thorough else 6
    rng = random.Random(int(os.environ.get("AHASH_RANDOM_SEED", "1")))
    killed = n_lessons = 0
    while killed < n_kills:
        lesson_id, reached = bench.begin(), 0
        n_lessons += 1
        while True:
            moment = rng.randint(1, n_moments) if killed < n_kills else 0
            model, _, rounds = bench.run_here(lesson_id, moment)
            if rounds:
                assert rounds[0] >= reached, "a round that was over is lost"
                reached = rounds[-1]
            if model:
                break
            killed += 1
            _log.info("killed at moment %d, in round %d", moment, reached)
        assert model == expected
    _log.info("%d kills of %d lessons of %d moments", killed, n_lessons, n_moments)


@pytest.mark.long
@pytest.mark.parametrize("victim", VICTIMS)
def test_whichever_process_is_killed_the_lesson_goes_on_to_the_same_model(tmp_path, victim):
    bench = Bench(tmp_path)
    expected = bench.run(bench.begin())
    lesson_id = bench.begin()
    told = bench.run(lesson_id, len(expected) // 2, victim)
    assert "model" not in told[-1]
    assert bench.run(lesson_id)[-1] == expected[-1]
