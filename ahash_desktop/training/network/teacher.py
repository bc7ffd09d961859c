"""The teacher of a run: a bundle that is run beside, or a file of what a network said."""

from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.encoder import load_network
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.network import pool
from ahash_desktop.training.data.batches import Batch, Rows
from ahash_desktop.training.data.teacher_file import StoredViews
from ahash_desktop.training.network.passes import Preparation

_PASS = 32
_PROBE_PX = 64


class Targets(NamedTuple):
    """What the teacher says of a batch.

    `features` is float32 (n, D), `known` bool (n,): whose it knows; `logits` float32 (n, k) those
    of its bits, None where they are not handed on.
    """

    features: Tensor
    known: Tensor
    logits: Tensor | None = None


class Teacher(Protocol):
    """What tells a run how features and bits should be.

    `n_features` is D; `is_start` tells that the run starts from it, so that its features are the
    new network's own; `keeps_bits` that its bits are handed on. `key` tells teachers apart.
    """

    n_features: int
    is_start: bool
    keeps_bits: bool
    key: str
    stored: StoredViews | None

    def look(self, batch: Batch) -> Targets:
        """What it says of a batch."""
        ...


class BundleTeacher:
    """A bundle, run beside on the same views.

    One that the run starts from sees the very pixels; another sees them at its own size.

    Args:
        folder: The bundle.
        device: Where it runs.
        is_start: Whether the run starts from it.
        n_bits: Of the new model.
    """

    stored: StoredViews | None = None

    def __init__(self, folder: Path, device: torch.device, *, is_start: bool, n_bits: int) -> None:
        self.manifest, net = load_network(folder)
        net = fold_batch_norms(net, make_probe(_PROBE_PX))
        self.net = net.to(device).to(memory_format=torch.channels_last).requires_grad_(False)
        self.n_features = net.n_features
        self.is_start = is_start
        self.keeps_bits = is_start and self.manifest.n_bits == n_bits
        self.key = self.manifest.model_id
        self._device = device
        self._preparation = Preparation(self.manifest.mean, self.manifest.std, device)

    @torch.no_grad()
    def look(self, batch: Batch) -> Targets:
        """What it says of views uint8 (n, 3, S, S), or of kept features of its own trunk."""
        if batch.inputs.dtype == torch.float16:
            features = pool(self.net.branch_maps(batch.inputs.to(self._device).float()))
        else:
            features = self.net.features(self._images(batch.inputs)).float()
        logits = self.net.logits(features) if self.keeps_bits else None
        return Targets(features, torch.ones(len(features), dtype=torch.bool), logits)

    def logits_of(
        self, squares: NDArray[np.uint8], rows: Rows, token: CancelToken
    ) -> Generator[int, None, Tensor]:
        """What it says of whole photos: the logits of its bits, float32 (n, k), on the CPU.

        Yields:
            How many photos are new since the last time.

        Raises:
            Cancelled: If the token asks for it.
        """
        parts = []
        for start in range(0, len(rows), _PASS):
            token.raise_if_cancelled()
            pixels = torch.from_numpy(squares[rows[start : start + _PASS]]).permute(0, 3, 1, 2)
            with torch.no_grad():
                parts.append(self.net.logits(self.net.features(self._images(pixels))).cpu())
            yield len(pixels)
        return torch.cat(parts)

    def _images(self, views: Tensor) -> Tensor:
        images = self._preparation.images(views)
        size = self.manifest.input_size
        if self.is_start or images.shape[-1] >= size:
            return images
        larger = functional.interpolate(images, size=(size, size), mode="bicubic")
        return larger.contiguous(memory_format=torch.channels_last)


class FileTeacher:
    """What a network once said of views, which are looked at again.

    Args:
        stored: The views and the features.
    """

    is_start = False
    keeps_bits = False

    def __init__(self, stored: StoredViews) -> None:
        self.stored: StoredViews | None = stored
        self.n_features = stored.features.shape[1]
        self.key = stored.key
        self._features = stored.features

    def look(self, batch: Batch) -> Targets:
        """The features of the views of a batch; 0 where a photo has none."""
        views = batch.views if batch.views is not None else np.full(len(batch.rows), -1)
        known = views >= 0
        features = np.zeros((len(views), self.n_features), dtype=np.float32)
        features[known] = self._features[views[known]]
        return Targets(torch.from_numpy(features), torch.from_numpy(known))
