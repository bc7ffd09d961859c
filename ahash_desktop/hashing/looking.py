"""What a loaded model does with pictures, whatever runs its network; no torch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Codes, pack_activations
from ahash_desktop.core.records import (
    OTHER,
    WHOLE_PICTURE,
    EncodedPicture,
    Evidence,
    Region,
    Subject,
)
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.preprocess import resize_square, seen_region, to_input
from ahash_desktop.hashing.second_look import find_part, read_second_look
from ahash_desktop.hashing.subject import make_subject, place_box, tell_domain


class Runner(Protocol):
    """A network on a device. Batches are uint8 (n, S, S, 3), n as it comes."""

    @property
    def tells_domains(self) -> bool:
        """Whether `look` says what pictures are of."""

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Activations u, float32 (n, n_bits) in -1 … 1."""

    def look(
        self, batch: NDArray[np.uint8], *, few: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
        """Activations, the probability of each domain, and the attention maps.

        Args:
            batch: The pictures.
            few: Whether there are so few that small passes are to spare blank pictures.

        Returns:
            float32 (n, n_bits), (n, n_domains), and (n, M, h, w) or None.
        """

    def evidence(
        self, picture: NDArray[np.uint8], bits: Sequence[int], *, alone: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where in one picture bits found their evidence.

        Args:
            picture: uint8 (S, S, 3).
            bits: The chosen bits.
            alone: Whether logits may differ from those of the code in their last digits, for a
                smaller pass.

        Returns:
            Maps float32 (len(bits), h, w) and logits float32 (len(bits),), their means.
        """


class PictureEncoder:
    """A loaded model on its device.

    The code of a picture does not depend on the pictures it is encoded together with.

    Args:
        manifest: What the model says of itself.
        runner: The network on its device.
        device: Where that is: "cpu", "cuda" or "mps".
        dtype: What the features are computed in: "float32" or "bfloat16".
    """

    def __init__(self, manifest: BundleManifest, runner: Runner, device: str, dtype: str) -> None:
        self.manifest = manifest
        self._device, self._dtype = device, dtype
        self._eyes = runner
        self._second_look = read_second_look(manifest.second_look)

    @property
    def device(self) -> str:
        """Where the network runs: "cpu", "cuda" or "mps"."""
        return self._device

    @property
    def dtype(self) -> str:
        """What the features are computed in: "float32" or "bfloat16"."""
        return self._dtype

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
        activations = self._eyes.encode(batch).astype(np.float16)
        return pack_activations(activations), activations

    @property
    def looks_twice(self) -> bool:
        """Whether `look` looks at small subjects again, if it is given whole pictures."""
        return self._second_look is not None and self._eyes.tells_domains

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
        if not self._eyes.tells_domains:
            codes, activations = self.encode(batch)
            return [EncodedPicture(*both) for both in zip(codes, activations, strict=True)]
        exact, shares, maps = self._eyes.look(batch)
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
        exact, shares, _ = self._eyes.look(np.stack(squares), few=True)
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

    def explain(
        self, pixels: NDArray[np.uint8], bits: Sequence[int], region: Region | None = None
    ) -> Evidence:
        """Where in a picture the chosen bits found their evidence.

        Args:
            pixels: uint8 (H, W, 3), upright sRGB.
            bits: The chosen bits.
            region: The part of the picture to look at; None is what its code is of, which is all
                of it unless the model looks twice.

        Returns:
            The picture, and maps over the part of it that the network sees; the logits are those of
            the picture's code.

        Raises:
            ValueError: If a bit lies outside `0 … n_bits - 1`.
        """
        return self._explained(pixels, bits, region, self.manifest.input_size, alone=False)

    def _explained(
        self,
        pixels: NDArray[np.uint8],
        bits: Sequence[int],
        region: Region | None,
        size: int,
        *,
        alone: bool,
    ) -> Evidence:
        manifest = self.manifest
        outside = [bit for bit in bits if not 0 <= bit < manifest.n_bits]
        if outside:
            raise ValueError(f"bit {outside[0]} is outside 0 … {manifest.n_bits - 1}")
        if region is None and self.looks_twice:
            first = to_input(pixels, manifest)
            region = self.look(first[np.newaxis], [seen_region(pixels, manifest)], [pixels])[0].part
        square = resize_square(pixels, size, manifest.resize_mode, manifest.interpolation, region)
        maps, logits = self._eyes.evidence(square, bits, alone=alone)
        return Evidence(
            bits=tuple(bits),
            logits=logits,
            maps=maps,
            picture=pixels,
            seen=seen_region(pixels, manifest, region),
        )
