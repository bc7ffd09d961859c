"""Runs every check, making the environment for it first: `python3 -m tests [PYTEST ARGUMENT…]`.

`--long` runs the long tests, too; without it they are named in the end. Tests run side by side, one
process a core and at most `MOST_PROCESSES`, unless `-n` says otherwise.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

MOST_PROCESSES = 4
"""Each may hold a network and photos: more would fill the memory of a usual machine."""


def main(arguments: list[str]) -> int:
    """Runs all checks, pytest last; returns 0 only if every one passes."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one may have been asked to run this
        sys.stderr.write("The tests need Python 3.11 or newer.\n")
        return 1

    from ahash_desktop.bootstrap import debian, environment, start
    from ahash_desktop.core.errors import UserFacingError

    try:
        start.enter_environment("tests", arguments, extras=("dev",))
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before its libraries are looked for
        log = environment.cache_folder(os.environ) / "apt-get.log"
        debian.provide_qt_libraries(os.environ, log)
    except UserFacingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # The environment may be shared with another checkout: child processes shall import this one.
    search_path = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(search_path)
    lint_imports = Path(sysconfig.get_path("scripts")) / "lint-imports"
    steps = {
        "ruff format": [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."],
        "ruff check": [sys.executable, "-m", "ruff", "check", "--quiet", "."],
        "mypy": [sys.executable, "-m", "mypy", "--no-error-summary"],
        "lint-imports": [str(lint_imports)],
    }
    failed = [name for name, command in steps.items() if not passes(name, command)]
    command = [sys.executable, "-m", "pytest", *side_by_side(arguments), *arguments]
    tests = subprocess.run(command, cwd=CHECKOUT)
    if failed:
        say(f"Not passed before the tests: {', '.join(failed)}.")
        return 1
    return tests.returncode


def side_by_side(arguments: list[str]) -> list[str]:
    """What tells pytest to use several cores; nothing where the arguments say it themselves."""
    n_processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    if n_processes == 1 or any(re.match(r"-n|--numprocesses|-p$|--pdb", a) for a in arguments):
        return []
    return [f"--numprocesses={n_processes}", "--dist=worksteal"]


def passes(name: str, command: list[str]) -> bool:
    """Runs one check; its output is shown only if it fails."""
    began = time.monotonic()
    finished = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    verdict = "passed" if finished.returncode == 0 else "FAILED"
    say(f"{name:<14}{verdict}  {time.monotonic() - began:5.1f} s")
    if finished.returncode != 0:
        say(finished.stdout + finished.stderr)
    return finished.returncode == 0


def say(text: str) -> None:
    """Writes a line at once, so that it keeps its place among what the checks print."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
