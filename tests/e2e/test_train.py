"""The real `ahash train`: by several processes together, and killed in its middle."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ahash_desktop.hashing.bundle import WEIGHTS, verify_bundle
from tests import patience
from tests.pictures import save_picture

N_CLASSES = 3
N_EACH = 6


@pytest.fixture
def labelled_folder(tmp_path: Path) -> Path:
    """Class folders of rendered pictures."""
    for kind in range(N_CLASSES):
        for copy in range(N_EACH):
            path = tmp_path / f"photos/class {kind}/{copy}.png"
            save_picture(path, seed=kind, size=(200 + 4 * copy, 180))
    return tmp_path / "photos"


def train_command(folder: Path, out: Path, n_epochs: int) -> list[str]:
    """What to type after `python -m` for a short run on one thread."""
    return [
        "ahash_desktop.cli.main",
        "--library",
        str(out.parent / "library"),
        "train",
        str(folder),
        *("--out", str(out), "--bits", "16", "--epochs", str(n_epochs), "--threads", "1"),
        "--json",
    ]


def wait_for(file: Path, process: subprocess.Popen[bytes]) -> None:
    """Returns once a file is there; fails if the process that makes it has ended without."""
    for _ in patience.looks(patience.LATER_S):
        if file.exists():
            return
        assert process.poll() is None, process.stderr.read().decode()


def test_two_processes_train_one_network(tmp_path, labelled_folder):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", "2", "-m"),
            *train_command(labelled_folder, tmp_path / "shared", 2),
            *("--learned-share", "0.5", "--compact"),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["n_photos"] + report["n_validating"] >= N_CLASSES * N_EACH
    assert len(report["curves"]) == 2
    assert verify_bundle(tmp_path / "shared").base_id
    assert (tmp_path / "shared" / WEIGHTS).stat().st_size < 4_000_000


@pytest.mark.long
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, labelled_folder):
    whole = subprocess.run(
        [sys.executable, "-m", *train_command(labelled_folder, tmp_path / "whole", 3)],
        capture_output=True,
        text=True,
    )
    assert whole.returncode == 0, whole.stderr
    command = [sys.executable, "-m", *train_command(labelled_folder, tmp_path / "killed", 3)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_for(tmp_path / ".killed.training" / "checkpoint.safetensors", process)
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "killed").exists()
    resumed = subprocess.run([*command, "--resume"], capture_output=True, text=True)
    assert resumed.returncode == 0, resumed.stderr
    assert (tmp_path / "killed" / WEIGHTS).read_bytes() == (
        tmp_path / "whole" / WEIGHTS
    ).read_bytes()
