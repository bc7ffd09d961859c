"""Decoded photos on disk as squares: each is decoded once a run, and memory stays bounded."""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from ahash_desktop.core.files import replace_file, reserve_file
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.hashing.preprocess import resize_square
from ahash_desktop.imaging.decode import DecodeError, decode
from ahash_desktop.training.ask.labels import UnreadablePhoto

_log = logging.getLogger(__name__)

_N_DECODERS = 2
_AHEAD = 32
_REPORT_EVERY = 32


@dataclass(frozen=True, slots=True)
class SquaresProgress:
    """How many photos are decoded."""

    n_done: int
    n_to_do: int


@dataclass(frozen=True, slots=True)
class Squares:
    """Photos as squares, memory-mapped.

    `to_crop` is uint8 (n, side, side, 3), what augmentation cuts views from; `to_encode` is uint8
    (n, S, S, 3), what the product's network would see. `unreadable` names
    the photos whose rows hold nothing. Photos with the same pixels there have the same `contents`,
    which are empty for those.
    """

    to_crop: NDArray[np.uint8]
    to_encode: NDArray[np.uint8]
    unreadable: tuple[UnreadablePhoto, ...]
    contents: tuple[str, ...]
    key: str


def fill_squares(
    paths: Sequence[Path],
    folder: Path,
    *,
    crop_px: int,
    input_px: int,
    resize_mode: str,
    interpolation: str,
    token: CancelToken,
) -> Iterator[SquaresProgress | Squares]:
    """Decodes the photos into `folder`; the last record is the result.

    What an earlier call decoded of the same unchanged files is used again. It takes
    `3 · (crop_px² + input_px²)` bytes a photo on disk.

    Args:
        paths: The photos.
        folder: Where the squares are kept; made if it is not there.
        crop_px: Side of `to_crop`.
        input_px: Side S of `to_encode`.
        resize_mode: How a picture becomes a square, see `hashing.preprocess`.
        interpolation: "bicubic" or "bilinear".
        token: Cancels between photos.

    Raises:
        Cancelled: If the token asks for it.
        OSError: If the folder cannot be written or the disk is full.
    """
    settings = (crop_px, input_px, resize_mode, interpolation)
    key = _fingerprint(paths, settings)
    folder.mkdir(parents=True, exist_ok=True)
    notes = folder / f"squares-{key}.json"
    n = len(paths)
    shapes = {"crop": (n, crop_px, crop_px, 3), "encode": (n, input_px, input_px, 3)}
    files = {name: folder / f"squares-{key}.{name}.u8" for name in shapes}
    if not notes.is_file():
        for name, shape in shapes.items():
            reserve_file(files[name], int(np.prod(shape)))
        maps = {name: _open(files[name], shape, "r+") for name, shape in shapes.items()}
        unreadable: dict[int, str] = {}
        for row, result in _decode_all(paths, settings, token):
            if isinstance(result, str):
                unreadable[row] = result
            else:
                maps["crop"][row], maps["encode"][row] = result
            if row % _REPORT_EVERY == 0 or row == n - 1:
                yield SquaresProgress(row + 1, n)
        for mapped in maps.values():
            mapped.flush()
        replace_file(notes, json.dumps(unreadable).encode())
    reasons = {int(row): str(reason) for row, reason in json.loads(notes.read_text()).items()}
    to_encode = _open(files["encode"], shapes["encode"], "r")
    yield Squares(
        to_crop=_open(files["crop"], shapes["crop"], "r"),
        to_encode=to_encode,
        unreadable=tuple(UnreadablePhoto(paths[row], why) for row, why in reasons.items()),
        contents=_contents(to_encode, reasons, folder / f"squares-{key}.contents.json", token),
        key=key,
    )


def name_content(square: NDArray[np.uint8]) -> str:
    """What a square is known by: the same for the same pixels only."""
    return blake3(np.ascontiguousarray(square).data).hexdigest(length=16)


def _contents(
    squares: NDArray[np.uint8], unreadable: Mapping[int, str], kept: Path, token: CancelToken
) -> tuple[str, ...]:
    """What each photo is known by; looked at once for all runs over the same photos."""
    if not kept.is_file():
        found = []
        for row, square in enumerate(squares):
            token.raise_if_cancelled()
            found.append("" if row in unreadable else name_content(square))
        replace_file(kept, json.dumps(found).encode())
    return tuple(json.loads(kept.read_text()))


def _decode_all(
    paths: Sequence[Path], settings: tuple[int, int, str, str], token: CancelToken
) -> Iterator[tuple[int, tuple[NDArray[np.uint8], NDArray[np.uint8]] | str]]:
    """Squares or the reason why there are none, in order, decoding some photos ahead."""
    with ThreadPoolExecutor(_N_DECODERS, thread_name_prefix="decode") as pool:
        coming = iter(paths)
        ahead = [pool.submit(_decode_one, path, settings) for path in islice(coming, _AHEAD)]
        for row in range(len(paths)):
            if token.is_cancelled:
                for future in ahead:
                    future.cancel()
            token.raise_if_cancelled()
            result = ahead.pop(0).result()
            ahead.extend(pool.submit(_decode_one, path, settings) for path in islice(coming, 1))
            yield row, result


def _decode_one(
    path: Path, settings: tuple[int, int, str, str]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | str:
    crop_px, input_px, resize_mode, interpolation = settings
    try:
        pixels = decode(str(path)).pixels
    except DecodeError as error:
        _log.warning("left out %s: %s", path, error.problem.reason)
        return error.problem.reason
    return (
        resize_square(pixels, crop_px, resize_mode, interpolation),
        resize_square(pixels, input_px, resize_mode, interpolation),
    )


def _fingerprint(paths: Sequence[Path], settings: tuple[Any, ...]) -> str:
    """A name for these files as they are now and the way they are made into squares."""
    hasher = blake3(repr(settings).encode())
    for path in paths:
        try:
            facts = path.stat()
            hasher.update(b"\0%b\0%d\0%d" % (os.fsencode(path), facts.st_size, facts.st_mtime_ns))
        except OSError:
            hasher.update(b"\0%b\0-" % os.fsencode(path))
    return hasher.hexdigest(length=8)


def _open(path: Path, shape: tuple[int, ...], mode: Any) -> "np.memmap[Any, np.dtype[np.uint8]]":
    return np.memmap(path, np.uint8, mode, shape=shape)
