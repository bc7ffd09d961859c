"""A MobileNetV2 taught by photos of birds: its TensorFlow Lite file as a timm model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from torch import nn

from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.tflite import DENSE, Layer, TfliteError, TfliteNetwork, read_tflite

BACKGROUND = "background"
"""The kind of what is no bird."""
_PROBE_PX = 64
_LARGEST_BYTE = 255


@dataclass(frozen=True, slots=True)
class KindClassifier:
    """The last layer: which kind of bird a photo shows, from the features before it.

    `weight` is float32 (n_kinds, 1280), `bias` float32 (n_kinds,); the softmax of
    `weight @ features + bias` is the share of each kind. `kinds` names them, and is empty where
    the list of names is not on this machine.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    kinds: tuple[str, ...]

    def shares(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """How likely each kind is, float32 (n, n_kinds), by features float (n, 1280)."""
        logits = features.astype(np.float32) @ self.weight.T + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def top_kinds(
        self, features: NDArray[np.floating], n_kinds: int = 5
    ) -> list[list["KindShare"]]:
        """The likeliest kinds of birds in each photo, the likeliest first.

        What is no bird is none of them; its share is what theirs lack.

        Args:
            features: float (n, 1280), as the backbone gives them: the last 1280 of a bundle's.
            n_kinds: So many at most.

        Returns:
            For each photo its kinds; none where their names are not on this machine.
        """
        if not self.kinds:
            return [[] for _ in features]
        shares = self.shares(features)
        is_bird = np.array([kind != BACKGROUND for kind in self.kinds])
        order = np.argsort(-np.where(is_bird, shares, -1), axis=1, kind="stable")
        return [
            [
                KindShare(int(number), self.kinds[number], float(row[number]))
                for number in numbers[: min(n_kinds, int(is_bird.sum()))]
            ]
            for row, numbers in zip(shares, order, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class KindShare:
    """A kind by its number and name, "Cyanocitta cristata (Blue Jay)", and how likely it is."""

    number: int
    name: str
    share: float


def create_bird_network(*, pretrained: bool) -> Any:
    """The network in evaluation mode, with its own mean, std and input size in its settings.

    Its batch norms are folded into its convolutions, as they are in the file: there are no
    statistics that training could unsettle. It pads as TensorFlow does.

    Args:
        pretrained: Whether it gets the weights of the file; otherwise they are random.

    Raises:
        UserFacingError: If the weights are not here, or damaged.
    """
    architecture = BIRDS.backbone.partition(".")[0]
    # Without its classifier, which belongs to the kinds of the file.
    plain = timm.create_model(architecture, pretrained=False, pad_type="same", num_classes=0)
    model: Any = fold_batch_norms(plain.eval(), make_probe(_PROBE_PX)).requires_grad_(True)
    model.pretrained_cfg = {
        **model.pretrained_cfg,
        "input_size": (3, 224, 224),
        "interpolation": "bilinear",
        "mean": (128 / _LARGEST_BYTE,) * 3,
        "std": (128 / _LARGEST_BYTE,) * 3,
    }
    if pretrained:
        network = read_tflite(BIRDS.read_weights())
        _take_over(model, network)
        model.pretrained_cfg |= _preparation(network)
    return model


def load_classifier() -> KindClassifier:
    """The classifier of the file, and the names of its kinds if they are here.

    Raises:
        UserFacingError: If the weights are not here, or damaged.
    """
    layer = read_tflite(BIRDS.read_weights()).layers[-1]
    if layer.operator != DENSE:
        raise TfliteError("the network ends in another layer")
    return KindClassifier(layer.weight, layer.bias, load_kinds(len(layer.bias)))


def load_kinds(n_kinds: int) -> tuple[str, ...]:
    """The names of the kinds by their number, as "Cyanocitta cristata (Blue Jay)".

    Empty if their list is not here, damaged or of another length.
    """
    try:
        lines = BIRDS.kinds.read().decode().splitlines()
    except (OSError, ValueError):
        return ()
    names = tuple(line.partition(" ")[2].strip() for line in lines)
    return names if len(names) == n_kinds else ()


def _take_over(model: nn.Module, network: TfliteNetwork) -> None:
    """Copies the convolutions one by one, after all of them were found to fit.

    Raises:
        TfliteError: If they are another network's, which their checksum rules out.
    """
    own = [module for module in model.modules() if isinstance(module, nn.Conv2d)]
    stored = [layer for layer in network.layers if layer.operator != DENSE]
    if len(own) != len(stored):
        raise TfliteError(f"the network has {len(stored)} convolutions, not {len(own)}")
    for conv, layer in zip(own, stored, strict=True):
        if not _fits(conv, layer):
            raise TfliteError(f"a convolution of {layer.weight.shape} is not the architecture's")
    with torch.no_grad():
        for conv, layer in zip(own, stored, strict=True):
            conv.load_state_dict(
                {"weight": torch.from_numpy(layer.weight), "bias": torch.from_numpy(layer.bias)}
            )


def _fits(conv: nn.Conv2d, layer: Layer) -> bool:
    return (
        tuple(conv.weight.shape) == layer.weight.shape
        and conv.bias is not None
        and conv.stride == (layer.stride, layer.stride)
        and layer.is_same
    )


def _preparation(network: TfliteNetwork) -> dict[str, Any]:
    """Mean and std of pixels in 0 … 1, from what the bytes of the input stand for."""
    mean = network.input_zero / _LARGEST_BYTE
    std = 1 / (_LARGEST_BYTE * network.input_scale)
    side = network.input_size
    return {"mean": (mean,) * 3, "std": (std,) * 3, "input_size": (3, side, side)}
