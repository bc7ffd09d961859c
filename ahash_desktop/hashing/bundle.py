"""Model bundles on disk, read and checked without torch."""

import contextlib
import json
import logging
import math
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.files import settle_folder, write_durably
from ahash_desktop.hashing.base_weights import find_base_weights
from ahash_desktop.hashing.compact import MOST_BYTES, PACKED, STEP, STEPS, unpack
from ahash_desktop.hashing.manifest import (
    BundleManifest,
    ManifestError,
    format_manifest,
    hash_model,
    parse_manifest,
)

__all__ = [
    "BundleManifest",
    "copy_bundle",
    "list_bundles",
    "read_bundle",
    "read_manifest",
    "recognise_bundle",
    "save_bundle",
    "verify_bundle",
]

_log = logging.getLogger(__name__)

WEIGHTS = "weights.safetensors"
MANIFEST = "bundle.json"
CARD = "card.md"
SUFFIX = ".ahash"
"""What a bundle is called that is packed into one file, see `archive`."""
PROJECTION = "projection.weight"
"""Name of W in the weights: (n_bits, d)."""

LARGEST_BYTES = {WEIGHTS: 2 << 30, MANIFEST: 4 << 20, CARD: 4 << 20}
_OLD, _KEPT = ".old", "bundle"
_VARIANCE = "running_var"
_LARGEST_HEADER = 16 << 20
_LARGEST_SIZE = 1 << 40
_MOST_DIMENSIONS = 8
_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_DTYPES: dict[str, type[np.generic]] = {
    "F16": np.float16,
    "F32": np.float32,
    "I8": np.int8,
    "U8": np.uint8,
}
_REMEDY = "Get the model again, or choose another one"


def read_manifest(folder: Path) -> BundleManifest:
    """What the bundle in `folder` says of itself; the weights are not looked at.

    Raises:
        UserFacingError: If `bundle.json` is missing, a link, too large or makes no sense.
    """
    path = folder / MANIFEST
    try:
        return parse_manifest(_read_plain_file(path))
    except ManifestError as error:
        raise _refusal(str(error), path) from error


def read_bundle(folder: Path) -> tuple[BundleManifest, bytes]:
    """The manifest and the weights as a safetensors file, after every check of `verify_bundle`.

    Weights of a compact bundle are unpacked, but not expanded: see `hashing.compact`.

    Raises:
        UserFacingError: As for `verify_bundle`.
    """
    manifest, weights = _read_unchanged(folder)
    path = folder / WEIGHTS
    weights = _unpack_weights(weights, path)
    _check_weights(weights, manifest, path)
    return manifest, weights


def recognise_bundle(folder: Path) -> BundleManifest:
    """The manifest of a bundle whose files are complete and unchanged; weights stay packed.

    This does for one that was looked into before and is known by its `model_id`.

    Raises:
        UserFacingError: If a file is missing, a link or too large, the description makes no sense,
            or the hash differs.
    """
    return _read_unchanged(folder)[0]


def _read_unchanged(folder: Path) -> tuple[BundleManifest, bytes]:
    manifest = read_manifest(folder)
    for entry in folder.iterdir():
        if entry.is_symlink():
            raise _refusal("A model must not contain links", entry)
    _read_plain_file(folder / CARD)
    path = folder / WEIGHTS
    weights = _read_plain_file(path)
    if hash_model(weights, manifest) != manifest.model_id:
        raise _refusal("The model's weights or settings were changed or damaged", path)
    return manifest, weights


def verify_bundle(folder: Path) -> BundleManifest:
    """The manifest of a bundle whose files are complete, unchanged and fit together.

    Raises:
        UserFacingError: If a file is missing, a link or too large, the description makes no
            sense, the hash differs, or the weights are no finite numbers of the right shapes.
    """
    return read_bundle(folder)[0]


