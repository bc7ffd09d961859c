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
STEP = ".step"
"""Ends the name of the array of steps that belongs to an array of int8."""

_COARSENESS = 0.1
"""Of what is kept as a change: one step, in deviations of the pretrained weights of its row."""
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
    """Weights as int8 steps, row by row, and those that make up little as float16.

    A row w of weights that the pretrained network has as well, w₀, is kept as `round((w − w₀) / s)`
    with `s = 0.1 · std(w₀)`, or more where that would leave int8; another as `round(w / s)` with
    `s = max|w| / 127`.

    Args:
        weights: Name to float array.
        base: The pretrained weights, float32, by the same names.

    Returns:
        What `expand` takes: int8 arrays with their steps float32 (n_rows,), float16 ones, and
        float32 where float16 cannot hold a value.
    """
    kept: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        if array.ndim < 2:
            with np.errstate(over="ignore"):
                half = array.astype(np.float16)
            kept[name] = half if np.isfinite(half).all() else array.astype(np.float32)
            continue
        rows = array.astype(np.float64).reshape(len(array), -1)
        least = np.full(len(rows), _TINY)
        if name in base:
            before = base[name].astype(np.float64).reshape(len(array), -1)
            rows = rows - before
            least = np.maximum(_COARSENESS * before.std(axis=1), _TINY)
        step = np.maximum(np.abs(rows).max(axis=1) / _MOST, least).astype(np.float32)
        kept[name] = np.round(rows / step[:, None]).astype(np.int8).reshape(array.shape)
        kept[name + STEP] = step
    return kept


def expand(weights: Arrays, base: Arrays) -> dict[str, NDArray[Any]]:
    """The weights that `compact` was given, up to half a step; others are left as they are.

    Raises:
        ValueError: If steps are missing, anything has another shape than its base, or what comes
            out is no finite number.
    """
    whole: dict[str, NDArray[Any]] = {}
    for name, array in weights.items():
        if array.dtype != np.int8:
            if not name.endswith(STEP):
                whole[name] = array
            continue
        step = weights.get(name + STEP)
        if step is None or array.ndim < 1 or step.shape != array.shape[:1]:
            raise ValueError(f"{name!r} has no steps")
        with np.errstate(over="ignore"):
            values = array.astype(np.float32) * step.reshape(-1, *[1] * (array.ndim - 1))
        if name in base:
            if base[name].shape != values.shape:
                raise ValueError(f"{name!r} is {values.shape}, not {base[name].shape}")
            values = base[name] + values
        if not np.isfinite(values).all():
            raise ValueError(f"{name!r} has too large steps")
        whole[name] = values
    return whole


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
