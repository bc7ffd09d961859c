"""Batches of views in an order that depends on the seed, the epoch and nothing else."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ahash_desktop.training.data.augment import Augmentation, make_view
from ahash_desktop.training.data.teacher_file import StoredViews, cut_view

_N_MAKERS = 2
_SMALLEST_BATCH = 2

Rows = NDArray[np.int64]


class Batch(NamedTuple):
    """`inputs` are views uint8 (n, 3, S, S), or kept trunk features float16 (n, C, h, w).

    `views` are those a teacher's file knows, int64 (n,), −1 for one that is drawn; None if there is
    no such file.
    """

    rows: Rows
    inputs: Tensor
    views: Rows | None = None


def epoch_rows(rows: Rows, seed: int, epoch: int, n_taken: int = 0) -> Rows:
    """The order of an epoch.

    Args:
        rows: The photos to learn from.
        seed: Of the run.
        epoch: Counted over the whole run.
        n_taken: How many of them are drawn; 0 takes all.

    Returns:
        int64 (n_taken or n,), no photo twice.
    """
    shuffled: Rows = np.random.default_rng([seed, epoch]).permutation(rows)
    return shuffled[:n_taken] if n_taken else shuffled


def first_of_each_class(labels: NDArray[np.int64], rows: Rows, n_taken: int) -> Rows:
    """Of each class the first photos.

    Args:
        labels: Class of every photo, int64 (n_photos,).
        rows: The photos to choose from.
        n_taken: How many of a class at most.

    Returns:
        int64, class by class.
    """
    by_class = rows[np.argsort(labels[rows], kind="stable")]
    starts = np.searchsorted(labels[by_class], labels[by_class])
    return by_class[np.arange(len(by_class)) - starts < n_taken]


def split_batches(rows: Rows, batch_size: int) -> list[Rows]:
    """Consecutive batches; a last one too small for batch statistics joins the one before."""
    starts = list(range(0, len(rows), batch_size))
    if len(starts) > 1 and len(rows) - starts[-1] < max(_SMALLEST_BATCH, batch_size // 4):
        starts.pop()
    return [rows[start:end] for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)]


def add_unlabelled(batches: list[Rows], unlabelled: Rows, seed: int, epoch: int) -> list[Rows]:
    """Joins to each batch as many photos without labels; all come before one comes again.

    Args:
        batches: Rows of each batch.
        unlabelled: Rows of such photos; none leaves the batches as they are.
        seed: Of the run.
        epoch: Another epoch goes on with others.
    """
    if not len(unlabelled):
        return batches
    n_each = sum(len(rows) for rows in batches)
    first, last = epoch * n_each, (epoch + 1) * n_each
    rounds = range(first // len(unlabelled), -(-last // len(unlabelled)))
    order = np.concatenate(
        [np.random.default_rng([seed, number, 2]).permutation(unlabelled) for number in rounds]
    )[first - rounds[0] * len(unlabelled) :]
    joined = []
    for rows in batches:
        joined.append(np.concatenate([rows, order[: len(rows)]]))
        order = order[len(rows) :]
    return joined


def fresh_views(
    squares: NDArray[np.uint8],
    batches: list[Rows],
    augmentation: Augmentation,
    seed: int,
    epoch: int,
    stored: StoredViews | None = None,
) -> Generator[Batch]:
    """Augmented views of each batch, the next batch being made meanwhile.

    Args:
        squares: uint8 (n_photos, side, side, 3).
        batches: Rows of each batch.
        augmentation: How far views stray.
        seed: Of the run.
        epoch: Another epoch gives other views.
        stored: Views to look at instead, of the photos that have some.
    """

    def make(row: int) -> tuple[Tensor, int]:
        rng = np.random.default_rng([seed, epoch, row])
        view = -1 if stored is None else stored.choose(row, rng)
        if stored is not None and view >= 0:
            return cut_view(squares[row], stored.view[view], augmentation.size_px), view
        return make_view(squares[row], augmentation, rng), view

    with ThreadPoolExecutor(_N_MAKERS, thread_name_prefix="views") as pool:
        ahead = [pool.submit(make, int(row)) for row in batches[0]] if batches else []
        for index, rows in enumerate(batches):
            current = ahead
            if index + 1 < len(batches):
                ahead = [pool.submit(make, int(row)) for row in batches[index + 1]]
            pictures, views = zip(*(future.result() for future in current), strict=True)
            yield Batch(rows, torch.stack(pictures), None if stored is None else np.array(views))


def kept_views(
    features: NDArray[np.float16], batches: list[Rows], seed: int, epoch: int
) -> Generator[Batch]:
    """For each photo of a batch one of its kept views, drawn anew each epoch.

    Args:
        features: float16 (n_views, n_photos, C, h, w).
        batches: Rows of each batch.
        seed: Of the run.
        epoch: Decides the views.
    """
    n_views, n_photos = features.shape[:2]
    rng = np.random.default_rng([seed, epoch, 1])
    chosen: Rows = rng.integers(0, n_views, size=(n_photos,))
    for rows in batches:
        yield Batch(rows, torch.from_numpy(features[chosen[rows], rows]))
