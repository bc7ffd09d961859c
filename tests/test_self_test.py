"""What `ahash-desktop --self-test` says where something works, and where it does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.settings import Settings
from ahash_desktop.self_test import SelfTest
from tests import patience

ROOT = Path(__file__).resolve().parents[1]


class BrokenSession:
    """A library whose every part fails."""

    def __init__(self):
        self.is_closed = False

    def __getattr__(self, name):
        raise UserFacingError(f"{name} is out of order")

    def close(self):
        self.is_closed = True


def test_each_failure_is_told_and_the_others_are_tried(tmp_path, qapp):
    told, session = [], BrokenSession()
    assert SelfTest(tmp_path, told.append, lambda _paths: session).run() == 1
    verdicts = [line.split(" ")[0] for line in told]
    assert verdicts == ["ok", *["FAILED"] * 7, "7"]
    assert "encoder is out of order" in told[1]
    assert session.is_closed


@pytest.mark.long
@pytest.mark.timeout(patience.minutes(10))
@pytest.mark.skipif(
    not (shipped_models_folder() / Settings().model).is_dir(), reason="the model is not here"
)
def test_the_program_passes_its_own_test():
    done = subprocess.run(
        [sys.executable, "-m", "ahash_desktop", "--self-test"],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "all passed"
    assert sum(line.startswith("ok ") for line in lines) == 8
