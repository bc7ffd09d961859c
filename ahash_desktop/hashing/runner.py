"""Running the network over pictures on one device, in batches of one fixed shape."""

import logging
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.evidence import evidence_maps
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
        self._classifier: tuple[Tensor, ...] = ()
        self._sides: dict[int, int] = {}

    @property
    def tells_domains(self) -> bool:
        """Whether `set_classifier` was called."""
        return bool(self._classifier)

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

    def set_classifier(
        self, weight: NDArray[np.float32], bias: NDArray[np.float32], groups: NDArray[np.float32]
    ) -> None:
        """Takes the backbone's own classifier, by which `look` tells what a picture is of.

        Args:
            weight: float32 (n_classes, D), over the pooled features of the global branch.
            bias: float32 (n_classes,).
            groups: Which classes belong to each domain: float32 (n_classes, n_domains).
        """
        self._classifier = tuple(
            torch.from_numpy(array).to(self.device) for array in (weight, bias, groups)
        )

    def look(
        self, batch: NDArray[np.uint8], *, few: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
        """Activations u, and what the pictures are of, from one pass.

        Args:
            batch: uint8 (n, S, S, 3), any n.
            few: Whether there are so few that passes of a quarter of the pictures are to spare
                blank ones; the last digits of u may differ for that.

        Returns:
            float32 (n, n_bits), the same as `encode` gives; the probability of each domain float32
            (n, n_domains), without a classifier of none; and the attention maps float32 (n, M, h,
            w), None for a network without.

        Raises:
            UserFacingError: If the memory does not even do for one picture.
        """
        net = self.net

        def forward(images: Tensor) -> Tensor:
            logits, shares, maps, _ = self.see(images)
            told = [torch.tanh(logits), shares]
            if maps is not None:
                told.append(maps.float().flatten(1))
            return torch.cat(told, dim=1)

        n_domains = self._classifier[2].shape[1] if self._classifier else 0
        side = self._attention_side(batch.shape[1])
        n_cells = net.n_local * side * side
        n_rows = max(1, self.batch_size // 4) if few else None
        both = self._run(forward, batch, net.n_bits + n_domains + n_cells, n_rows)
        split = net.n_bits + n_domains
        cells = both[:, split:].reshape(len(batch), net.n_local, side, side) if n_cells else None
        return both[:, : net.n_bits], both[:, net.n_bits : split], cells

    def see(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
        """All that the network finds in images.

        Args:
            images: float (n, 3, S, S), as `normalised` gives them.

        Returns:
            The logits, of which u is the tanh, float32 (n, n_bits); the probability of each domain
            float32 (n, n_domains); the attention maps (n, M, h, w), None for a network without;
            the features before pooling (n, M + 1, D, h, w).
        """
        net = self.net
        shared = net.trunk(images)
        attention = net.attention(shared) if net.attention is not None else None
        maps = net.branch_maps(shared, attention)
        features = pool(maps)
        shares = self._domain_shares(features)
        return net.logits(features), shares, attention, maps

    def _domain_shares(self, features: Tensor) -> Tensor:
        """Softmax of the classifier over the global branch, summed by domain, float32."""
        if not self._classifier:
            return features[:, :0]
        weight, bias, groups = self._classifier
        whole = features[:, -weight.shape[1] :]
        shares: Tensor = torch.softmax(whole @ weight.T + bias, dim=1) @ groups
        return shares

    def _attention_side(self, size_px: int) -> int:
        """How many cells a side of the attention maps has for pictures of that size."""
        if size_px not in self._sides:
            with torch.inference_mode():
                blank = np.zeros((1, size_px, size_px, 3), np.uint8)
                self._sides[size_px] = int(self.net.trunk(self._images(blank, 1)).shape[-1])
        return self._sides[size_px]

    def evidence(
        self, picture: NDArray[np.uint8], bits: Sequence[int], *, alone: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where in one picture bits found their evidence, see `looking.Runner`.

        Args:
            picture: uint8 (S, S, 3), S as it comes.
            bits: The chosen bits.
            alone: Whether the pass has no blank pictures beside this one; only with them are the
                logits the very ones of `encode`.

        Returns:
            Maps float32 (len(bits), h, w) and logits float32 (len(bits),).
        """
        n_rows = 1 if alone else self.batch_size
        with torch.inference_mode():
            maps = self.net.feature_maps(self._images(picture[None], n_rows))[:1]
            logits = self.net.logits(pool(maps))
            evidence = evidence_maps(self.net, maps, bits)
        return evidence[0].cpu().numpy(), logits[0].cpu().numpy()[list(bits)]

    def _run(
        self,
        forward: Callable[[Tensor], Tensor],
        batch: NDArray[np.uint8],
        width: int,
        n_rows: int | None = None,
    ) -> NDArray[np.float32]:
        """Passes of `n_rows` pictures, as many as usual by default."""
        results = np.empty((len(batch), width), np.float32)
        done = 0
        while done < len(batch):
            size = min(n_rows or self.batch_size, self.batch_size)
            part = batch[done : done + size]
            rows = self._try_pass(forward, part, size)
            if rows is None:
                self._halve()
                continue
            results[done : done + len(part)] = rows
            done += len(part)
        return results

    def _try_pass(
        self, forward: Callable[[Tensor], Tensor], part: NDArray[np.uint8], n_rows: int
    ) -> NDArray[np.float32] | None:
        """One pass; None if the memory did not do."""
        try:
            with torch.inference_mode():
                rows = forward(self._images(part, n_rows))
                found: NDArray[np.float32] = rows[: len(part)].float().cpu().numpy()
                return found
        except (RuntimeError, MemoryError) as error:
            if is_shortage(error):
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
        return self.normalised(torch.from_numpy(padded).to(self.device))

    def normalised(self, pixels: Tensor) -> Tensor:
        """What the network takes: float (n, 3, S, S), of pictures uint8 (n, S, S, 3)."""
        images = pixels.permute(0, 3, 1, 2).float()
        return ((images / 255 - self._mean) / self._std).to(self.dtype)


def is_shortage(error: RuntimeError | MemoryError) -> bool:
    """Whether memory ran out; the CPU's allocator says so in words only."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error).lower() for words in _SHORTAGE_WORDS)
