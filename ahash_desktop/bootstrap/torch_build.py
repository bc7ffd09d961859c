"""Which build of torch a machine wants: PyPI's for Linux brings 5 GB of NVIDIA's libraries."""

import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
"""Where torch's makers keep its builds without NVIDIA's libraries."""

_VARIABLE = "AHASH_TORCH"
_TIMEOUT_S = 6.0
_TRACES = ("proc/driver/nvidia/version", "dev/nvidia0", "dev/dxg")
_LISTS_S = 20.0


def wants_cpu_build(environ: Mapping[str, str], root: Path = Path("/")) -> bool:
    """Whether torch without NVIDIA's libraries does here: on Linux, where there is no such GPU.

    `AHASH_TORCH` set to `cpu` or `cuda` settles it; a pip that is set up for an index of its own,
    or for none, is left to it.

    Args:
        environ: The environment variables.
        root: Where the file system begins.

    Raises:
        UserFacingError: If the variable says something else.
    """
    asked = environ.get(_VARIABLE, "").strip().lower()
    if asked not in ("", "cpu", "cuda"):
        raise UserFacingError(
            f"{_VARIABLE} is {asked!r}, which is no build of torch",
            remedy=f"Set it to cpu or cuda, or leave it out: {_VARIABLE}=cpu",
        )
    if asked:
        return asked == "cpu"
    has_own_index = any(environ.get(name) for name in ("PIP_INDEX_URL", "PIP_NO_INDEX"))
    return sys.platform == "linux" and not has_own_index and not has_nvidia_gpu(root)


def has_nvidia_gpu(root: Path = Path("/")) -> bool:
    """Whether the driver of an NVIDIA GPU is at work; also within Windows, by its `/dev/dxg`."""
    if any((root / trace).exists() for trace in _TRACES):
        return True
    lister = shutil.which("nvidia-smi")
    if lister is None:
        return False
    try:
        told = subprocess.run(  # noqa: S603 - a fixed command
            [lister, "-L"], capture_output=True, text=True, timeout=_LISTS_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0 and "GPU " in told.stdout


def answers(index: str, timeout_s: float = _TIMEOUT_S) -> bool:
    """Whether an index of packages has torch and can be reached."""
    try:
        with urllib.request.urlopen(  # noqa: S310 - our own constant, or a test's
            f"{index.rstrip('/')}/torch/", timeout=timeout_s
        ) as response:
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False


def torch_requirements(requirements: tuple[str, ...]) -> list[str]:
    """Those of a checkout's requirements that come in builds."""
    return [line for line in requirements if re.match(r"\s*(torch|torchvision)\b(?!-)", line)]
