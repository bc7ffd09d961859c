"""How alike shots of the same are to a model, and how alike others, for `search/grouping.py`.

    python benchmarks/grouping.py DATA [--model models/birds-and-cars-128] [--photos 400]

Photos of the training split are changed as a second shot or a second file of the same would be:
smaller, compressed, brighter, framed a little differently. Printed is the share of these that a
cosine of the activations groups with their photo, and the share of photos that it would group with
any other one of the same collection.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from make_starter import SETS
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.preprocess import to_input
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.labels import TRAIN

COLLECTIONS = ("birds_originals", "cars")
COSINES = (0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995)
BATCH = 50
SEED = 0


def smaller(photo: Image.Image) -> Image.Image:
    """As a mail program or a web site would keep it."""
    return photo.resize((round(photo.width * 0.6), round(photo.height * 0.6)))


def compressed(photo: Image.Image) -> Image.Image:
    """Saved once more, badly."""
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=50)
    return Image.open(buffer).convert("RGB")


def brighter(photo: Image.Image) -> Image.Image:
    """Developed by a sixth of a stop or so brighter, with more contrast."""
    return ImageEnhance.Contrast(ImageEnhance.Brightness(photo).enhance(1.15)).enhance(1.1)


def framed(photo: Image.Image) -> Image.Image:
    """The next shot of a burst: a little to the side, a little nearer."""
    across, down = round(photo.width * 0.06), round(photo.height * 0.06)
    return photo.crop((across, 0, photo.width, photo.height - down))


CHANGES: tuple[Callable[[Image.Image], Image.Image], ...] = (smaller, compressed, brighter, framed)


def encode(encoder: NetworkEncoder, photos: list[Image.Image]) -> NDArray[np.float32]:
    """Activations of unit length, float32 (n, k)."""
    squares = np.stack([to_input(np.asarray(photo), encoder.manifest) for photo in photos])
    parts = [
        encoder.encode_with_features(squares[start : start + BATCH])[1]
        for start in range(0, len(squares), BATCH)
    ]
    activations = np.concatenate(parts).astype(np.float32)
    return activations / np.linalg.norm(activations, axis=1, keepdims=True)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="How alike shots of the same are.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=Path("models/birds-and-cars-128"))
    parser.add_argument("--photos", type=int, default=400)
    arguments = parser.parse_args()
    encoder = NetworkEncoder.load(arguments.model, device="cpu")
    names = [change.__name__ for change in CHANGES]
    print("| cosine from | " + " | ".join([*names, "other photos"]) + " |")
    for collection in COLLECTIONS:
        chosen = SETS[collection]
        labelled = load_labelled(arguments.data / chosen.labels, chosen.where)
        paths = [photo.path for photo in labelled.photos if photo.split == TRAIN]
        rng = np.random.default_rng(SEED)
        picked = rng.permutation(len(paths))[: arguments.photos]
        photos = [Image.open(paths[row]).convert("RGB") for row in picked]
        known = encode(encoder, photos)
        alike = {
            change.__name__: (known * encode(encoder, [change(photo) for photo in photos])).sum(1)
            for change in CHANGES
        }
        others = known @ known.T
        np.fill_diagonal(others, -1)
        alike["other photos"] = others.max(axis=1)
        print(f"| {collection} |")
        for cosine in COSINES:
            shares = [f"{(values >= cosine).mean():.1%}" for values in alike.values()]
            print(f"| {cosine} | " + " | ".join(shares) + " |")


if __name__ == "__main__":
    main()
