"""Photos of kinds left out as the product encodes them, small subjects looked at twice."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.preprocess import seen_region, to_input
from ahash_desktop.imaging.decode import decode
from benchmarks.default_model.photos import Photo, collect

_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a model says of photos.

    `u` is float32 (n, k), `kinds` the name of each photo's kind, `domains` what the model takes it
    for.
    """

    u: NDArray[np.float32]
    kinds: NDArray[np.str_]
    domains: NDArray[np.str_]

    def where(self, rows: NDArray) -> "Encoded":
        """Some of the photos."""
        return Encoded(self.u[rows], self.kinds[rows], self.domains[rows])


def encode_judged(data: Path, bundle: Path, names: tuple[str, ...]) -> dict[str, Encoded]:
    """The photos of the kinds left out, by collection."""
    encoder = NetworkEncoder.load(bundle, device="cpu", threads=1)
    judging = collect(data).judging
    return {name: encode(encoder, judging[name]) for name in names}


def encode(encoder: NetworkEncoder, photos: tuple[Photo, ...]) -> Encoded:
    """What the model says of photos."""
    manifest = encoder.manifest
    pictures = []
    for start in range(0, len(photos), _AT_ONCE):
        wholes = [decode(str(photo.path)).pixels for photo in photos[start : start + _AT_ONCE]]
        batch = np.stack([to_input(pixels, manifest) for pixels in wholes])
        seen = [seen_region(pixels, manifest) for pixels in wholes]
        pictures += encoder.look(batch, seen, wholes)
    return Encoded(
        np.stack([picture.activations for picture in pictures]).astype(np.float32),
        np.array([photo.label for photo in photos]),
        np.array([picture.subject.domain if picture.subject else "" for picture in pictures]),
    )


def join(parts: list[Encoded]) -> Encoded:
    """All of them one after the other."""
    return Encoded(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Encoded.__slots__)
    )


def halves(kinds: NDArray[np.str_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Photos of every other kind, by name, to choose by, and those of the others, to judge by."""
    number = np.unique(kinds, return_inverse=True)[1]
    return number % 2 == 0, number % 2 == 1
