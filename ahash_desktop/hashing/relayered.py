"""A bundle's weights with another hash layer, all else as it is, byte for byte."""

from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from ahash_desktop.hashing.bundle import PROJECTION, BundleManifest, read_bundle
from ahash_desktop.hashing.compact import PACKED, STEP, STEPS, pack


def with_hash_layer(folder: Path, weight: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """The arrays of a bundle whose W is another.

    Args:
        folder: The bundle.
        weight: W, float32 (n_bits, d); its number of bits may be another.

    Returns:
        What `save_bundle` takes.

    Raises:
        UserFacingError: If the bundle is refused.
    """
    manifest, data = read_bundle(folder)
    arrays: dict[str, NDArray[Any]] = dict(safetensors.numpy.load(data))
    if STEPS in arrays and arrays[PROJECTION].dtype == np.int8:
        arrays[STEPS] = np.delete(arrays[STEPS], _rows_of_layer(arrays), axis=1)
    arrays.pop(PROJECTION + STEP, None)
    arrays[PROJECTION] = np.ascontiguousarray(weight, np.float32)
    return pack(arrays) if _is_packed(manifest) else arrays


def _rows_of_layer(arrays: dict[str, NDArray[Any]]) -> slice:
    """Which steps belong to W: those of all int8 arrays come in the order of their names."""
    n_before = sum(
        len(array)
        for name, array in arrays.items()
        if array.dtype == np.int8 and name not in (PACKED, STEPS) and name < PROJECTION
    )
    return slice(n_before, n_before + len(arrays[PROJECTION]))


def _is_packed(manifest: BundleManifest) -> bool:
    return bool(manifest.base_id)
