"""Weights in a fifth of the space: what training changed of a network, in small steps."""

import lzma
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.numpy
from blake3 import blake3
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

PACKED = "packed"
"""The one array of a packed file: uint8 (n,), the LZMA of a safetensors file."""
MOST_BYTES = 512 << 20
"""So large an unpacked file may be; a small packed one could swell to anything."""
STEPS = "compact.steps"
"""The array of steps: float32 (1, n_rows), rows of all int8 arrays in the order of their names."""
VECTORS = "compact.vectors"
"""Changes of all pretrained vectors: float (1, n), joined in the order of their names."""
STEP = ".step"
"""In older bundles, ends the name of the array of steps that belongs to an array of int8."""

_COARSENESS = 0.1
"""Of what is kept as a change: one step, in deviations of the pretrained weights of its row."""
_FINEST = 1 / 32
"""So much of such a step is the finest; changes below half of that are none."""
_MOST = 127
_MEMORY_BYTES = 256 << 20
_TINY = 1e-12


def base_id(base: Arrays) -> str:
    """Tells pretrained weights apart: 32 hex digits of BLAKE3 over their names and values."""
    whole = blake3()
    for name in sorted(base):
        whole.update(name.encode() + b"\0" + np.ascontiguousarray(base[name]).tobytes())
    return whole.hexdigest(length=16)


def compact(weights: Arrays, base: Arrays) -> dict[str, NDArray[Any]]:
    """What training changed of pretrained weights, and what it made, in int8 steps.

    A row w of weights that the pretrained network has as well, w₀, is kept as `round((w − w₀) / s)`
    with `s = c · 0.1 · std(w₀)`; c is 1, or more to stay within int8, or less where all changes of
    the array are small: their root mean square, in units of `0.1 · std(w₀)`. Another row is kept as
    `round(w / s)` with `s = max|w| / 127`. Arrays that training left as they were are not kept at
    all, so nothing of the pretrained weights is in the result but what training made of them.

    Args:
        weights: Name to float array.
        base: The pretrained weights, float32, by the same names.

    Returns:
        What `expand` takes: int8 arrays, `STEPS` (c of a change, else s), changes of vectors in
        `VECTORS`, and other vectors float16, or float32 where float16 cannot hold a value.
    """
    kept: dict[str, NDArray[Any]] = {}
    steps: list[NDArray[np.float32]] = []
    for name in sorted(weights):
        array = weights[name]
        if array.ndim < 2:
            if name not in base:
                kept[name] = _halved(array)
            continue
        rows = array.astype(np.float64).reshape(len(array), -1)
        least = np.full(len(rows), _TINY)
        if name in base:
            units = _units(base[name])[:, None]
            rows = (rows - base[name].astype(np.float64).reshape(len(array), -1)) / units
            least[:] = np.clip(np.sqrt(np.mean(rows**2)), _FINEST, 1)
        step = np.maximum(np.abs(rows).max(axis=1) / _MOST, least).astype(np.float32)
        whole = np.clip(np.round(rows / step[:, None]), -_MOST, _MOST)
        if name in base and not whole.any():
            continue
        kept[name] = whole.astype(np.int8).reshape(array.shape)
        steps.append(step)
    kept[STEPS] = np.concatenate([np.zeros(0, np.float32), *steps])[None]
    changes = [
        weights[name].astype(np.float64).ravel() - base[name].ravel()
        for name in _vector_names(base)
    ]
    if any(change.any() for change in changes):
        kept[VECTORS] = _halved(np.concatenate(changes)[None])
    return kept


def expand(weights: Arrays, base: Arrays) -> dict[str, NDArray[Any]]:
    """The weights that `compact` was given, up to half a step; others are left as they are.

    Raises:
        ValueError: If steps are missing, anything has another shape than its base, or what comes
            out is no finite number.
    """
    if STEPS not in weights:
        return _expand_older(weights, base)
    whole: dict[str, NDArray[Any]] = {name: base[name] for name in base}
    whole |= _changed_vectors(weights, base)
    steps = weights[STEPS].ravel()
    used = 0
    for name in sorted(weights.keys() - {STEPS, VECTORS}):
        array = weights[name]
        if array.dtype != np.int8:
            whole[name] = array
            continue
        if array.ndim < 1 or used + len(array) > steps.size:
            raise ValueError(f"{name!r} has no steps")
        step = steps[used : used + len(array)]
        used += len(array)
        if name in base:
            _check_shape(name, array, base)
            step = (step * _units(base[name])).astype(np.float32)
        whole[name] = _stepped(name, array, step, base)
    if used != steps.size:
        raise ValueError("there are steps of nothing")
    return whole


