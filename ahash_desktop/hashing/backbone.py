"""Backbones by their timm name, split where the attention maps look."""

import copy
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import timm
import torch
from torch import Tensor, nn

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.base_weights import find_base_weights
from ahash_desktop.hashing.manifest import is_backbone_name
from ahash_desktop.hashing.pretrained import PACKAGED_BACKBONE, create_timm_model

SPLIT_STRIDE = 16
_VIT_FAMILIES = ("vit_", "deit_", "deit3_")
_HEADS = ("global_pool", "classifier", "fc", "head")


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network cut in two: the trunk up to stride 16, and the stages after it.

    `trunk` maps images (n, 3, H, W) to X (n, n_channels, H/16, W/16); for a vision transformer
    the stride is its patch size. `refine` maps X to features (n, n_features, h, w). `mean`, `std`
    (of pixels in 0 … 1), `interpolation` and `input_size` are what the weights were trained with.
    """

    name: str
    trunk: nn.Module
    refine: nn.Module
    n_channels: int
    n_features: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str
    input_size: int

    def new_refine(self) -> nn.Module:
        """A copy of the stages after the trunk with the same weights, nothing shared."""
        return copy.deepcopy(self.refine)

    def new_slim_refine(self) -> nn.Module:
        """Such a copy with the first block of each stage only.

        The blocks after the first of a stage are residual, so what is left maps X to maps of the
        same shape, for a fraction of the parameters and of the time. A stage that is no plain
        sequence of blocks is copied whole.
        """
        slim = copy.deepcopy(self.refine)
        for name, stage in slim.named_children():
            if isinstance(stage, nn.Sequential) and len(stage) > 1:
                setattr(slim, name, nn.Sequential(stage[0]))
        return slim


class _PatchTrunk(nn.Module):
    """All but the last block of a vision transformer, its patch tokens as a grid.

    Images (n, 3, H, W) become X (n, C, H/patch, W/patch); class and register tokens take part in
    these blocks and are then left behind.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self._last = len(model.blocks) - 1

    def forward(self, images: Tensor) -> Tensor:
        grids: list[Tensor] = self.model.forward_intermediates(
            images, indices=[self._last], intermediates_only=True
        )
        return grids[0]


