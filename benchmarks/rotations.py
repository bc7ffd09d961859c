"""Whether a rotation of the hash layer gives bits a meaning without a table of attributes.

    python benchmarks/rotations.py DATA WORK

DATA and WORK are as for `hash_quality.py`. Features of the pretrained network at 128 px, training
photos of birds: a quarter is kept back and asks the rest. The hash layer is that which training
begins with (`losses/class_codes.py`), and only its rotation varies: that of ITQ, none, varimax
(sparse loadings) and independent components. The table of attributes only judges.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from hash_quality import open_collection
from numpy.typing import NDArray

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.hashing.backbone import create_backbone
from ahash_desktop.hashing.network import AttentionHashNet
from ahash_desktop.training.ask.job import DEFAULT_BACKBONE
from ahash_desktop.training.ask.labels import TRAIN
from ahash_desktop.training.data.attribute_table import load_attributes
from ahash_desktop.training.data.augment import normalise
from ahash_desktop.training.judging.bit_meanings import Observed, find_meanings
from ahash_desktop.training.judging.metrics import mean_score, score_codes
from ahash_desktop.training.losses.class_codes import fit_class_codes
from ahash_desktop.training.network.fit import principal_directions

COLLECTION = "birds"
BITS = 48
TABLE = "birds/class_attribute_labels_continuous.txt"
BATCH = 32
KEPT_BACK = 0.25
STEEPNESS = 2.0
N_ITERATIONS = 200

Floats = NDArray[np.float64]


def varimax(reduced: Floats) -> Floats:
    """The rotation with the sparsest loadings (Kaiser 1958)."""
    rotation = np.eye(reduced.shape[1])
    for _ in range(N_ITERATIONS):
        turned = reduced @ rotation
        left, _, right = np.linalg.svd(reduced.T @ (turned**3 - turned * (turned**2).mean(axis=0)))
        rotation = left @ right
    return rotation


def independent_components(reduced: Floats) -> Floats:
    """The rotation of whitened data to its independent components (FastICA, tanh)."""
    deviations = reduced.std(axis=0)
    white = reduced / deviations
    n_bits = white.shape[1]
    rows = np.linalg.qr(np.random.default_rng(0).standard_normal((n_bits, n_bits)))[0]
    for _ in range(N_ITERATIONS):
        bent = np.tanh(white @ rows.T)
        left, _, right = np.linalg.svd(
            bent.T @ white / len(white) - (1 - bent**2).mean(axis=0)[:, None] * rows
        )
        rows = left @ right
    turned: Floats = rows.T / deviations[:, None]
    return turned


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    collection = open_collection(COLLECTION, arguments.data, arguments.work)
    classes = collection.labelled.classes
    rows = collection.rows(TRAIN, frozenset(classes))
    backbone = create_backbone(DEFAULT_BACKBONE, pretrained=True)
    net = AttentionHashNet(backbone, n_local=0, n_bits=BITS).eval()
    parts = []
    for start in range(0, len(rows), BATCH):
        squares = torch.from_numpy(collection.squares.to_encode[rows[start : start + BATCH]])
        with torch.no_grad():
            pictures = normalise(squares.permute(0, 3, 1, 2), backbone.mean, backbone.std)
            parts.append(net.features(pictures).numpy())
    features = np.concatenate(parts)
    labels = collection.labelled.labels()[rows]
    table = load_attributes(arguments.data / TABLE, classes)
    kept_back = np.random.default_rng(0).random(len(rows)) < KEPT_BACK
    known, asked = features[~kept_back], features[kept_back]
    weight = fit_class_codes(known, labels[~kept_back], len(classes), BITS, 0).weight
    # What the rows of W span, along its principal directions: the ground of all rotations.
    logits = (known - known.mean(axis=0)) @ weight.T
    _, directions, _ = principal_directions(logits, BITS)
    axes = logits.astype(np.float64) @ directions
    rotations = {
        "ITQ (as it is)": directions.T,
        "none": np.eye(BITS),
        "varimax": varimax(axes),
        "independent components": independent_components(axes),
    }
    print("| rotation | mAP | bits that mean an attribute |\n|---|---|---|")
    for name, rotation in rotations.items():
        turn = weight.T.astype(np.float64) @ directions @ rotation
        turned = [(part - known.mean(axis=0)) @ turn for part in (known, asked)]
        scale = STEEPNESS / turned[0].std(axis=0)
        database, queries = (np.tanh(part * scale).astype(np.float16) for part in turned)
        scores = score_codes(
            pack_activations(queries),
            pack_activations(database),
            labels[kept_back],
            labels[~kept_back],
            BITS,
        )
        meanings = find_meanings(
            Observed(database, known, labels[~kept_back]),
            Observed(queries, asked, labels[kept_back]),
            table,
        )
        found = mean_score(scores.average_precision)
        print(f"| {name} | {found:.3f} | {meanings.share_meaningful:.0%} |", flush=True)


if __name__ == "__main__":
    main()
