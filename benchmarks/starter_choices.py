"""The measurements behind the starter model's choices, on training photos only.

    python benchmarks/starter_choices.py DATA

DATA is laid out as for `make_starter.py`. Prints how well float features rank photos by how a
photo becomes a square, how well codes do with and without whitening, and how many bits differ
between float32 and bfloat16. Test photos are never read.
"""

import argparse
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import torch
from make_starter import N_BITS, SEED, SETS, describe, read_features
from numpy.typing import NDArray

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.hashing.allocator import keep_freed_memory
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.encoder import load_network
from ahash_desktop.hashing.folding import fold_batch_norms, make_probe
from ahash_desktop.hashing.manifest import RESIZE_MODES
from ahash_desktop.hashing.network import AttentionHashNet
from ahash_desktop.hashing.runner import NetworkRunner
from ahash_desktop.training.ask.dataset import LabelledSet, load_labelled
from ahash_desktop.training.ask.job import DEFAULT_BACKBONE
from ahash_desktop.training.ask.labels import TRAIN
from ahash_desktop.training.data.reading import read_batches
from ahash_desktop.training.judging.metrics import (
    mean_score,
    score_bits,
    score_codes,
    score_features,
)
from ahash_desktop.training.network.fit import fit_pca_itq

EVERY = {"birds_crops": 1, "birds_originals": 1, "cars": 2}
"""Every how many-th photo is taken."""


def training_photos(data: Path) -> dict[str, LabelledSet]:
    """The training photos of each collection, thinned out."""
    found = {}
    for name, chosen in SETS.items():
        whole = load_labelled(data / chosen.labels, {**chosen.where, "split": TRAIN})
        found[name] = LabelledSet(whole.photos[:: EVERY[name]], whole.classes)
    return found


def compare_resizing(net: AttentionHashNet, photos: dict[str, LabelledSet]) -> Iterator[str]:
    """Leave-one-out mAP of float features for each way to make a square."""
    backbone = create_backbone(DEFAULT_BACKBONE, pretrained=True)
    for mode in RESIZE_MODES:
        manifest = replace(describe(backbone), resize_mode=mode)
        told = []
        for name in ("birds_originals", "cars"):
            chosen = photos[name]
            features = read_features(net, [photo.path for photo in chosen.photos], manifest)
            labels = chosen.labels()
            scores = score_features(features, features, labels, labels)
            told.append(f"{name} {mean_score(scores.average_precision):.3f}")
        yield f"{mode:12} " + "  ".join(told)


def compare_whitening(net: AttentionHashNet, photos: dict[str, LabelledSet]) -> Iterator[str]:
    """How codes rank: fitted on one half of the photos, the other half asks it (mAP)."""
    manifest = describe(create_backbone(DEFAULT_BACKBONE, pretrained=True))
    features = {
        name: read_features(net, [photo.path for photo in chosen.photos], manifest)
        for name, chosen in photos.items()
    }
    fitted_on = np.concatenate([found[::2] for found in features.values()])
    for whitening in (0.0, 0.5, 1.0):
        weight, thresholds = fit_pca_itq(fitted_on, N_BITS, SEED, whitening=whitening)
        told = []
        for name, found in features.items():
            activations = np.tanh(found @ weight.T - thresholds)
            codes, labels = pack_activations(activations), photos[name].labels()
            scores = score_codes(codes[1::2], codes[::2], labels[1::2], labels[::2], N_BITS)
            told.append(f"{name} {mean_score(scores.average_precision):.3f}")
        bits = score_bits(np.tanh(fitted_on @ weight.T - thresholds).astype(np.float16))
        told.append(f"correlation {bits.mean_abs_correlation:.3f}")
        yield f"whitening {whitening:.1f}  " + "  ".join(told)


def compare_formats(photos: dict[str, LabelledSet], n_photos: int = 500) -> str:
    """Bits that differ between the number formats, and how much faster bfloat16 is."""
    manifest, net = load_network(shipped_models_folder() / "starter-64")
    net = fold_batch_norms(net, make_probe(manifest.input_size))
    every = [photo.path for chosen in photos.values() for photo in chosen.photos]
    paths = every[:: len(every) // n_photos][:n_photos]
    squares = np.concatenate([batch.squares for batch in read_batches(paths, manifest, 50)])
    activations: list[NDArray[np.float32]] = []
    seconds = []
    for dtype in (torch.float32, torch.bfloat16):
        runner = NetworkRunner(net, manifest, torch.device("cpu"), dtype)
        runner.encode(squares[:8])
        started = time.perf_counter()
        activations.append(runner.encode(squares))
        seconds.append(time.perf_counter() - started)
    differing = ((activations[0] > 0) != (activations[1] > 0)).mean()
    return (
        f"{len(squares)} photos: {differing:.2%} of the bits differ, bfloat16 is "
        f"{seconds[0] / seconds[1]:.2f} times as fast"
    )


def main() -> None:
    """Prints a line for every choice that was looked at."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    keep_freed_memory()
    print(
        f"{date.today()}  {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, torch {torch.__version__}"
    )
    photos = training_photos(options.data)
    print(", ".join(f"{len(chosen.photos)} {name}" for name, chosen in photos.items()))
    backbone = create_backbone(DEFAULT_BACKBONE, pretrained=True)
    net = AttentionHashNet(backbone, n_local=0, n_bits=N_BITS).eval()
    for line in compare_resizing(net, photos):
        print(line)
    for line in compare_whitening(net, photos):
        print(line)
    print(compare_formats(photos))


if __name__ == "__main__":
    main()
