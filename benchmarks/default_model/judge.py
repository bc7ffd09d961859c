"""Judges a state of the student on kinds that are left out, by the cosine of its features.

python -m benchmarks.default_model.judge DATA START FOLDER OUT
"""

import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ahash_desktop.hashing.preprocess import resize_square
from benchmarks.default_model.photos import Photo, collect
from benchmarks.default_model.student import Student
from benchmarks.default_model.views import BACKBONE, SIZE, as_maps
from benchmarks.default_model.views import Student as Front

_MOST = {"crops": 600, "cars": 740, "world": 400, "birds": 400, "also": 1000}


def front_maps(
    data: Path, folder: Path, size: int, backbone: str = BACKBONE
) -> dict[str, tuple[NDArray, NDArray, NDArray]]:
    """For each collection: maps of the front, the untouched features and the labels; kept."""
    place = folder / f"judge_{size}.npz"
    if not place.exists():
        front = Front(backbone)
        arrays = {}
        for name, photos in collect(data).judging.items():
            chosen = photos[:: max(1, len(photos) // _MOST[name])]
            kinds = sorted({photo.label for photo in chosen})
            looks = [front.look(square(photo, size)[None], size) for photo in chosen]
            arrays[f"{name}_front"] = np.concatenate([look[0] for look in looks])
            arrays[f"{name}_plain"] = np.concatenate([look[1] for look in looks])
            arrays[f"{name}_label"] = np.array([kinds.index(photo.label) for photo in chosen])
            arrays[f"{name}_kind"] = np.array([photo.label for photo in chosen])
        np.savez(place, **arrays)
    stored = np.load(place)
    return {
        name: (stored[f"{name}_front"], stored[f"{name}_plain"], stored[f"{name}_label"])
        for name in _MOST
    }


def square(photo: Photo, size: int) -> NDArray[np.uint8]:
    """What the product looks at: uint8 (size, size, 3)."""
    with Image.open(photo.path) as file:
        picture = ImageOps.exif_transpose(file).convert("RGB")
    return resize_square(np.asarray(picture), size, "half-crop", "bicubic")


def leave_one_out(scores: NDArray, labels: NDArray) -> float:
    """MAP of every photo asking all others; kinds of one photo ask nothing."""
    found = []
    for row in range(len(labels)):
        same = labels == labels[row]
        if same.sum() < 2:
            continue
        order = np.argsort(-scores[row], kind="stable")
        order = order[order != row]
        hits = same[order]
        found.append((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())
    return float(np.mean(found))


def cosine(features: NDArray) -> NDArray:
    """Cosines of all pairs, float (n, n)."""
    centred = features.astype(np.float32)
    centred = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    return centred @ centred.T


@torch.no_grad()
def look(student: Student, front: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Pooled local and global features, float32 (n, D), and the attention, in parts."""
    near, far, maps = [], [], []
    student.eval()
    for start in range(0, len(front), 64):
        shared = student.shared(as_maps(front[start : start + 64]))
        attention, local = student.near(shared)
        near.append(local.mean((2, 3)).numpy())
        far.append(student.far(shared).numpy())
        maps.append(attention.numpy())
    return np.concatenate(near), np.concatenate(far), np.concatenate(maps)


def main(data: Path, start: Path, folder: Path, out: Path) -> None:
    """Prints a line for each collection."""
    student = Student(start)
    if (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        student.load_state_dict(state["student"])
        print("step", state["step"])
    for name, (front, plain, labels) in front_maps(data, folder, SIZE).items():
        near, far, maps = look(student, front)
        ways = [leave_one_out(cosine(part), labels) for part in (plain, far, near)]
        print(
            f"{name:6} {len(labels):5} photos  untouched {ways[0]:.3f}  global {ways[1]:.3f} "
            f"(cosine {_alike(plain, far):.3f})  local {ways[2]:.3f}  "
            f"attention {maps.mean():.2f}, at most {maps.max(axis=(1, 2, 3)).mean():.2f}"
        )


def _alike(plain: NDArray, far: NDArray) -> float:
    before, after = (
        part / np.linalg.norm(part, axis=1, keepdims=True)
        for part in (plain.astype(np.float32), far)
    )
    return float((before * after).sum(axis=1).mean())


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*(Path(text) for text in sys.argv[1:5]))
