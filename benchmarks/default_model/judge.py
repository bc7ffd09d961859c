"""Judges a state of the student on kinds that are left out, by the cosine of its features.

python -m benchmarks.default_model.judge DATA FOLDER OUT SIZE
"""

import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ahash_desktop.hashing.preprocess import resize_square
from benchmarks.default_model.photos import Photo, collect
from benchmarks.default_model.student import BACKBONE, Student
from benchmarks.default_model.views import Student as Front

_MOST = {"crops": 600, "cars": 740, "world": 400, "birds": 400, "also": 1000}


def shared_maps(
    data: Path, folder: Path, size: int, backbone: str = BACKBONE
) -> dict[str, tuple[NDArray, NDArray, NDArray]]:
    """For each collection: the trunk's maps, the untouched features and the labels; kept."""
    place = folder / f"judge_{size}.npz"
    if not place.exists():
        front = Front(backbone)
        arrays = {}
        for name, photos in collect(data).judging.items():
            chosen = photos[:: max(1, len(photos) // _MOST[name])]
            kinds = sorted({photo.label for photo in chosen})
            looks = [front.look(square(photo, size)[None], size) for photo in chosen]
            arrays[f"{name}_shared"] = np.concatenate([look[0] for look in looks])
            arrays[f"{name}_plain"] = np.concatenate([look[1] for look in looks])
            arrays[f"{name}_label"] = np.array([kinds.index(photo.label) for photo in chosen])
            arrays[f"{name}_kind"] = np.array([photo.label for photo in chosen])
        np.savez(place, **arrays)
    stored = np.load(place)
    return {
        name: (stored[f"{name}_shared"], stored[f"{name}_plain"], stored[f"{name}_label"])
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
def look(student: Student, shared: NDArray) -> tuple[NDArray, NDArray]:
    """Pooled local features and the attention, in parts."""
    local, maps = [], []
    student.eval()
    for start in range(0, len(shared), 64):
        attention, near = student(torch.from_numpy(shared[start : start + 64]).float())
        local.append(near.mean((2, 3)).numpy())
        maps.append(attention.numpy())
    return np.concatenate(local), np.concatenate(maps)


def main() -> None:
    """Prints a line for each collection."""
    data, folder, out = (Path(text) for text in sys.argv[1:4])
    size = int(sys.argv[4])
    student = Student()
    if (out / "state.pt").exists():
        state = torch.load(out / "state.pt", weights_only=True)
        student.load_state_dict(state["student"])
        print("step", state["step"])
    for name, (shared, plain, labels) in shared_maps(data, folder, size).items():
        local, maps = look(student, shared)
        before, after = (leave_one_out(cosine(part), labels) for part in (plain, local))
        print(
            f"{name:6} {len(labels):5} photos  untouched {before:.3f}  local {after:.3f}  "
            f"attention {maps.mean():.2f}, at most {maps.max(axis=(1, 2, 3)).mean():.2f}"
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
