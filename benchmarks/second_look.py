"""What a second look at small birds brings, costs, and where it says that they are.

    python -m benchmarks.second_look DATA [BUNDLE]

DATA holds `birds/`. Whole photos of the test split ask those of the training split, once with a
second look and once without. The quarter with the smallest boxes around the named parts counts.
With `--choose`, the training split asks itself. With `--scenes`, test photos pasted into scenes of
2,000 × 1,500 pixels ask instead of all.
"""

import argparse
import csv
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.records import EncodedPicture, Region
from ahash_desktop.core.settings import Settings
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.preprocess import seen_region, to_input
from ahash_desktop.imaging.decode import decode
from ahash_desktop.training.judging.metrics import (
    bootstrap_interval,
    score_codes,
    score_shortlist,
)

_ENOUGH = 0.5
_N_SCENES = 160
_SCENE = (2000, 1500)
_AT_ONCE = 32
"""As many as the engine gives to the network at once."""


@dataclass(frozen=True)
class Photo:
    """A photo of a bird, and the box around its parts in fractions of the picture."""

    path: Path
    kind: str
    is_test: bool
    parts: Region


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("bundle", type=Path, nargs="?")
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--scenes", action="store_true")
    options = parser.parse_args()
    bundle = options.bundle or shipped_models_folder() / Settings().model
    encoder = NetworkEncoder.load(bundle, device="cpu", threads=torch.get_num_threads())
    photos = read_photos(options.data / "birds")
    if options.scenes:
        judge_scenes(encoder, photos)
        return
    if options.choose:
        photos = [photo for photo in photos if not photo.is_test]
    once, once_s = encode(encoder, photos, twice=False)
    twice, twice_s = encode(encoder, photos, twice=True)
    asks = np.array([photo.is_test or options.choose for photo in photos])
    areas = np.array([photo.parts.width * photo.parts.height for photo in photos])
    small = areas[asks] <= np.quantile(areas[asks], 0.25)
    again = np.array([picture.part is not None for picture in twice])
    print(f"{len(photos)} photos, {asks.sum()} ask, {small.sum()} with small birds")
    print(f"looked at again: {again.mean():.1%}, {again[asks][small].mean():.1%} of these")
    print(f"cost of decoding and encoding: {twice_s / once_s:.2f} times the processor time")
    kinds = np.unique([photo.kind for photo in photos], return_inverse=True)[1]
    for name, chosen in (("small birds", small), ("all", np.ones(len(small), bool))):
        for order in ("codes", "as shown"):
            before = score(once, kinds, asks, order)[chosen]
            after = score(twice, kinds, asks, order)[chosen]
            low, high = bootstrap_interval(after - before)
            print(
                f"{name}, {order}: {before.mean():.3f} -> {after.mean():.3f}, "
                f"{(after - before).mean():+.3f} [{low:+.3f}, {high:+.3f}]"
            )
    for name, chosen in (("small birds", small), ("all", np.ones(len(small), bool))):
        asked = [
            row for row, is_chosen in zip(np.flatnonzero(asks), chosen, strict=True) if is_chosen
        ]
        good = [overlap(twice[row], photos[row]) >= _ENOUGH for row in asked]
        print(f"{name}: box overlaps that of the parts by half or more in {np.mean(good):.1%}")


def judge_scenes(encoder: NetworkEncoder, photos: list[Photo]) -> None:
    """Prints what a second look brings where each photo is a small part of a large scene."""
    rng = np.random.default_rng(1)
    tested = [photo for photo in photos if photo.is_test]
    asked = [tested[row] for row in rng.permutation(len(tested))[:_N_SCENES]]
    there = [photo for photo in photos if not photo.is_test]
    known, _ = encode(encoder, there, twice=True)
    scenes = [paste(photo, rng) for photo in asked]
    once, _ = encode(encoder, scenes, twice=False)
    twice, _ = encode(encoder, scenes, twice=True)
    kinds = np.unique([photo.kind for photo in [*asked, *there]], return_inverse=True)[1]
    asks = np.arange(len(kinds)) < len(asked)
    n_again = sum(picture.part is not None for picture in twice)
    print(f"{len(asked)} scenes ask {len(there)} photos, {n_again} of them looked at again")
    for order in ("codes", "as shown"):
        before, after = (score([*each, *known], kinds, asks, order) for each in (once, twice))
        low, high = bootstrap_interval(after - before)
        print(
            f"scenes, {order}: {before.mean():.3f} -> {after.mean():.3f}, "
            f"{(after - before).mean():+.3f} [{low:+.3f}, {high:+.3f}]"
        )


