"""What helps beyond one pass: mirrored photos, asymmetric ranking, and looking closer.

    python benchmarks/closer.py DATA BUNDLE [--only-classes FILE]

Whole photos of birds, official split: test photos ask, training photos are the database. Looking
closer is a second pass over the part of a photo that the evidence of its code points at: the box
around the cells with at least a share of the map's highest value, wider by a margin. That share is
the one whose boxes agree best (intersection over union) with the boxes around the birds' parts on
training photos. Rankings are those by Hamming distance and by the cosine of activations.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from make_starter import SETS
from numpy.typing import NDArray

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.records import Region
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.preprocess import to_input
from ahash_desktop.imaging.decode import decode
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.labels import TEST, TRAIN
from ahash_desktop.training.judging.localisation import load_parts, subject_box
from ahash_desktop.training.judging.metrics import mean_score, score_codes, score_features

SHARES = (0.2, 0.3, 0.4, 0.5, 0.6)
MARGIN = 0.08
LEAST = 0.4

Floats = NDArray[np.float32]


def find_region(signed: Floats, seen: Region, share: float) -> Region:
    """The box that a map of evidence points at.

    Args:
        signed: float32 (h, w), the evidence of all bits for their own signs.
        seen: What part of the photo the map lies over.
        share: Of the highest value.
    """
    rows, columns = np.nonzero(signed >= share * signed.max())
    height, width = signed.shape
    box = []
    for cells, n_cells, start, size in (
        (columns, width, seen.x, seen.width),
        (rows, height, seen.y, seen.height),
    ):
        low = start + size * (cells.min() / n_cells - MARGIN)
        high = start + size * ((cells.max() + 1) / n_cells + MARGIN)
        missing = max(0.0, LEAST - (high - low)) / 2
        low, high = max(0.0, low - missing), min(1.0, high + missing)
        box.append((low, high - low))
    (x, wide), (y, high_share) = box
    return Region(x, y, wide, high_share)


def overlap(region: Region, low: Floats, high: Floats) -> float:
    """Intersection over union of a region and a box, both in shares of the picture."""
    start = np.array([region.x, region.y])
    end = start + np.array([region.width, region.height])
    both = np.prod(np.clip(np.minimum(end, high) - np.maximum(start, low), 0, None))
    return float(both / (np.prod(end - start) + np.prod(high - low) - both))


def main() -> None:
    """Prints two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--only-classes", type=Path, help="a file of class names, one a line")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chosen = SETS["birds_originals"]
    labelled = load_labelled(arguments.data / chosen.labels, chosen.where)
    parts = load_parts(arguments.data / "birds" / "parts.csv")
    encoder = NetworkEncoder.load(arguments.bundle, device="cpu")
    wanted = set(labelled.classes)
    if arguments.only_classes:
        wanted &= set(arguments.only_classes.read_text(encoding="utf-8").split("\n"))
    photos = [photo for photo in labelled.photos if photo.class_name in wanted]
    bits = tuple(range(encoder.manifest.n_bits))
    activations: dict[str, list[Floats]] = {"plain": [], "mirrored": []}
    activations |= {f"closer {share}": [] for share in SHARES}
    overlaps: dict[float, list[float]] = {share: [] for share in SHARES}
    for photo in photos:
        pixels = decode(str(photo.path)).pixels
        evidence = encoder.explain(pixels, bits, alone=True)
        signed = (evidence.maps * np.sign(evidence.logits)[:, None, None]).sum(axis=0)
        regions = [find_region(signed, evidence.seen, share) for share in SHARES]
        size = np.array([pixels.shape[1], pixels.shape[0]])
        if photo.split == TRAIN and len(parts.places.get(photo.path, ((),))[0]) > 2:
            low, high = (corner / size for corner in subject_box(parts.places[photo.path][1]))
            for share, region in zip(SHARES, regions, strict=True):
                overlaps[share].append(overlap(region, low, high))
        squares = [to_input(pixels, encoder.manifest)]
        squares.append(np.ascontiguousarray(squares[0][:, ::-1]))
        squares += [to_input(pixels, encoder.manifest, region) for region in regions]
        encoded = encoder.encode(np.stack(squares))[1].astype(np.float32)
        for kind, row in zip(activations, encoded, strict=True):
            activations[kind].append(row)
    print("| share of the highest evidence | overlap with the bird, training photos |\n|---|---|")
    for share, found in overlaps.items():
        print(f"| {share} | {np.mean(found):.3f} |")
    best = max(SHARES, key=lambda share: float(np.mean(overlaps[share])))
    of = {kind: np.stack(rows) for kind, rows in activations.items()}
    both = {
        "one pass": (of["plain"], of["plain"]),
        "queries with their mirror image": ((of["plain"] + of["mirrored"]) / 2, of["plain"]),
        "all with their mirror image": ((of["plain"] + of["mirrored"]) / 2,) * 2,
        "activations ask signs": (of["plain"], np.where(of["plain"] > 0, 1, -1)),
        f"closer alone ({best})": (of[f"closer {best}"],) * 2,
        f"closer with the whole ({best})": ((of["plain"] + of[f"closer {best}"]) / 2,) * 2,
    }
    names = {name: index for index, name in enumerate(labelled.classes)}
    labels = np.array([names[photo.class_name] for photo in photos])
    asked, known = (
        np.array([index for index, photo in enumerate(photos) if photo.split == split])
        for split in (TEST, TRAIN)
    )
    print("\n| | passes a photo | codes | strength |\n|---|---|---|---|")
    for kind, (asking, database) in both.items():
        by_code = score_codes(
            pack_activations(asking[asked].astype(np.float16)),
            pack_activations(database[known].astype(np.float16)),
            labels[asked],
            labels[known],
            len(bits),
        )
        by_strength = score_features(
            asking[asked].astype(np.float32),
            database[known].astype(np.float32),
            labels[asked],
            labels[known],
        )
        scores = [mean_score(found.average_precision) for found in (by_code, by_strength)]
        n_passes = 1 if kind.startswith(("one", "activations", "queries")) else 2
        print(f"| {kind} | {n_passes} | {scores[0]:.3f} | {scores[1]:.3f} |", flush=True)


if __name__ == "__main__":
    main()
