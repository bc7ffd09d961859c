"""Optimisers, learning rates and mixed precision of a training step."""

from contextlib import AbstractContextManager

import torch
from torch import nn

from ahash_desktop.training.ask.recipes import Recipe
from ahash_desktop.training.losses.objective import Objective
from ahash_desktop.training.network.training_net import TrainableNet

_MOMENTUM = 0.9


def make_optimiser(
    recipe: Recipe, net: TrainableNet, objective: Objective
) -> torch.optim.Optimizer:
    """An optimiser over what learns in a stage, in groups of one peak learning rate each.

    Pretrained parts learn at the body's rate, and so does W where it is fitted before training;
    what starts from random (attention, classifier, else W) at the head's. Biases and normalisation
    do not decay. Each group keeps its rate in "peak".
    """
    fresh: list[nn.Module | None] = [net.net.attention, objective]
    if not recipe.losses.needs_class_codes:
        fresh.append(net.net.projection)
    is_fresh = {
        id(parameter) for part in fresh if part is not None for parameter in part.parameters()
    }
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for parameter in [*net.parameters(), *objective.parameters()]:
        if parameter.requires_grad:
            key = (id(parameter) in is_fresh, parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    described = []
    for (fresh_part, decays), parameters in sorted(groups.items()):
        peak = recipe.head_rate if fresh_part else recipe.body_rate
        decay = recipe.weight_decay if decays else 0.0
        described.append({"params": parameters, "lr": peak, "peak": peak, "weight_decay": decay})
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(described, momentum=_MOMENTUM)
    return torch.optim.AdamW(described)


def set_rates(optimiser: torch.optim.Optimizer, factor: float) -> None:
    """Sets each group's learning rate to a share of its peak."""
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * factor


def mixed_precision(device: torch.device) -> AbstractContextManager[object]:
    """Autocasting where it pays: on CUDA. A CPU without matrix units gains nothing by it."""
    if device.type == "cuda":
        return torch.autocast("cuda", torch.float16)
    return torch.autocast(device.type, enabled=False) if device.type == "cpu" else _Nothing()


def make_scaler(device: torch.device) -> torch.amp.GradScaler:
    """Scales losses so that small gradients survive float16; does nothing but on CUDA."""
    return torch.amp.GradScaler(device.type, enabled=device.type == "cuda")


class _Nothing(AbstractContextManager["_Nothing"]):
    def __exit__(self, *_: object) -> None:
        return None
