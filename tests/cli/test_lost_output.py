"""Output that nobody takes ends a command quietly, with the exit code that shells expect."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import patience

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such outputs")

COMMANDS = [["--help"], ["--version"], ["settings"], ["--json", "settings"], ["models", "list"]]
OUT = {"closed": ">&-", "full": ">/dev/full"}
ERR = {"pipe": "", "closed": "2>&-", "full": "2>/dev/full"}


def run(command: list[str], folder: Path, *, out: str, err: str = "pipe") -> tuple[int, str]:
    """Runs a command in a shell; its exit code, and what it said on stderr."""
    ahash = [sys.executable, "-m", "ahash_desktop.cli.main", "--library", str(folder), *command]
    if out == "left":
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            done = subprocess.run(
                ahash, stdout=pipe, stderr=subprocess.PIPE, timeout=patience.LATER_S, text=True
            )
    else:
        script = f'"$@" {OUT[out]} {ERR[err]}'
        done = subprocess.run(
            ["sh", "-c", script, "sh", *ahash],
            stderr=subprocess.PIPE,
            timeout=patience.LATER_S,
            text=True,
        )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_reader_that_has_left_ends_it_quietly(command: list[str], tmp_path: Path) -> None:
    assert run(command, tmp_path, out="left") == (141, "")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_full_output_is_told_in_one_sentence(command: list[str], tmp_path: Path) -> None:
    told = "the output could not be written: No space left on device.\n"
    assert run(command, tmp_path, out="full") == (1, told)


def test_a_closed_output_is_told_in_one_sentence(tmp_path: Path) -> None:
    told = "the output could not be written: Bad file descriptor.\n"
    assert run(["settings"], tmp_path, out="closed") == (1, told)


@pytest.mark.parametrize("err", ["closed", "full"])
def test_an_error_that_nobody_hears_keeps_its_exit_code(err: str, tmp_path: Path) -> None:
    assert run(["status"], tmp_path, out="full", err=err) == (1, "")
