"""Passes without learning: what a network says of photos, and trunk features that are kept."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ahash_desktop.core.files import replace_file, reserve_file
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.training.data.augment import Augmentation, normalise
from ahash_desktop.training.data.batches import Rows, fresh_views, split_batches
from ahash_desktop.training.network.training_net import TrainableNet

_PASS = 32
_FIRST_KEPT_EPOCH = 1_000_000  # no epoch of the run itself makes the same views


class Preparation(NamedTuple):
    """How pixels become the network's input: mean and deviation of each channel, and where."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    device: torch.device

    def images(self, views: Tensor) -> Tensor:
        """Normalised pictures on the device: float32 (n, 3, S, S) of uint8 ones."""
        return normalise(views.to(self.device), self.mean, self.std)


def encode_rows(
    net: TrainableNet,
    squares: NDArray[np.uint8],
    rows: Rows,
    preparation: Preparation,
    token: CancelToken,
) -> Generator[int, None, tuple[Tensor, Tensor]]:
    """Features and raw logits of photos as the product sees them, in evaluation mode.

    Args:
        net: Left in the mode it was in.
        squares: uint8 (n_photos, S, S, 3).
        rows: Which of them, at least one.
        preparation: Mean, deviation and device.
        token: Cancels between passes.

    Yields:
        How many photos are new since the last time.

    Returns:
        x float32 (n, d) and `W x` float32 (n, k), on the CPU.

    Raises:
        Cancelled: If the token asks for it.
    """
    was_training = net.training
    net.eval()
    joined = torch.empty(0)
    for start in range(0, len(rows), _PASS):
        token.raise_if_cancelled()
        part = torch.from_numpy(squares[rows[start : start + _PASS]]).permute(0, 3, 1, 2)
        with torch.no_grad():
            features = net.net.features(preparation.images(part)).float().cpu()
        if not start:
            joined = torch.empty(len(rows), features.shape[1])
        joined[start : start + len(part)] = features
        yield len(part)
    net.train(was_training)
    return joined, joined @ net.net.projection.weight.detach().float().cpu().T


def trunk_features(
    net: TrainableNet,
    squares: NDArray[np.uint8],
    rows: Rows,
    augmentation: Augmentation,
    n_views: int,
    *,
    seed: int,
    folder: Path,
    key: str,
    preparation: Preparation,
    token: CancelToken,
) -> Iterator[tuple[int, int] | NDArray[np.float16]]:
    """What the trunk makes of several views of each photo, kept on disk; the last record.

    The others say how many of how many passes are done. It takes `2 · C · h · w` bytes a view.

    Args:
        net: Its trunk is used in evaluation mode.
        squares: uint8 (n_photos, side, side, 3).
        rows: Photos that have views; the others' are zeros.
        augmentation: How far views stray.
        n_views: Views of each photo.
        seed: Of the views.
        folder: Where the file is kept.
        key: Tells features apart that come from other photos or another trunk.
        preparation: Mean, deviation and device.
        token: Cancels between passes.

    Raises:
        Cancelled: If the token asks for it.
        OSError: If the disk is full.
    """
    trunk = net.net.trunk
    path = folder / f"trunk-{key}-{augmentation.size_px}-{n_views}-{seed}.f16"
    done = path.with_suffix(".done")
    probe = torch.zeros(1, 3, augmentation.size_px, augmentation.size_px)
    with torch.no_grad():
        shape = (n_views, len(squares), *trunk(preparation.images(probe.byte())).shape[1:])
    if not done.is_file():
        reserve_file(path, int(np.prod(shape)) * 2)
        kept = np.memmap(path, np.float16, "r+", shape=shape)
        batches = split_batches(rows, _PASS)
        for view in range(n_views):
            for index, batch in enumerate(
                fresh_views(squares, batches, augmentation, seed, _FIRST_KEPT_EPOCH + view)
            ):
                token.raise_if_cancelled()
                with torch.no_grad():
                    maps = trunk(preparation.images(batch.inputs))
                kept[view, batch.rows] = maps.cpu().numpy().astype(np.float16)
                yield view * len(batches) + index + 1, n_views * len(batches)
        kept.flush()
        replace_file(done, b"")
    yield np.memmap(path, np.float16, "r", shape=shape)
