"""Reads labelled photos into batches for the network, with decoding ahead of it."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.preprocess import to_input
from ahash_desktop.imaging.decode import DecodeError, decode
from ahash_desktop.training.ask.labels import UnreadablePhoto

_log = logging.getLogger(__name__)

_N_DECODERS = 2


@dataclass(frozen=True, slots=True)
class PhotoBatch:
    """Photos ready for the network.

    `rows` int64 (n,) says which of the paths they are; `squares` is uint8 (n, S, S, 3).
    `unreadable` are those of the batch that are missing from it. `wholes` are the whole pictures,
    uint8 (H, W, 3), for a model that looks twice, else empty.
    """

    rows: NDArray[np.int64]
    squares: NDArray[np.uint8]
    unreadable: tuple[UnreadablePhoto, ...]
    wholes: tuple[NDArray[np.uint8], ...] = ()


_Read = tuple[NDArray[np.uint8], NDArray[np.uint8] | None] | str


def read_batches(
    paths: Sequence[Path], manifest: BundleManifest, batch_size: int
) -> Iterator[PhotoBatch]:
    """The photos as the model wants them, in order; the next batch is decoded meanwhile.

    Args:
        paths: The photos.
        manifest: How the model wants them.
        batch_size: How many paths go into a batch.
    """
    starts = range(0, len(paths), batch_size)
    with ThreadPoolExecutor(_N_DECODERS, thread_name_prefix="decode") as pool:

        def submit(start: int) -> list[Future[_Read]]:
            chosen = paths[start : start + batch_size]
            return [pool.submit(_read_square, path, manifest) for path in chosen]

        ahead = submit(0) if paths else []
        for start in starts:
            current, ahead = ahead, submit(start + batch_size)
            yield _collect(start, paths, [future.result() for future in current], manifest)


def _read_square(path: Path, manifest: BundleManifest) -> _Read:
    """The photo as the model wants it, whole too if it looks twice, or why it cannot be had."""
    try:
        pixels = decode(str(path)).pixels
        return to_input(pixels, manifest), None if manifest.second_look is None else pixels
    except DecodeError as error:
        _log.warning("left out %s: %s", path, error.problem.reason)
        return error.problem.reason


def _collect(
    start: int,
    paths: Sequence[Path],
    results: list[_Read],
    manifest: BundleManifest,
) -> PhotoBatch:
    good = {row: result for row, result in enumerate(results, start) if not isinstance(result, str)}
    unreadable = tuple(
        UnreadablePhoto(paths[row], result)
        for row, result in enumerate(results, start)
        if isinstance(result, str)
    )
    side = manifest.input_size
    squares = [square for square, _ in good.values()]
    return PhotoBatch(
        np.array(list(good), dtype=np.int64),
        np.stack(squares) if squares else np.empty((0, side, side, 3), np.uint8),
        unreadable,
        tuple(whole for _, whole in good.values() if whole is not None),
    )