def save_bundle(
    folder: Path, manifest: BundleManifest, weights: Mapping[str, NDArray[Any]], card: str
) -> BundleManifest:
    """Writes a bundle aside and renames it to `folder`, replacing a bundle that is there.

    Args:
        folder: Where the bundle goes; parents are made.
        manifest: Everything but `model_id`, which is computed here.
        weights: Name to float16 or float32 array; `projection.weight` is W (n_bits, d). Or what
            `hashing.compact.pack` gives.
        card: The text of `card.md`.

    Returns:
        The manifest with its `model_id`.

    Raises:
        UserFacingError: If something else lies in the way, or the bundle would be refused.
        ValueError: If it is whole although its backbone's weights are not ours to pass on.
        OSError: If it cannot be written; what was there is then unchanged.
    """
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise UserFacingError(
            "Something that is no model is in the way", path=folder, remedy="Choose another name"
        )
    if not manifest.base_id and find_base_weights(manifest.backbone) is not None:
        raise ValueError(f"weights of {manifest.backbone} are kept as changes only")
    contiguous = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    data = safetensors.numpy.save(contiguous)
    manifest = replace(manifest, model_id=hash_model(data, manifest))
    folder.parent.mkdir(parents=True, exist_ok=True)
    finish_swaps(folder.parent)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        try:
            description = format_manifest(manifest)
        except ManifestError as error:
            raise _refusal(str(error), folder / MANIFEST) from error
        contents = {WEIGHTS: data, MANIFEST: description, CARD: card.encode()}
        for name, content in contents.items():
            write_durably(aside / name, content)
        aside.chmod(0o755)
        verify_bundle(aside)
        settle_folder(aside)
        _swap(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return manifest


def copy_bundle(source: Path, folder: Path, name: str) -> BundleManifest:
    """Writes a copy of a bundle under another name; its `model_id` stays what it is.

    Raises:
        UserFacingError: If the bundle is refused, or something is in the way.
        OSError: If it cannot be written.
    """
    verify_bundle(source)
    manifest = replace(read_manifest(source), name=name)
    weights = dict(safetensors.numpy.load(_read_plain_file(source / WEIGHTS)))
    text = _read_plain_file(source / CARD).decode("utf-8", "replace")
    heading, newline, rest = text.partition("\n")
    text = f"# {name}\n{rest}" if newline and heading.startswith("# ") else text
    return save_bundle(folder, manifest, weights, text)


def list_bundles(folders: Iterable[Path]) -> list[tuple[Path, BundleManifest]]:
    """Bundles directly inside the given folders, by folder and name.

    One whose replacement was broken off is put back first. A bundle that makes no sense is logged
    and left out; a folder that is not there has none.
    """
    found = []
    for parent in folders:
        if not parent.is_dir():
            continue
        finish_swaps(parent)
        for folder in sorted(parent.iterdir()):
            if folder.name.startswith(".") or not (folder / MANIFEST).is_file():
                continue
            try:
                found.append((folder, read_manifest(folder)))
            except UserFacingError as error:
                _log.warning("left out: %s", error)
    return found


def _swap(aside: Path, folder: Path) -> None:
    """Renames a bundle that lies beside its place, replacing one that is there.

    Between two renames there is none in the place. If the program is ended then, `finish_swaps`
    puts the old one back.

    Raises:
        OSError: If it cannot be renamed; what was there is then unchanged.
    """
    if not folder.exists():
        aside.replace(folder)
        settle_folder(folder.parent)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=_OLD, dir=folder.parent))
    folder.replace(old / _KEPT)
    try:
        aside.replace(folder)
        settle_folder(folder.parent)
    except OSError:
        with contextlib.suppress(OSError):  # somebody who looked between has put it back
            (old / _KEPT).replace(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def finish_swaps(parent: Path) -> None:
    """Puts bundles back whose replacement was broken off between its two renames."""
    for old in parent.glob(f".*{_OLD}"):
        place = parent / old.name.removesuffix(_OLD)[1:].rpartition(".")[0]
        kept = old / _KEPT
        if (kept / MANIFEST).is_file() and not place.exists():
            with contextlib.suppress(OSError):
                kept.replace(place)
                _log.warning("the replacement of %s was broken off: it is put back", place)
        if place.exists() and (not kept.exists() or (kept / MANIFEST).is_file()):
            shutil.rmtree(old, ignore_errors=True)


def _refusal(what: str, path: Path) -> UserFacingError:
    return UserFacingError(what[0].upper() + what[1:], path=path, remedy=_REMEDY)


def _read_plain_file(path: Path) -> bytes:
    """The whole of a regular file that is no link and not larger than its kind may be."""
    limit = LARGEST_BYTES[path.name]
    try:
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise _refusal("A model must not contain links", path)
        if not stat.S_ISREG(kind):  # opening a pipe would wait for its other end
            raise _refusal("A part of the model is no file", path)
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise _refusal("A part of the model is no file", path)
            if facts.st_size > limit:
                raise _refusal("A part of the model is too large", path)
            return file.read(limit)
    except FileNotFoundError as error:
        raise _refusal("A part of the model is missing", path) from error
    except OSError as error:
        raise _refusal(f"A part of the model cannot be read ({error.strerror})", path) from error


def _unpack_weights(weights: bytes, path: Path) -> bytes:
    """The safetensors file in a packed one; another as it is."""
    try:
        header, start = _parse_header(weights)
        if set(header) != {PACKED}:
            return weights
        _check_layout(header, len(weights) - start)
        return unpack(weights[start:], MOST_BYTES)
    except _MALFORMED as error:
        raise _refusal("The model's weights are damaged", path) from error


def _check_weights(weights: bytes, manifest: BundleManifest, path: Path) -> None:
    try:
        header, start = _parse_header(weights)
        tensors = _check_layout(header, len(weights) - start)
        projection = tensors[PROJECTION][1]
        if any(tensors[name][0] is not np.float32 for name in _step_names(tensors)):
            raise ValueError("steps of another kind")
        if any(dtype is np.uint8 for dtype, *_ in tensors.values()):
            raise ValueError("packed bytes among weights")
    except _MALFORMED as error:
        raise _refusal("The model's weights are damaged", path) from error
    branches = manifest.n_local + 1
    fits = len(projection) == 2 and projection[0] == manifest.n_bits
    if not fits or projection[1] == 0 or projection[1] % branches:
        raise _refusal(
            f"The model's weights of shape {projection} do not fit {manifest.n_bits} bits", path
        )
    for name, (dtype, shape, begin) in tensors.items():
        values = np.frombuffer(weights, dtype, math.prod(shape), start + begin)
        if not np.isfinite(values).all():
            raise _refusal(f"The model's weights {name!r} are no finite numbers", path)
        if name.endswith(_VARIANCE) and (values < 0).any():
            raise _refusal(f"The model's weights {name!r} are variances below zero", path)


def _step_names(tensors: Mapping[str, tuple[type[np.generic], tuple[int, ...], int]]) -> list[str]:
    """Where the steps of the int8 arrays are."""
    if STEPS in tensors:
        return [STEPS]
    return [name + STEP for name, (dtype, *_) in tensors.items() if dtype is np.int8]


def _parse_header(weights: bytes) -> tuple[dict[str, Any], int]:
    """The header of a safetensors file, and where its data begin."""
    size = int.from_bytes(weights[:8], "little")
    if len(weights) < 8 or size > min(_LARGEST_HEADER, len(weights) - 8):
        raise ValueError("the header does not fit into the file")
    header = json.loads(weights[8 : 8 + size].decode())
    if not isinstance(header, dict):
        raise TypeError("the header is no object")
    notes = header.pop("__metadata__", {})
    if not all(isinstance(note, str) for note in notes.values()):
        raise TypeError("the notes in the header are no texts")
    return header, 8 + size


def _check_layout(
    header: dict[str, Any], n_bytes: int
) -> dict[str, tuple[type[np.generic], tuple[int, ...], int]]:
    """Type, shape and offset of every tensor, which together fill the data without a gap."""
    tensors = {}
    spans = []
    for name, entry in header.items():
        dtype = _DTYPES[entry["dtype"]]
        shape = tuple(entry["shape"])
        begin, end = entry["data_offsets"]
        sizes = (*shape, begin, end)
        if not all(type(size) is int and 0 <= size <= _LARGEST_SIZE for size in sizes):
            raise ValueError(f"{name}: impossible sizes")
        if len(shape) > _MOST_DIMENSIONS:
            raise ValueError(f"{name}: too many dimensions")
        if end - begin != math.prod(shape) * np.dtype(dtype).itemsize:
            raise ValueError(f"{name}: shape and bytes differ")
        spans.append((begin, end))
        tensors[name] = (dtype, shape, begin)
    spans.sort()
    edges = [0, *(end for _, end in spans)]
    if [begin for begin, _ in spans] != edges[:-1] or edges[-1] != n_bytes:
        raise ValueError("the tensors do not fill the file")
    return tensors
