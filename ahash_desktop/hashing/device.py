"""Which device and number format the network runs in, decided once by measurement."""

import json
import logging
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file
from ahash_desktop.hashing.check_pictures import draw_check_pictures

_log = logging.getLogger(__name__)

MOST_DIFFERING = 0.01
LEAST_SPEEDUP = 1.15
N_TIMED_PICTURES = 8
_N_TIMED_RUNS = 4
_HOPELESS = 4.0
"""What takes so many times as long at the first try is not tried again."""

_WITHOUT_BFLOAT16 = ("NO AVX", "AVX2", "DEFAULT")
"""What torch calls the instructions of CPUs that imitate bfloat16."""

_DEVICE_FAULTS = (RuntimeError, TypeError, UserFacingError)

Run = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Activations float32 (n, n_bits) of pictures uint8 (n, S, S, 3)."""

MakeRun = Callable[[torch.device, torch.dtype], Run]
"""The network on a device, its features in a number format."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured of one model on one device.

    `differing_share` is the share of bits that differ from the CPU's in float32, in the number
    format that was chosen; `speedup` how much faster bfloat16 was than float32, 1 where that was
    not timed.
    """

    is_usable: bool
    use_bfloat16: bool
    differing_share: float
    speedup: float

    @property
    def dtype(self) -> torch.dtype:
        """What the features are computed in."""
        return torch.bfloat16 if self.use_bfloat16 else torch.float32


def available_devices() -> tuple[str, ...]:
    """The devices of this machine, the preferred one first."""
    is_there: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "cpu": lambda: True,
    }
    return tuple(name for name, check in is_there.items() if check())


def choose_device(wanted: str) -> torch.device:
    """The device of that name; "auto" takes CUDA, then MPS, then the CPU.

    Raises:
        UserFacingError: If a device was asked for by name and is not there.
    """
    available = available_devices()
    if wanted == "auto":
        return torch.device(available[0])
    if wanted not in available:
        raise UserFacingError(
            f"This machine has no device {wanted!r}", remedy="Choose the device 'auto' or 'cpu'"
        )
    return torch.device(wanted)


def cpu_has_bfloat16() -> bool:
    """Whether this machine's CPU computes in bfloat16 at speed.

    One without the instructions imitates them, which takes some twenty times as long: nothing to
    try while somebody waits for the first code.
    """
    return torch.backends.cpu.get_cpu_capability() not in _WITHOUT_BFLOAT16


def recall_verdict(
    path: Path, model_id: str, device: torch.device, measure: Callable[[], Verdict]
) -> Verdict:
    """The verdict noted in a file; measured and noted at the first call.

    Once noted it stays, so that codes made today compare with those of tomorrow. Two processes
    that ask at once get the same verdict.

    Args:
        path: JSON file; if it cannot be used, the verdict is not kept and float32 it is.
        model_id: Whose verdict.
        device: Where.
        measure: Finds out.
    """
    key = " | ".join((model_id, torch.__version__, _device_name(device), _cpu_name()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            noted = _load_notes(path)
            verdict = _parse_verdict(noted.get(key))
            if verdict is None:
                verdict = measure()
                noted[key] = asdict(verdict)
                replace_file(path, json.dumps(noted, indent=2, sort_keys=True).encode())
            return verdict
    except OSError as error:
        _log.warning("device checks cannot be kept in %s (%s)", path, error)
        return replace(measure(), use_bfloat16=False)


def judge(make_run: MakeRun, device: torch.device, input_size: int) -> Verdict:
    """Whether a device computes the CPU's bits, and whether bfloat16 pays there.

    At most 1 % of the bits of the check pictures may differ from the CPU's in float32.

    Args:
        make_run: Gives the network on a device in a number format.
        device: The device in question.
        input_size: S.
    """
    cpu = torch.device("cpu")
    if device == cpu and not cpu_has_bfloat16():
        return Verdict(True, False, 0.0, 1.0)
    pictures = draw_check_pictures(input_size)
    reference = make_run(cpu, torch.float32)
    expected = reference(pictures) > 0
    plain, differing = reference, 0.0
    if device != cpu:
        try:
            plain = make_run(device, torch.float32)
            differing = differing_share(plain, pictures, expected)
        except _DEVICE_FAULTS as error:
            _log.warning("the device %s does not work (%s)", device.type, error)
            differing = 1.0
    if differing > MOST_DIFFERING:
        return Verdict(False, False, differing, 1.0)
    return _judge_bfloat16(
        plain, lambda: make_run(device, torch.bfloat16), pictures, expected, differing
    )


def _judge_bfloat16(
    plain: Run,
    make_short: Callable[[], Run],
    pictures: NDArray[np.uint8],
    expected: NDArray[np.bool_],
    differing: float,
) -> Verdict:
    """The verdict on a usable device: bfloat16 if it is faster and computes the same bits."""
    try:
        short = make_short()
        speedup = compare_seconds(plain, short, pictures[:N_TIMED_PICTURES])
        if speedup < LEAST_SPEEDUP:
            return Verdict(True, False, differing, speedup)
        differing_short = differing_share(short, pictures, expected)
    except _DEVICE_FAULTS as error:
        _log.info("bfloat16 does not work (%s)", error)
        return Verdict(True, False, differing, 1.0)
    if differing_short > MOST_DIFFERING:
        _log.info("bfloat16 gets %.1f %% of the bits wrong", 100 * differing_short)
        return Verdict(True, False, differing, 1.0)
    return Verdict(True, True, differing_short, speedup)


def differing_share(run: Run, pictures: NDArray[np.uint8], expected: NDArray[np.bool_]) -> float:
    """The share of bits that are not as expected, 1 where what comes is no number."""
    found = run(pictures)
    return float(np.mean((found > 0) != expected)) if np.isfinite(found).all() else 1.0


def compare_seconds(plain: Run, short: Run, pictures: NDArray[np.uint8]) -> float:
    """How many times faster `short` is; both take turns, so that other programs disturb both.

    Where the first turn leaves no hope there is no second.
    """
    seconds: dict[Run, list[float]] = {plain: [], short: []}
    for _ in range(_N_TIMED_RUNS):
        for run, taken in seconds.items():
            start = time.perf_counter()
            run(pictures)
            taken.append(time.perf_counter() - start)
        if seconds[short][0] > _HOPELESS * seconds[plain][0]:
            break
    return min(seconds[plain]) / min(seconds[short])


def _load_notes(path: Path) -> dict[str, Any]:
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        _log.warning("device checks in %s are no JSON: they are made again", path)
        return {}
    return noted if isinstance(noted, dict) else {}


def _parse_verdict(noted: Any) -> Verdict | None:
    if not isinstance(noted, dict):
        return None
    try:
        return Verdict(
            is_usable=bool(noted["is_usable"]),
            use_bfloat16=bool(noted["use_bfloat16"]),
            differing_share=float(noted["differing_share"]),
            speedup=float(noted["speedup"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _cpu_name() -> str:
    capability = torch.backends.cpu.get_cpu_capability()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(
            line.partition(":")[2].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name} {capability}"
