"""The state of a training run on disk: written aside and renamed, read without unpickling."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file

_SEPARATOR = "/"
_FACTS = "facts"
_FORMAT = 1


class StateLostError(UserFacingError):
    """There is a state of a run, but nothing can go on from it, now or ever."""


class OtherRunError(StateLostError):
    """The state is that of a run with other photos or settings."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors by name, and facts that JSON can hold."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes a checkpoint; a crash leaves the old one or the new one.

    Raises:
        OSError: If it cannot be written.
    """
    whole = {
        name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()
    }
    facts = json.dumps({"format": _FORMAT} | checkpoint.facts)
    replace_file(path, safetensors.torch.save(whole, metadata={_FACTS: facts}))


def load_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in a file.

    Raises:
        StateLostError: If it is missing, damaged or of another version.
        UserFacingError: If it cannot be read.
    """
    try:
        if not path.is_file():  # opening a pipe would wait for its other end
            raise FileNotFoundError(path)
        with safetensors.safe_open(path, framework="pt") as file:
            facts = json.loads(file.metadata()[_FACTS])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (
        FileNotFoundError,
        safetensors.SafetensorError,
        ValueError,
        KeyError,
        TypeError,
    ) as error:
        raise StateLostError(
            "The training cannot be resumed: its checkpoint is missing or damaged",
            path=path,
            remedy="Begin this training anew",
        ) from error
    except OSError as error:
        raise UserFacingError(
            f"The training's state cannot be read ({error.strerror or error})",
            path=path,
            remedy="Try again",
        ) from error
    if facts.get("format") != _FORMAT:
        raise StateLostError(
            "The training was begun by another version of this program",
            path=path,
            remedy="Begin this training anew",
        )
    return Checkpoint(tensors, facts)


def flatten_state(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a module's state under a prefix."""
    return {f"{prefix}{_SEPARATOR}{name}": tensor for name, tensor in state.items()}


def pick_state(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `flatten_state` put under a prefix."""
    start = prefix + _SEPARATOR
    return {
        name.removeprefix(start): tensor
        for name, tensor in tensors.items()
        if name.startswith(start)
    }


def flatten_optimiser(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The moments of an optimiser; learning rates are not part of it."""
    flat = {}
    for index, moments in optimiser.state_dict()["state"].items():
        for name, value in moments.items():
            if isinstance(value, Tensor):
                flat[f"{index}{_SEPARATOR}{name}"] = value
    return flat


def restore_optimiser(optimiser: torch.optim.Optimizer, flat: Mapping[str, Tensor]) -> None:
    """Takes back what `flatten_optimiser` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in flat.items():
        index, _, moment = name.partition(_SEPARATOR)
        state.setdefault(int(index), {})[moment] = tensor
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