def bare(weights: Arrays) -> dict[str, NDArray[Any]]:
    """The arrays of a compact bundle that stand for one of the network's, by its name."""
    return {
        name: array
        for name, array in weights.items()
        if name not in (STEPS, VECTORS) and not name.endswith(STEP)
    }


def _units(base: NDArray[np.float32]) -> NDArray[np.float64]:
    """The least step of each row of pretrained weights."""
    deviations: NDArray[np.float64] = base.astype(np.float64).reshape(len(base), -1).std(axis=1)
    return np.maximum(_COARSENESS * deviations, _TINY)


def _vector_names(base: Arrays) -> list[str]:
    return [name for name in sorted(base) if base[name].ndim < 2]


def _halved(array: NDArray[Any]) -> NDArray[Any]:
    """In float16, or float32 where that cannot hold a value."""
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    return half if np.isfinite(half).all() else array.astype(np.float32)


def _changed_vectors(weights: Arrays, base: Arrays) -> dict[str, NDArray[Any]]:
    """The pretrained vectors as training left them; none if it changed none."""
    joined = weights.get(VECTORS)
    if joined is None:
        return {}
    names = _vector_names(base)
    edges = np.cumsum([base[name].size for name in names])
    if not names or joined.size != edges[-1]:
        raise ValueError("the changes of vectors do not fit")
    parts = np.split(joined.astype(np.float64).ravel(), edges[:-1])
    return {
        name: (base[name] + part.reshape(base[name].shape)).astype(np.float32)
        for name, part in zip(names, parts, strict=True)
    }


def _expand_older(weights: Arrays, base: Arrays) -> dict[str, NDArray[Any]]:
    """Expands what has an array of steps for each array of int8, and keeps vectors whole."""
    whole: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        if array.dtype != np.int8:
            if not name.endswith(STEP):
                whole[name] = array
            continue
        step = weights.get(name + STEP)
        if step is None or array.ndim < 1 or step.shape != array.shape[:1]:
            raise ValueError(f"{name!r} has no steps")
        if name in base:
            _check_shape(name, array, base)
        whole[name] = _stepped(name, array, step, base)
    return whole


def _check_shape(name: str, array: NDArray[Any], base: Arrays) -> None:
    if base[name].shape != array.shape:
        raise ValueError(f"{name!r} is {array.shape}, not {base[name].shape}")


def _stepped(
    name: str, array: NDArray[np.int8], step: NDArray[np.float32], base: Arrays
) -> NDArray[np.float32]:
    """Steps of each row as values, added to the pretrained ones if there are some."""
    with np.errstate(over="ignore"):
        values = array.astype(np.float32) * step.reshape(-1, *[1] * (array.ndim - 1))
    if name in base:
        values = base[name] + values
    if not np.isfinite(values).all():
        raise ValueError(f"{name!r} has too large steps")
    return values


def pack(weights: Arrays) -> dict[str, NDArray[Any]]:
    """Arrays as the one of a packed file."""
    data = safetensors.numpy.save({name: np.ascontiguousarray(weights[name]) for name in weights})
    return {PACKED: np.frombuffer(lzma.compress(data, preset=9), dtype=np.uint8)}


def unpack(packed: bytes, most_bytes: int) -> bytes:
    """The safetensors file that was packed.

    Args:
        packed: LZMA.
        most_bytes: It may have so many.

    Raises:
        ValueError: If it is damaged or larger.
    """
    opener = lzma.LZMADecompressor(memlimit=_MEMORY_BYTES)
    try:
        whole = opener.decompress(packed, max_length=most_bytes)
    except lzma.LZMAError as error:
        raise ValueError("the packed weights are damaged") from error
    if not opener.eof or opener.unused_data:
        raise ValueError("the packed weights are cut off, too large or not alone")
    return whole
