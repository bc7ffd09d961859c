"""Makes `birds-of-the-world`: a hash layer over a backbone that knows birds and rests.

    python -m benchmarks.default_model.looks DATA FOLDER 224 mobilenetv2_100.inat_birds
    python -m benchmarks.default_model.birds_of_the_world DATA FOLDER BUNDLE

The base weights have to be here: `ahash models get birds-of-the-world`. No weight of them gets into
the bundle: what is kept are the changes, and there are none.
"""

import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.base_weights import BIRDS
from ahash_desktop.hashing.bird_network import BACKGROUND, load_classifier
from ahash_desktop.hashing.network import AttentionHashNet
from benchmarks.default_model.code import Looks, Wish
from benchmarks.default_model.finish import Made, make_bundle, silent, tie_bits
from benchmarks.default_model.photos import BIRD, collect
from benchmarks.default_model.recalibrate import recalibrate

SIZE = 224
WISH = Wish(power=0.7, attributes=3.0, n_attributes=60)
JUDGED = ("crops", "birds", "world", "also")
_SURE = 0.9


def load_looks(folder: Path) -> Looks:
    """Features of the birds to learn from, as they are and mirrored."""
    plain = np.load(folder / f"looks_plain_{SIZE}.npy").astype(np.float32)
    about = np.load(folder / "looks_about.npy").astype(np.int64)
    n = len(about)
    return Looks(plain[:n], _none(n), about[:, 0], about[:, 1], plain[n:])


def _none(n: int) -> NDArray[np.float32]:
    """Features of a branch that is not there."""
    return np.zeros((n, 0), dtype=np.float32)


def main(data: Path, folder: Path, bundle: Path, wish: Wish = WISH) -> None:
    """From the kept features to the bundle; prints what was measured on the way."""
    looks = load_looks(folder)
    labels = (folder / "looks_labels.txt").read_text(encoding="utf-8").split("\n")
    fitting, attributes = tie_bits(looks, labels, data, wish)
    layer = fitting.learn()
    backbone = create_backbone(BIRDS.backbone, pretrained=True)
    kinds = load_classifier().kinds
    made = Made(
        AttentionHashNet(backbone, 0, wish.n_bits),
        backbone,
        SIZE,
        {"bird": [row for row, kind in enumerate(kinds) if kind != BACKGROUND]},
        _SURE,
        None,
        tuple(photo for photo in collect(data).learning if photo.domain == BIRD),
        "CUB-200-2011, birds of the world, unlabelled birds",
    )
    make_bundle(made, layer, silent(attributes), bundle)
    manifest = recalibrate(data, bundle, JUDGED)
    print(asdict(wish), manifest.model_id)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*(Path(text) for text in sys.argv[1:4]))
