"""Going on in an interpreter that has all the program needs."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ahash_desktop.bootstrap.compiling import provide_compiled
from ahash_desktop.bootstrap.environment import choose_environment
from ahash_desktop.bootstrap.installing import stderr_progress
from ahash_desktop.bootstrap.making import EnvironmentMaker
from ahash_desktop.bootstrap.requirements import find_checkout, unmet

_PACKAGE = Path(__file__).resolve().parent.parent


def enter_environment(module: str, arguments: Sequence[str], extras: tuple[str, ...] = ()) -> None:
    """Returns only where everything required is installed; else starts the module there.

    An installed or frozen program and a developer's own environment are left as they are. From a
    bare checkout, this program's environment is made if need be, and this process is replaced
    by `python -m module arguments` in it.

    Raises:
        UserFacingError: If the environment cannot be made.
    """
    checkout = None if getattr(sys, "frozen", False) else find_checkout(_PACKAGE)
    if checkout is None:
        return
    environment = choose_environment(checkout, os.environ)
    ready = environment.is_ready(checkout, extras)
    if ready if environment.is_running else not unmet(checkout.requirements(extras)):
        if environment.is_running:
            provide_compiled(checkout.folder)
        return
    if not ready:
        EnvironmentMaker(environment, checkout, stderr_progress()).provide(extras)
    _replace_process([str(environment.python), "-m", module, *arguments])


def _replace_process(command: list[str]) -> NoReturn:
    """Goes on as another program, with this one's terminal and exit code."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if os.name == "nt":
        # There, exec returns to the caller's prompt at once.
        raise SystemExit(subprocess.run(command, check=False).returncode)  # noqa: S603 - ourselves
    os.execv(command[0], command)  # noqa: S606 - ourselves
