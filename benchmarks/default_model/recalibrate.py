"""Sets anew what the bits of a bundle may say and what its scores are worth; no code changes.

python -m benchmarks.default_model.recalibrate DATA BUNDLE
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from ahash_desktop.hashing.bundle import MANIFEST, read_bundle
from ahash_desktop.hashing.manifest import BundleManifest, format_manifest
from benchmarks.default_model.encoded import Encoded, encode_judged
from benchmarks.default_model.judge import cosine, leave_one_out
from benchmarks.default_model.nearness import closeness_curve
from benchmarks.default_model.speaking import Speech, let_speak

JUDGED = ("crops", "birds", "world", "cars", "also")


def recalibrate(data: Path, bundle: Path, names: tuple[str, ...] = JUDGED) -> BundleManifest:
    """By photos of kinds that were left out, as the bundle encodes them."""
    manifest, _ = read_bundle(bundle)
    encoded = encode_judged(data, bundle, names)
    for name, photos in encoded.items():
        tell(name, photos)
    silent = Speech(manifest.bit_names, manifest.bit_names_zh, manifest.bit_attributes)
    speech = let_speak(silent, encoded, data)
    told = replace(
        manifest,
        bit_domains=speech.domains,
        says_has=speech.says_has,
        says_has_not=speech.says_has_not,
        says_confidence=speech.confidence,
        closeness_curve=closeness_curve(encoded),
    )
    (bundle / MANIFEST).write_bytes(format_manifest(told))
    return told


def tell(name: str, photos: Encoded) -> None:
    """Prints how kinds that were left out are found by codes and by strength."""
    ways = np.where(photos.u > 0, 1.0, -1.0), photos.u
    by = [f"{leave_one_out(cosine(way), photos.kinds):.3f}" for way in ways]
    print(f"{name:6} {len(photos.kinds):5} photos: codes {by[0]}, strength {by[1]}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    recalibrate(*(Path(text) for text in sys.argv[1:3]))