class _PatchRefine(nn.Module):
    """The last block of a vision transformer over a grid of patch tokens: (n, C, h, w) both."""

    def __init__(self, block: nn.Module, norm: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.norm = norm

    def forward(self, grid: Tensor) -> Tensor:
        tokens = self.norm(self.block(grid.flatten(2).transpose(1, 2)))
        return torch.unflatten(tokens.transpose(1, 2), 2, grid.shape[2:])


def create_backbone(
    name: str,
    *,
    pretrained: bool,
    may_download: bool = True,
    most_parameters: int | None = None,
) -> Backbone:
    """The backbone of that name, in evaluation mode.

    Args:
        name: A timm model name; the default is `tf_efficientnet_lite0`.
        pretrained: Whether it gets its pretrained weights. Lite0's come with the program's
            dependencies; those of `mobilenetv2_100.inat_birds` are fetched by the user, those of
            others are downloaded once.
        may_download: Whether that download is wanted; without it, only weights that are already
            on this machine do.
        most_parameters: A larger backbone is refused before it takes any memory.

    Raises:
        UserFacingError: If there is no such backbone, it is too large, it cannot be split at
            stride 16, or its weights are not here and may not or cannot be downloaded.
    """
    if not is_backbone_name(name) or not timm.is_model(name.split(".", maxsplit=1)[0]):
        raise UserFacingError(
            f"There is no backbone called {name!r}",
            remedy=f"Use {PACKAGED_BACKBONE}, resnet50 or another name of the timm package",
        )
    is_vit = name.startswith(_VIT_FAMILIES)
    options = {"dynamic_img_size": True} if is_vit else {}
    try:
        if most_parameters is not None and not _is_well_known(name):
            _refuse_larger(name, options, most_parameters)
        model = create_timm_model(name, options, pretrained=pretrained, may_download=may_download)
    except (RuntimeError, TypeError, ValueError, LookupError) as error:
        raise UserFacingError(
            f"The backbone {name} cannot be built ({' '.join(str(error).split())[:200]})",
            remedy=f"Use {PACKAGED_BACKBONE}, resnet50 or convnext_tiny",
        ) from error
    config = model.pretrained_cfg
    size = int(config["input_size"][-1])
    trunk, refine = _split_vit(model) if is_vit else _split_stages(name, model)
    n_channels, n_features = _probe(trunk, refine, size)
    return Backbone(
        name=name,
        trunk=trunk,
        refine=refine,
        n_channels=n_channels,
        n_features=n_features,
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        interpolation="bilinear" if config["interpolation"] == "bilinear" else "bicubic",
        input_size=size,
    )


def _is_well_known(name: str) -> bool:
    """Whether its size is known to be small."""
    return name == PACKAGED_BACKBONE or find_base_weights(name) is not None


def _refuse_larger(name: str, options: Mapping[str, Any], most_parameters: int) -> None:
    """Counts the parameters that a backbone would have before its head, without making them."""
    with torch.device("meta"):
        model = timm.create_model(name, pretrained=False, **options)
    n_parameters = sum(
        parameter.numel()
        for path, parameter in model.named_parameters()
        if path.split(".", maxsplit=1)[0] not in _HEADS
    )
    if n_parameters > most_parameters:
        raise UserFacingError(
            f"The model's weights are too few for its backbone {name}",
            remedy="Get the model again, or choose another one",
        )


def _split_vit(model: Any) -> tuple[nn.Module, nn.Module]:
    last = len(model.blocks) - 1
    refine = _PatchRefine(copy.deepcopy(model.blocks[last]), copy.deepcopy(model.norm))
    model.prune_intermediate_layers([last - 1], prune_norm=True, prune_head=True)
    return _PatchTrunk(model), refine.eval()


def _split_stages(name: str, model: Any) -> tuple[nn.Module, nn.Module]:
    """Cuts a network of stages after the last one whose stride is 16.

    Raises:
        UserFacingError: If the network has no such stage, or is no plain chain of stages.
    """
    steps = _chain(model)
    stages = [
        stage["module"]
        for stage in getattr(model, "feature_info", ())
        if stage["reduction"] <= SPLIT_STRIDE
    ]
    names = list(steps)
    if not stages or stages[-1] not in steps or stages[-1] == names[-1]:
        raise _cannot_split(name)
    cut = names.index(stages[-1]) + 1
    trunk = _sequence(steps, names[:cut]).eval()
    refine = _sequence(steps, names[cut:]).eval()
    if not _is_same_network(trunk, refine, model):
        raise _cannot_split(name)
    return trunk, refine


def _is_same_network(trunk: nn.Module, refine: nn.Module, model: Any) -> bool:
    """Whether the two parts do what the whole does, on maps of (n, C, h, w)."""
    probe = torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64)
    side = 64 // SPLIT_STRIDE
    try:
        with torch.inference_mode():
            shared = trunk(probe)
            chained, whole = refine(shared), model.forward_features(probe)
    except (RuntimeError, ValueError, TypeError, AssertionError):
        return False
    return (
        shared.shape[2:] == (side, side)
        and chained.ndim == 4
        and chained.shape == whole.shape
        and torch.allclose(chained, whole, atol=1e-4)
    )


def _chain(model: nn.Module) -> dict[str, nn.Module]:
    """The steps of a network in order, containers of stages opened, up to its head."""
    steps: dict[str, nn.Module] = {}
    for name, child in model.named_children():
        if name in _HEADS:
            break
        if isinstance(child, nn.Sequential) and name in ("blocks", "stages", "features"):
            steps.update((f"{name}.{inner}", stage) for inner, stage in child.named_children())
        else:
            steps[name] = child
    return steps


def _sequence(steps: Mapping[str, nn.Module], names: list[str]) -> nn.Sequential:
    return nn.Sequential(OrderedDict((name.replace(".", "_"), steps[name]) for name in names))


def _probe(trunk: nn.Module, refine: nn.Module, size_px: int) -> tuple[int, int]:
    with torch.inference_mode():
        shared = trunk(torch.zeros(1, 3, size_px, size_px))
        return shared.shape[1], refine(shared).shape[1]


def _cannot_split(name: str) -> UserFacingError:
    return UserFacingError(
        f"The backbone {name} has no stages that attention maps could stand between",
        remedy=f"Use {PACKAGED_BACKBONE}, resnet50 or convnext_tiny",
    )
