"""The environment to build in: the program's dependencies, torch for the CPU, PyInstaller."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ahash_desktop.bootstrap import torch_build
from ahash_desktop.bootstrap.environment import Environment, Stamp, cache_folder
from ahash_desktop.bootstrap.installing import ProgressLine, run_pip
from ahash_desktop.bootstrap.requirements import Checkout, find_checkout
from ahash_desktop.core.errors import UserFacingError
from installer.product import ROOT

_EXTRA = "installer"
_OLDEST_TORCH = (2, 6)
_CPU_RELEASE = re.compile(r"\b(\d+)\.(\d+)\.(\d+)\+cpu\b")


def provide(progress: ProgressLine, torch: str | None = None) -> Path:
    """The interpreter of the environment to build in, which is made if need be.

    Args:
        progress: Where a person reads how far it is.
        torch: The torch to pack, as pip takes it; None finds one for the CPU, see `choose_torch`.

    Raises:
        UserFacingError: If it cannot be made.
    """
    checkout = find_checkout(ROOT / "ahash_desktop")
    if checkout is None:
        raise UserFacingError("Packages are built from a checkout", path=ROOT)
    environment = Environment(_folder(checkout, torch, os.environ))
    with environment.locked(lambda: progress.say("Another build makes the environment; waiting.")):
        if not environment.is_ready(checkout, (_EXTRA,)):
            _make(environment, checkout, progress, torch)
    return environment.python


def _folder(checkout: Checkout, torch: str | None, environ: Mapping[str, str]) -> Path:
    content = "\n".join([torch or "", *sorted(checkout.requirements((_EXTRA,)))])
    key = hashlib.sha256(content.encode()).hexdigest()[:8]
    name = f"building-{sys.version_info.major}.{sys.version_info.minor}-{key}"
    return cache_folder(environ) / name


def _make(
    environment: Environment, checkout: Checkout, progress: ProgressLine, torch: str | None
) -> None:
    progress.say(f"Making the environment to build in: {environment.folder}")
    environment.log.write_text("", encoding="utf-8")
    create = [sys.executable, "-m", "venv", "--clear", str(environment.folder)]
    made = subprocess.run(create, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise UserFacingError(
            "The environment to build in could not be made",
            path=environment.folder,
            remedy=made.stdout.strip() or "Install python3-venv and start again",
        )
    pip = [str(environment.python), "-m", "pip", "install", "--no-input", "--progress-bar=off"]
    options, words = ([], [torch, "torchvision"]) if torch else choose_torch(environment.python)
    progress.say("torch: " + " ".join([*words, *options]))
    run_pip([*pip, *options, *words], environment.log, progress)
    required = checkout.requirements((_EXTRA,))
    chosen = set(torch_build.torch_requirements(required))
    others = [line for line in required if line not in chosen]
    run_pip([*pip, *others], environment.log, progress)
    environment.write_stamp(Stamp(str(checkout.folder), frozenset(required)))
    progress.say(f"The environment is ready ({progress.seconds:.0f} s).")


def choose_torch(python: Path) -> tuple[list[str], list[str]]:
    """The options and words for pip that bring torch, without NVIDIA's libraries if it can be.

    Only PyPI's torch for Linux has them. `AHASH_TORCH=cuda` wants them; else the index of torch's
    makers is asked, then whatever pip is set up for, which may offer builds marked `+cpu`.
    """
    words = ["torch", "torchvision"]
    if sys.platform != "linux" or os.environ.get("AHASH_TORCH", "").strip().lower() == "cuda":
        return [], words
    if torch_build.answers(torch_build.CPU_INDEX):
        return ["--index-url", torch_build.CPU_INDEX], words
    listed = subprocess.run(
        [str(python), "-m", "pip", "index", "versions", "torch"],
        capture_output=True,
        text=True,
        check=False,
    )
    newest = newest_cpu_release(listed.stdout)
    return [], [f"torch=={newest}" if newest else "torch", "torchvision"]


def newest_cpu_release(listing: str) -> str | None:
    """The newest release for the CPU that a listing of pip's names and that is new enough."""
    found = [tuple(map(int, match.groups())) for match in _CPU_RELEASE.finditer(listing)]
    wanted = [release for release in found if release[:2] >= _OLDEST_TORCH]
    return ".".join(map(str, max(wanted))) + "+cpu" if wanted else None
