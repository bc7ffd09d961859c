"""What a network said of views of photos, in a file that other networks can be taught from.

A safetensors file of three arrays over n views: `features`, float16 or float32 (n, D), the pooled
features; `photo`, int64 (n,), the view's photo among the paths; `view`, float32 (n, 5): left, top,
width and height of the part that was looked at, in shares of the square that the product makes of
the photo (so 0, 0, 1, 1 is all of it), and 1 where it was mirrored, else 0. Its metadata hold
`format` ("1"), `paths`, a JSON list of paths relative to the file's folder or whole ones, and
`key`, which tells files apart.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch
from blake3 import blake3
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torchvision.transforms.v2 import functional

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import replace_file

_FORMAT = "1"
_MALFORMED = (SafetensorError, ValueError, KeyError, TypeError, OSError)


@dataclass(frozen=True, slots=True)
class StoredViews:
    """The views that a file knows of the photos of a run.

    `features` is float (n, D), `view` float32 (n, 5), `rows` has for each photo of the run the
    views there are of it, int64, none for a photo that the file does not name. `key` tells files
    apart.
    """

    features: NDArray[np.floating]
    view: NDArray[np.float32]
    rows: tuple[NDArray[np.int64], ...]
    key: str

    @property
    def n_known(self) -> int:
        """How many photos of the run it knows."""
        return sum(len(rows) > 0 for rows in self.rows)

    def choose(self, photo: int, rng: np.random.Generator) -> int:
        """One of the views of a photo; −1 if there is none."""
        rows = self.rows[photo]
        return int(rng.choice(rows)) if len(rows) else -1


def save_teacher_file(
    path: Path,
    features: NDArray[np.floating],
    paths: Sequence[str],
    photo: NDArray[np.int64],
    view: NDArray[np.float32],
) -> None:
    """Writes such a file.

    Raises:
        OSError: If it cannot be written.
    """
    arrays = {
        "features": np.ascontiguousarray(features),
        "photo": np.ascontiguousarray(photo, dtype=np.int64),
        "view": np.ascontiguousarray(view, dtype=np.float32),
    }
    key = blake3(json.dumps(list(paths)).encode())
    for array in arrays.values():
        key.update(array.tobytes())
    metadata = {
        "format": _FORMAT,
        "paths": json.dumps(list(paths)),
        "key": key.hexdigest(length=16),
    }
    replace_file(path, safetensors.numpy.save(arrays, metadata=metadata))


def load_teacher_file(path: Path, photos: Sequence[Path]) -> StoredViews:
    """What a file says of some photos.

    Raises:
        UserFacingError: If it is missing, damaged or no such file, or knows none of the photos.
    """
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise ValueError("another format")
            names, key = json.loads(metadata["paths"]), metadata["key"]
            features, photo, view = (
                file.get_tensor(name) for name in ("features", "photo", "view")
            )
        _check(names, features, photo, view)
    except _MALFORMED as error:
        raise UserFacingError(
            "The teacher's file is missing, damaged or holds no features of photos",
            path=path,
            remedy="Give a model, or a file with features, photo and view",
        ) from error
    row_of = {_place(path.parent / name): row for row, name in enumerate(names)}
    order = np.argsort(photo, kind="stable")
    starts = np.searchsorted(photo[order], np.arange(len(names) + 1))
    none = np.empty(0, dtype=np.int64)
    rows = []
    for asked in photos:
        row = row_of.get(_place(asked))
        rows.append(none if row is None else order[starts[row] : starts[row + 1]])
    stored = StoredViews(features, view, tuple(rows), str(key))
    if not stored.n_known:
        raise UserFacingError(
            "The teacher's file says nothing of these photos",
            path=path,
            remedy="Give a file made from the photos that are learned from",
        )
    return stored


def _check(
    names: object,
    features: NDArray[np.floating],
    photo: NDArray[np.int64],
    view: NDArray[np.float32],
) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError("the paths are no list of texts")
    n = len(features)
    if features.ndim != 2 or features.dtype not in (np.float16, np.float32) or not features.size:
        raise ValueError("features of another kind")
    if photo.shape != (n,) or photo.dtype != np.int64 or view.shape != (n, 5):
        raise ValueError("arrays of different lengths")
    if photo.min() < 0 or photo.max() >= len(names):
        raise ValueError("views of photos that have no path")
    parts = view[:, :4]
    inside = np.isfinite(view).all() and (parts >= 0).all() and (parts[:, 2:] > 0).all()
    if not inside or (parts[:, :2] + parts[:, 2:] > 1 + 1e-4).any():
        raise ValueError("views outside their photos")
    if not np.isfinite(features).all():
        raise ValueError("features that are no finite numbers")


def cut_view(square: NDArray[np.uint8], view: NDArray[np.float32], size_px: int) -> Tensor:
    """The pixels of a view, uint8 (3, size_px, size_px), of a square uint8 (side, side, 3)."""
    side = square.shape[0]
    left, top = (min(int(share * side), side - 1) for share in view[:2])
    right = min(side, max(left + 1, round(float(view[0] + view[2]) * side)))
    bottom = min(side, max(top + 1, round(float(view[1] + view[3]) * side)))
    part = square[top:bottom, left:right]
    picture = torch.from_numpy((part[:, ::-1] if view[4] >= 0.5 else part).copy())
    cut: Tensor = functional.resize(picture.permute(2, 0, 1), [size_px, size_px], antialias=True)
    return cut


def _place(path: Path) -> str:
    return os.path.normcase(path.resolve())
