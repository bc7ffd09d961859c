"""Running the network over pictures on one device, in batches of one fixed shape."""

import logging
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.network import AttentionHashNet, pool

_log = logging.getLogger(__name__)

CPU_BATCH = 8
ACCELERATOR_BATCH = 32
_FULL_BATCH_PX = 448
_SHORTAGE_WORDS = ("out of memory", "not enough memory", "allocate memory")


def batch_size_for(device: torch.device, input_size: int) -> int:
    """Pictures in one pass: the fewer the larger they are, so that memory stays within bounds."""
    most = CPU_BATCH if device.type == "cpu" else ACCELERATOR_BATCH
    return max(1, min(most, most * _FULL_BATCH_PX**2 // input_size**2))


class NetworkRunner:
    """Feeds uint8 pictures to a network on one device.

    Matrix kernels choose their order of summation by the shape of the batch, so the last bits of
    a feature can depend on how many pictures share it (seen on a CPU in float32 between one
    picture and several). Every pass therefore has the same number of pictures; missing ones are
    filled up with zeros. Only running out of memory makes that number smaller.

    Args:
        net: In evaluation mode. It is moved to the device, its features to `dtype`; W and the
            thresholds stay float32.
        manifest: Gives mean and std.
        device: Where to compute.
        dtype: What the features are computed in.
    """

    def __init__(
        self,
        net: AttentionHashNet,
        manifest: BundleManifest,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.device = device
        self.dtype = dtype
        self.batch_size = batch_size_for(device, manifest.input_size)
        self.net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks device with memory_format
        for part in (net.trunk, net.attention, net.refine_local, net.refine_global):
            if part is not None:
                part.to(dtype)
        shape = (1, 3, 1, 1)
        self._mean = torch.tensor(manifest.mean, device=device).reshape(shape)
        self._std = torch.tensor(manifest.std, device=device).reshape(shape)

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Activations u.

        Args:
            batch: uint8 (n, S, S, 3), any n.

        Returns:
            float32 (n, n_bits) in -1 … 1.

        Raises:
            UserFacingError: If the memory does not even do for one picture.
        """
        return self._run(self.net, batch, self.net.n_bits)

    def features(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pooled features x.

        Args:
            batch: uint8 (n, S, S, 3), any n.

        Returns:
            float32 (n, d).

        Raises:
            UserFacingError: If the memory does not even do for one picture.
        """
        return self._run(self.net.features, batch, self.net.n_features)

    def encode_with_features(
        self, batch: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Activations u and pooled features x from one pass.

        Args:
            batch: uint8 (n, S, S, 3), any n.

        Returns:
            float32 (n, n_bits), the same as `encode` gives, and float32 (n, d).

        Raises:
            UserFacingError: If the memory does not even do for one picture.
        """
        net = self.net

        def forward(images: Tensor) -> Tensor:
            features = net.features(images)
            return torch.cat([torch.tanh(net.logits(features)), features], dim=1)

        both = self._run(forward, batch, net.n_bits + net.n_features)
        return both[:, : net.n_bits], both[:, net.n_bits :]

    def feature_maps(self, picture: NDArray[np.uint8], n_rows: int) -> tuple[Tensor, Tensor]:
        """Features of one picture before pooling, and its logits.

        Args:
            picture: uint8 (S, S, 3).
            n_rows: Pictures in the pass, the others blank; `batch_size` gives the very logits of
                `encode`.

        Returns:
            float (1, M + 1, D, h, w) and float32 (1, n_bits), both on the device.
        """
        with torch.inference_mode():
            maps = self.net.feature_maps(self._images(picture[None], n_rows))
            return maps[:1], self.net.logits(pool(maps))[:1]

    def _run(
        self, forward: Callable[[Tensor], Tensor], batch: NDArray[np.uint8], width: int
    ) -> NDArray[np.float32]:
        results = np.empty((len(batch), width), np.float32)
        done = 0
        while done < len(batch):
            part = batch[done : done + self.batch_size]
            rows = self._try_pass(forward, part)
            if rows is None:
                self._halve()
                continue
            results[done : done + len(part)] = rows
            done += len(part)
        return results

    def _try_pass(
        self, forward: Callable[[Tensor], Tensor], part: NDArray[np.uint8]
    ) -> NDArray[np.float32] | None:
        """One pass; None if the memory did not do."""
        try:
            with torch.inference_mode():
                rows = forward(self._images(part, self.batch_size))
                found: NDArray[np.float32] = rows[: len(part)].float().cpu().numpy()
                return found
        except (RuntimeError, MemoryError) as error:
            if _is_shortage(error):
                return None
            raise

    def _halve(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.batch_size == 1:
            raise UserFacingError(
                f"The memory of the device {self.device.type!r} does not do for one picture",
                remedy="Close other programs, or choose the device 'cpu'",
            )
        self.batch_size //= 2
        _log.warning("memory ran out: the batch is now %d pictures", self.batch_size)

    def _images(self, part: NDArray[np.uint8], n_rows: int) -> Tensor:
        """Normalised images on the device: float (n_rows, 3, S, S), channels last."""
        padded = np.zeros((n_rows, *part.shape[1:]), np.uint8)
        padded[: len(part)] = part
        images = torch.from_numpy(padded).to(self.device).permute(0, 3, 1, 2).float()
        return ((images / 255 - self._mean) / self._std).to(self.dtype)


def _is_shortage(error: RuntimeError | MemoryError) -> bool:
    """Whether memory ran out; the CPU's allocator says so in words only."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error).lower() for words in _SHORTAGE_WORDS)