def paste(photo: Photo, rng: np.random.Generator) -> bytes:
    """A JPEG of a soft scene with a photo somewhere in it."""
    colours = rng.integers(60, 200, (12, 16, 3)).astype(np.uint8)
    scene = Image.fromarray(colours).resize(_SCENE, Image.Resampling.BICUBIC)
    with Image.open(photo.path) as image:
        small = image.convert("RGB")
    free = (_SCENE[0] - small.width, _SCENE[1] - small.height)
    scene.paste(small, (int(rng.integers(0, free[0])), int(rng.integers(0, free[1]))))
    kept = io.BytesIO()
    scene.save(kept, "JPEG", quality=92)
    return kept.getvalue()


def read_photos(birds: Path) -> list[Photo]:
    """The whole photos of which the parts are known."""
    points: dict[str, list[tuple[float, float]]] = {}
    with (birds / "parts.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            points.setdefault(row["path"], []).append((float(row["x"]), float(row["y"])))
    photos = []
    with (birds / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] != "original" or row["path"] not in points:
                continue
            size = np.array([float(row["width"]), float(row["height"])])
            found = np.array(points[row["path"]])
            (x, y), (right, bottom) = found.min(axis=0) / size, found.max(axis=0) / size
            box = Region(x, y, max(right - x, 1e-3), max(bottom - y, 1e-3))
            photos.append(Photo(birds / row["path"], row["class"], row["split"] == "test", box))
    return photos


def encode(
    encoder: NetworkEncoder, photos: Sequence[Photo | bytes], *, twice: bool
) -> tuple[list[EncodedPicture], float]:
    """What the model says of each photo, and how many seconds of the processor that took."""
    manifest = encoder.manifest
    pictures: list[EncodedPicture] = []
    started = time.process_time()
    for start in range(0, len(photos), _AT_ONCE):
        some = photos[start : start + _AT_ONCE]
        sources = [each if isinstance(each, bytes) else str(each.path) for each in some]
        wholes = [decode(source).pixels for source in sources]
        batch = np.stack([to_input(pixels, manifest) for pixels in wholes])
        seen = [seen_region(pixels, manifest) for pixels in wholes]
        pictures += encoder.look(batch, seen, wholes if twice else ())
    return pictures, time.process_time() - started


def score(
    pictures: list[EncodedPicture], kinds: NDArray[np.int64], asks: NDArray[np.bool_], order: str
) -> NDArray[np.float64]:
    """Average precision of each photo that asks; where all do, each asks all others."""
    codes = np.stack([picture.code for picture in pictures])
    activations = np.stack([picture.activations for picture in pictures])
    n_bits = activations.shape[1]
    if asks.all():
        if order == "codes":
            return score_codes(codes, codes, kinds, kinds, n_bits).average_precision
        return score_shortlist(activations, activations, kinds, kinds).average_precision
    there = ~asks
    if order == "codes":
        return score_codes(
            codes[asks], codes[there], kinds[asks], kinds[there], n_bits
        ).average_precision
    return score_shortlist(
        activations[asks], activations[there], kinds[asks], kinds[there]
    ).average_precision


def overlap(picture: EncodedPicture, photo: Photo) -> float:
    """Intersection over union of the box told and that around the parts; 0 if none is told."""
    if picture.subject is None or picture.subject.box is None:
        return 0.0
    one, other = picture.subject.box, photo.parts
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(across, 0.0) * max(down, 0.0)
    return shared / (one.width * one.height + other.width * other.height - shared)


if __name__ == "__main__":
    main()
