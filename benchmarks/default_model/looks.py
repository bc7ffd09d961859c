"""Whole photos as the product sees them, through an untouched backbone, once and mirrored.

    python -m benchmarks.default_model.looks DATA FOLDER SIZE [BACKBONE]

Of a backbone that knows birds alone, only birds are looked at.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.default_model.judge import square
from benchmarks.default_model.photos import BIRD, collect
from benchmarks.default_model.views import BACKBONE, Student

_BATCH = 64


def main(data: Path, folder: Path, size: int, backbone: str = BACKBONE) -> None:
    """Writes `looks_S.npy`, float16 (2 n, C, S/8, S/8), of its front: all photos, then mirrored.

    `looks_about.npy`, int32 (n, 2): domain and label (−1 unknown); `looks_plain_S.npy`, float16
    (2 n, D): the untouched features.
    """
    photos = collect(data).learning
    if backbone != BACKBONE:
        photos = tuple(photo for photo in photos if photo.domain == BIRD)
    labels = sorted({photo.label for photo in photos if photo.label})
    index = {label: row for row, label in enumerate(labels)}
    about = [(photo.domain, index.get(photo.label, -1)) for photo in photos]
    front = Student(backbone)
    n = len(photos)
    maps, plain = (
        np.zeros((2 * n, *part.shape[1:]), dtype=np.float16)
        for part in front.look(np.zeros((1, size, size, 3), dtype=np.uint8), size)
    )
    began = time.monotonic()
    for start in range(0, n, _BATCH):
        pixels = np.stack([square(photo, size) for photo in photos[start : start + _BATCH]])
        end = start + len(pixels)
        maps[start:end], plain[start:end] = front.look(pixels, size)
        mirrored = np.ascontiguousarray(pixels[:, :, ::-1])
        maps[n + start : n + end], plain[n + start : n + end] = front.look(mirrored, size)
        if start % 1024 == 0:
            print(f"{end} of {n}, {end / (time.monotonic() - began):.1f} a second", flush=True)
    np.save(folder / f"looks_{size}.npy", maps)
    np.save(folder / f"looks_plain_{size}.npy", plain)
    np.save(folder / "looks_about.npy", np.array(about, dtype=np.int32))
    (folder / "looks_labels.txt").write_text("\n".join(labels), encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
