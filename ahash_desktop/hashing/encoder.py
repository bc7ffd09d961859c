"""The one object that turns pixels into codes and explanations."""

import copy
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError

from ahash_desktop.core.codes import Activations, Codes, pack_activations
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import machine_cache_folder
from ahash_desktop.core.records import (
    OTHER,
    WHOLE_PICTURE,
    EncodedPicture,
    Evidence,
    Region,
    Subject,
)
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.bundle import WEIGHTS, read_bundle
from ahash_desktop.hashing.compact import bare, base_id, expand
from ahash_desktop.hashing.device import Run, Verdict, choose_device, judge, recall_verdict
from ahash_desktop.hashing.evidence import evidence_maps
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.network import (
    AttentionHashNet,
    check_shapes,
    load_weights,
    pretrained_arrays,
)
from ahash_desktop.hashing.preprocess import resize_square, seen_region, to_input
from ahash_desktop.hashing.pretrained import load_base_classifier
from ahash_desktop.hashing.runner import NetworkRunner
from ahash_desktop.hashing.second_look import find_part, read_second_look
from ahash_desktop.hashing.subject import groups_of, make_subject, place_box, tell_domain

_log = logging.getLogger(__name__)

_PROBE_PX = 448


class NetworkEncoder:
    """A loaded model on its device.

    The code of a picture does not depend on the pictures it is encoded together with.

    Args:
        manifest: What the model says of itself.
        runner: The network on its device.
    """

    def __init__(self, manifest: BundleManifest, runner: NetworkRunner) -> None:
        self.manifest = manifest
        self._runner = runner
        self._second_look = read_second_look(manifest.second_look)

    @classmethod
    def load(
        cls, folder: Path, *, device: str = "auto", threads: int = 0, checks: Path | None = None
    ) -> "NetworkEncoder":
        """The model in a bundle, verified, on the device that was asked for.

        At the first use on a machine an accelerator is compared with the CPU, and bfloat16 with
        float32; the outcome is noted and kept. An accelerator that computes other bits is not
        used.

        Args:
            folder: The bundle.
            device: "auto", "cpu", "cuda" or "mps".
            threads: CPU threads; 0 leaves it to torch.
            checks: The JSON file the outcomes are noted in; None is the machine's cache folder.

        Raises:
            UserFacingError: If the bundle is refused, its network cannot be built or computes no
                numbers, or a device asked for by name is not there.
        """
        if threads:
            torch.set_num_threads(threads)
        chosen = choose_device(device)
        manifest, net = load_network(folder)
        net = _folded(net, manifest, folder)

        def make_runner(where: torch.device, dtype: torch.dtype) -> NetworkRunner:
            runner = NetworkRunner(copy.deepcopy(net), manifest, where, dtype)
            _give_classifier(runner, manifest)
            return runner

        def make_run(where: torch.device, dtype: torch.dtype) -> Run:
            return make_runner(where, dtype).encode

        notes = checks or machine_cache_folder() / "device_checks.json"

        def verdict_of(where: torch.device) -> Verdict:
            return recall_verdict(
                notes, manifest.model_id, where, lambda: judge(make_run, where, manifest.input_size)
            )

        verdict = verdict_of(chosen)
        if not verdict.is_usable:
            _log.warning("the device %s fails its check: the CPU is used instead", chosen.type)
            chosen = torch.device("cpu")
            verdict = verdict_of(chosen)
        return cls(manifest, make_runner(chosen, verdict.dtype))

    @property
    def device(self) -> str:
        """Where the network runs: "cpu", "cuda" or "mps"."""
        return self._runner.device.type

    @property
    def dtype(self) -> str:
        """What the features are computed in: "float32" or "bfloat16"."""
        return str(self._runner.dtype).removeprefix("torch.")

    @property
    def batch_size(self) -> int:
        """Pictures in one pass; batches of this size waste nothing."""
        return self._runner.batch_size

    def hash_layer(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """W float32 (n_bits, d) and the thresholds float32 (n_bits,)."""
        net = self._runner.net
        weight = net.projection.weight.detach().float().cpu().numpy().copy()
        return weight, net.thresholds.detach().float().cpu().numpy().copy()

    def encode(self, batch: NDArray[np.uint8]) -> tuple[Codes, Activations]:
        """Codes and activations of pictures.

        Args:
            batch: uint8 (n, S, S, 3) as `hashing.preprocess.to_input` makes them, any n.

        Returns:
            Codes uint8 (n, ceil(n_bits / 8)), big-endian bits, and activations float16
            (n, n_bits) in -1 … 1; a bit is on where its activation is > 0.

        Raises:
            UserFacingError: If the memory does not even do for one picture.
        """
        activations = self._runner.encode(batch).astype(np.float16)
        return pack_activations(activations), activations

    @property
    def looks_twice(self) -> bool:
        """Whether `look` looks at small subjects again, if it is given whole pictures."""
        return self._second_look is not None and self._runner.tells_domains

    def look(
        self,
        batch: NDArray[np.uint8],
        seen: Sequence[Region] | None = None,
        wholes: Sequence[NDArray[np.uint8] | None] = (),
    ) -> list[EncodedPicture]:
        """Codes and activations of pictures, and what they are of.

        Args:
            batch: As for `encode`.
            seen: Where in each picture its square lies; None means that it is all of it.
            wholes: The whole pictures, uint8 (H, W, 3), of which a model that looks twice looks
                again at those with small subjects; None where once is to be enough.

        Returns:
            One for each; its subject is None where the model does not tell.

        Raises:
            UserFacingError: If the memory does not even do for one picture.
        """
        manifest = self.manifest
        if not self._runner.tells_domains:
            codes, activations = self.encode(batch)
            return [EncodedPicture(*both) for both in zip(codes, activations, strict=True)]
        exact, shares, maps = self._runner.look(batch)
        activations = exact.astype(np.float16)
        codes = pack_activations(activations)
        follows = manifest.subject_map if maps is not None else None
        pictures = []
        for row in range(len(batch)):
            subject = make_subject(
                shares[row],
                None if maps is None or follows is None else maps[row, follows],
                tuple(manifest.domains),
                manifest.domain_sure,
                manifest.subject_level,
                WHOLE_PICTURE if seen is None else seen[row],
            )
            pictures.append(EncodedPicture(codes[row], activations[row], subject))
        if self._second_look is not None and maps is not None and follows is not None:
            self._look_again(pictures, maps[:, follows], seen, wholes)
        return pictures

    def _look_again(
        self,
        pictures: list[EncodedPicture],
        maps: NDArray[np.float32],
        seen: Sequence[Region] | None,
        wholes: Sequence[NDArray[np.uint8] | None],
    ) -> None:
        """Puts the code of the part in place of that of the whole, where a subject is small."""
        manifest, wish = self.manifest, self._second_look
        if wish is None:
            return
        where = [WHOLE_PICTURE] * len(pictures) if seen is None else seen
        parts: dict[int, Region] = {}
        squares = []
        for row, whole in enumerate(wholes):
            if whole is None:
                continue
            part = find_part(wish, maps[row], where[row], whole.shape[1], whole.shape[0])
            if part is not None:
                parts[row] = part
                squares.append(to_input(whole, manifest, part))
        if not parts:
            return
        exact, shares, _ = self._runner.look(np.stack(squares), few=True)
        activations = exact.astype(np.float16)
        codes = pack_activations(activations)
        for again, (row, part) in enumerate(parts.items()):
            domain, sure = tell_domain(shares[again], tuple(manifest.domains), manifest.domain_sure)
            if domain == OTHER:  # there is nothing there that the model knows
                continue
            box = place_box(maps[row], manifest.subject_level, where[row])
            pictures[row] = replace(
                pictures[row],
                code=codes[again],
                activations=activations[again],
                subject=Subject(domain, sure, box),
                part=part,
            )

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
        """Where in a picture the chosen bits found their evidence.

        Args:
            pixels: uint8 (H, W, 3), upright sRGB.
            bits: The chosen bits.
            region: The part of the picture to look at; None is what its code is of, which is all
                of it unless the model looks twice.
            input_size: Side the network looks at. The model's own (None) gives the logits of the
                picture's code; a larger one gives finer maps, exact for their own logits.
            alone: Whether to spare the pass its blank pictures, for logits that may differ from
                the code's in their last digits.

        Returns:
            The picture, and maps over the part of it that the network sees.

        Raises:
            ValueError: If a bit lies outside `0 … n_bits - 1`.
        """
        outside = [bit for bit in bits if not 0 <= bit < self.manifest.n_bits]
        if outside:
            raise ValueError(f"bit {outside[0]} is outside 0 … {self.manifest.n_bits - 1}")
        manifest = self.manifest
        size = input_size or manifest.input_size
        if region is None and self.looks_twice:
            first = resize_square(
                pixels, manifest.input_size, manifest.resize_mode, manifest.interpolation
            )
            region = self.look(first[np.newaxis], [seen_region(pixels, manifest)], [pixels])[0].part
        square = resize_square(pixels, size, manifest.resize_mode, manifest.interpolation, region)
        n_rows = 1 if alone or size != manifest.input_size else self.batch_size
        maps, logits = self._runner.feature_maps(square, n_rows)
        with torch.inference_mode():
            evidence = evidence_maps(self._runner.net, maps, bits)
        return Evidence(
            bits=tuple(bits),
            logits=logits[0].cpu().numpy()[list(bits)],
            maps=evidence[0].cpu().numpy(),
            picture=pixels,
            seen=seen_region(pixels, manifest, region),
        )


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
