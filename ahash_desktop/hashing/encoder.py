"""A model that torch runs, loaded from its bundle."""

import copy
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError

from ahash_desktop.core.codes import Activations, Codes, pack_activations
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import machine_cache_folder
from ahash_desktop.core.records import Evidence, Region
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.bundle import WEIGHTS, read_bundle
from ahash_desktop.hashing.compact import bare, base_id, expand
from ahash_desktop.hashing.device import Run, Verdict, choose_device, judge, recall_verdict
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.looking import PictureEncoder
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.network import (
    AttentionHashNet,
    check_shapes,
    load_weights,
    pretrained_arrays,
)
from ahash_desktop.hashing.pretrained import load_base_classifier
from ahash_desktop.hashing.runner import NetworkRunner
from ahash_desktop.hashing.subject import groups_of

_log = logging.getLogger(__name__)

_PROBE_PX = 448


class LoadedNetwork:
    """The network of a verified bundle, folded, from which runners are made.

    Args:
        folder: The bundle.

    Raises:
        UserFacingError: If the bundle is refused, its network cannot be built or computes no
            numbers.
    """

    def __init__(self, folder: Path) -> None:
        self.manifest, net = load_network(folder)
        self._net = _folded(net, self.manifest, folder)

    def make_runner(self, device: torch.device, dtype: torch.dtype) -> NetworkRunner:
        """The network on a device, its features in a number format, nothing shared."""
        runner = NetworkRunner(copy.deepcopy(self._net), self.manifest, device, dtype)
        _give_classifier(runner, self.manifest)
        return runner

    def make_run(self, device: torch.device, dtype: torch.dtype) -> Run:
        """The same, as a function."""
        return self.make_runner(device, dtype).encode


