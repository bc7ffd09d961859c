"""The network a run starts from: a pretrained backbone, or a bundle to go on from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.device import choose_device
from ahash_desktop.hashing.encoder import load_network
from ahash_desktop.hashing.network import AttentionHashNet
from ahash_desktop.training.ask.job import TrainingJob
from ahash_desktop.training.ask.preflight import TrainingPhotos
from ahash_desktop.training.data.attribute_table import PRESENT_FROM, load_attributes
from ahash_desktop.training.network.training_net import TrainableNet
from ahash_desktop.training.running.team import Team


@dataclass(frozen=True, slots=True)
class BuiltNetwork:
    """The network on its device, how pictures are prepared for it, and where it comes from.

    `attributes` is float32 (n_photos, n_attributes), 1 where a photo's class has one and else 0,
    if the job names a table.
    `trunk_key` tells its trunk apart from others.
    """

    net: TrainableNet
    device: torch.device
    backbone: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    local_refine: str
    n_local: int
    attributes: Tensor | None
    trunk_key: str


def build_network(job: TrainingJob, photos: TrainingPhotos, team: Team) -> BuiltNetwork:
    """The network at the start of a run.

    Raises:
        UserFacingError: If the base, the backbone's weights or the attributes are not to be had.
    """
    device = choose_device(job.device)
    if device.type == "cuda" and team.size > 1:
        device = torch.device("cuda", team.local_rank)
    recipe = job.recipe
    if job.base is not None:
        manifest, based = load_network(job.base)
        name, n_local, local_refine = manifest.backbone, manifest.n_local, manifest.local_refine
        mean, std, trunk_key = manifest.mean, manifest.std, manifest.model_id
        net = AttentionHashNet(
            create_backbone(name, pretrained=False), n_local, job.n_bits, local_refine
        )
        taken = {
            key: value
            for key, value in based.state_dict().items()
            if manifest.n_bits == job.n_bits or not key.startswith("projection.")
        }
        net.load_state_dict(taken, strict=False)
        if manifest.n_bits != job.n_bits:
            _start_projection(net)
    else:
        backbone = create_backbone(job.backbone, pretrained=True)
        name, n_local, local_refine = job.backbone, recipe.n_local, recipe.local_refine
        mean, std, trunk_key = backbone.mean, backbone.std, job.backbone
        net = AttentionHashNet(backbone, n_local, job.n_bits, local_refine)
        _start_projection(net)
    trainable = TrainableNet(net, recipe)
    trainable.to(device).to(memory_format=torch.channels_last)
    return BuiltNetwork(
        net=trainable,
        device=device,
        backbone=name,
        mean=mean,
        std=std,
        local_refine=local_refine,
        n_local=n_local,
        attributes=photo_attributes(job, photos),
        trunk_key=trunk_key,
    )


def _start_projection(net: AttentionHashNet) -> None:
    """W as orthonormal rows: bits start out reading different features."""
    torch.nn.init.orthogonal_(net.projection.weight)


def photo_attributes(job: TrainingJob, photos: TrainingPhotos) -> Tensor | None:
    """What each photo's class looks like, as in `BuiltNetwork`; None if the job names no table.

    Raises:
        UserFacingError: If the table is refused, or says nothing of a class.
    """
    if job.attributes is None:
        return None
    table = load_attributes(job.attributes, photos.classes)
    by_class = torch.from_numpy(table.values)
    if bool(torch.isnan(by_class).any()):
        unknown = int(torch.isnan(by_class).any(dim=1).nonzero()[0])
        raise UserFacingError(
            f"The attributes say nothing of the class {photos.classes[unknown]!r}",
            path=job.attributes,
            remedy="Add it to the table, or train without attributes",
        )
    labels = torch.from_numpy(photos.labels)
    return (by_class[labels.clamp_min(0)] >= PRESENT_FROM).float()
