"""Codes of real photos, and many more like them, for measuring searches."""

import os
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations
from ahash_desktop.core.paths import shipped_models_folder

ASKING_SHARE = 0.2
PER_KIND = 10
MODELS = {64: "starter-64", 96: "birds-and-cars-128", 128: "birds-and-cars-128"}


@dataclass(frozen=True)
class Kind:
    """Real photos' activations, float16 (n, n_bits); others that ask; how often a bit differs.

    `rates` float64 (n_bits,) is the share of pairs of photos of one kind in which a bit differs.
    """

    activations: Activations
    asked: Activations
    rates: NDArray[np.float64]

    def expanded(self, n_codes: int, rng: np.random.Generator) -> Activations:
        """So many, each a real one with its bits flipped at these rates."""
        chosen = self.activations[rng.integers(0, len(self.activations), n_codes)]
        flips = rng.random(chosen.shape, dtype=np.float32) < self.rates.astype(np.float32)
        return np.where(flips, -chosen, chosen)


def read_kinds(n_bits: int, n_photos: int) -> Kind | None:
    """Birds encoded by a shipped model; None, with a word, without `AHASH_DATA`."""
    data = os.environ.get("AHASH_DATA")
    if not data:
        print("AHASH_DATA is not set: no real codes")
        return None
    folders = sorted((Path(data) / "birds" / "crops").iterdir())
    paths, labels = [], []
    step = max(1, len(folders) * PER_KIND // n_photos)
    for label, folder in enumerate(folders[::step]):
        some = sorted(folder.glob("*.jpg"))[:PER_KIND]
        paths += some
        labels += [label] * len(some)
    activations = _encode(paths[:n_photos], n_bits)
    rows = np.array(labels[:n_photos])
    is_asking = np.arange(len(rows)) % PER_KIND < PER_KIND * ASKING_SHARE
    differing = [
        (activations[a] > 0) != (activations[b] > 0)
        for label in np.unique(rows)
        for a, b in combinations(np.flatnonzero(rows == label), 2)
    ]
    rates = np.mean(differing, axis=0)
    print(f"{len(rows)} photos; {n_bits} bits differ in {rates.mean():.1%} within a kind")
    return Kind(activations[~is_asking], activations[is_asking], rates)


def _encode(paths: list[Path], n_bits: int) -> Activations:
    from ahash_desktop.hashing.encoder import NetworkEncoder
    from ahash_desktop.hashing.preprocess import to_input
    from ahash_desktop.imaging.decode import decode

    encoder = NetworkEncoder.load(shipped_models_folder() / MODELS[n_bits], device="cpu", threads=1)
    found = []
    for start in range(0, len(paths), 32):
        inputs = [
            to_input(decode(str(path)).pixels, encoder.manifest)
            for path in paths[start : start + 32]
        ]
        found.append(encoder.encode(np.stack(inputs))[1])
    return np.ascontiguousarray(np.concatenate(found)[:, :n_bits])