class NetworkEncoder(PictureEncoder):
    """A model that torch runs: beside codes and explanations it gives features.

    Args:
        manifest: What the model says of itself.
        runner: The network on its device.
    """

    def __init__(self, manifest: BundleManifest, runner: NetworkRunner) -> None:
        dtype = str(runner.dtype).removeprefix("torch.")
        super().__init__(manifest, runner, runner.device.type, dtype)
        self._runner = runner

    @classmethod
    def load(
        cls, folder: Path, *, device: str = "auto", threads: int = 0, checks: Path | None = None
    ) -> "NetworkEncoder":
        """The model in a bundle, verified, on the device that was asked for.

        Args:
            folder: The bundle.
            device: "auto", "cpu", "cuda" or "mps".
            threads: CPU threads; 0 leaves it to torch.
            checks: As for `on_device`.

        Raises:
            UserFacingError: If the bundle is refused, its network cannot be built or computes no
                numbers, or a device asked for by name is not there.
        """
        if threads:
            torch.set_num_threads(threads)
        chosen = choose_device(device)
        return cls.on_device(LoadedNetwork(folder), chosen, checks)

    @classmethod
    def on_device(
        cls, network: LoadedNetwork, device: torch.device, checks: Path | None = None
    ) -> "NetworkEncoder":
        """A loaded network on a device.

        At the first use on a machine an accelerator is compared with the CPU, and bfloat16 with
        float32; the outcome is noted and kept. An accelerator that computes other bits is not
        used.

        Args:
            network: The network.
            device: The device that is wanted.
            checks: The JSON file the outcomes are noted in; None is the machine's cache folder.
        """
        manifest = network.manifest
        notes = checks or machine_cache_folder() / "device_checks.json"

        def verdict_of(where: torch.device) -> Verdict:
            return recall_verdict(
                notes,
                manifest.model_id,
                where,
                lambda: judge(network.make_run, where, manifest.input_size),
            )

        verdict = verdict_of(device)
        if not verdict.is_usable:
            _log.warning("the device %s fails its check: the CPU is used instead", device.type)
            device = torch.device("cpu")
            verdict = verdict_of(device)
        return cls(manifest, network.make_runner(device, verdict.dtype))

    @property
    def batch_size(self) -> int:
        """Pictures in one pass; batches of this size waste nothing."""
        return self._runner.batch_size

    def hash_layer(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """W float32 (n_bits, d) and the thresholds float32 (n_bits,)."""
        net = self._runner.net
        weight = net.projection.weight.detach().float().cpu().numpy().copy()
        return weight, net.thresholds.detach().float().cpu().numpy().copy()

    def encode_with_features(
        self, batch: NDArray[np.uint8]
    ) -> tuple[Codes, Activations, NDArray[np.float32]]:
        """Codes, activations and the features they are made of, from one pass.

        Args:
            batch: uint8 (n, S, S, 3), any n.

        Returns:
            The same as `encode` and `float_features`.

        Raises:
            UserFacingError: If the memory does not even do for one picture.
        """
        exact, features = self._runner.encode_with_features(batch)
        activations = exact.astype(np.float16)
        return pack_activations(activations), activations, features

    def float_features(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The pooled features x that the code is made of.

        Args:
            batch: uint8 (n, S, S, 3), any n.

        Returns:
            float32 (n, d).

        Raises:
            UserFacingError: If the memory does not even do for one picture.
        """
        return self._runner.features(batch)

    def explain(
        self,
        pixels: NDArray[np.uint8],
        bits: Sequence[int],
        region: Region | None = None,
        *,
        input_size: int | None = None,
        alone: bool = False,
    ) -> Evidence:
        """Where in a picture the chosen bits found their evidence, see `PictureEncoder.explain`.

        Args:
            pixels: uint8 (H, W, 3), upright sRGB.
            bits: The chosen bits.
            region: The part of the picture to look at.
            input_size: Side the network looks at. The model's own (None) gives the logits of the
                picture's code; a larger one gives finer maps, exact for their own logits.
            alone: Whether to spare the pass its blank pictures, for logits that may differ from
                the code's in their last digits.

        Raises:
            ValueError: If a bit lies outside `0 … n_bits - 1`.
        """
        size = input_size or self.manifest.input_size
        is_alone = alone or size != self.manifest.input_size
        return self._explained(pixels, bits, region, size, alone=is_alone)


def _folded(net: AttentionHashNet, manifest: BundleManifest, folder: Path) -> AttentionHashNet:
    try:
        return fold_batch_norms(net, make_probe(min(manifest.input_size, _PROBE_PX)))
    except ValueError as error:
        raise UserFacingError(
            "The model's weights give no numbers but infinite ones, so it makes no codes",
            path=folder / WEIGHTS,
            remedy="Get the model again, or choose another one",
        ) from error


def _give_classifier(runner: NetworkRunner, manifest: BundleManifest) -> None:
    """Lets a runner tell the model's domains, if its backbone's classifier is here."""
    if not manifest.domains:
        return
    classifier = load_base_classifier(manifest.backbone)
    if classifier is None:
        _log.info("there is no classifier of %s: subjects are not told", manifest.backbone)
        return
    weight, bias = classifier
    try:
        groups = groups_of(manifest.domains, len(bias))
    except ValueError as error:
        raise UserFacingError(
            f"The model's domains do not fit its backbone ({error})",
            remedy="Get the model again, or choose another one",
        ) from error
    if weight.shape[1] == runner.net.n_branch_features:
        runner.set_classifier(weight, bias, groups)


def load_network(folder: Path) -> tuple[BundleManifest, AttentionHashNet]:
    """The network of a verified bundle in float32 on the CPU, in evaluation mode.

    Raises:
        UserFacingError: If the bundle is refused or its weights do not fit its backbone.
    """
    manifest, weights = read_bundle(folder)
    is_change = bool(manifest.base_id)
    backbone = create_backbone(
        manifest.backbone,
        pretrained=is_change,
        may_download=False,
        # Of whole weights each takes a byte at least; changes are few, of what is here anyway.
        most_parameters=None if is_change else len(weights),
    )
    net = AttentionHashNet(backbone, manifest.n_local, manifest.n_bits, manifest.local_refine)
    base = pretrained_arrays(net) if is_change else {}
    if is_change and base_id(base) != manifest.base_id:
        raise UserFacingError(
            f"The model needs other pretrained weights of {manifest.backbone} than are here",
            path=folder / WEIGHTS,
            remedy="Install the program anew, or choose another model",
        )
    try:
        arrays = safetensors.numpy.load(weights)
        check_shapes(net, base | bare(arrays))
        load_weights(net, expand(arrays, base))
    except (ValueError, SafetensorError) as error:
        raise UserFacingError(
            f"The model's weights do not fit its backbone {manifest.backbone} ({error})",
            path=folder / WEIGHTS,
            remedy="Get the model again, or choose another one",
        ) from error
    net.thresholds.copy_(torch.tensor(manifest.thresholds, dtype=torch.float32))
    return manifest, net.eval()
