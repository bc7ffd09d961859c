"""Lays codes out in the plane, in a process of its own that can be ended at any moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PERPLEXITY = 30.0
_EARLY_STEPS = 250
_STEPS = 500
_REPORT_EVERY = 25
_FEWEST = 8
_MANY = 1000
_NEIGHBOURS_ASKED, _NEIGHBOURS_TAKEN = 10, 5
_PLACED_AT_ONCE = 2_000

MOST_LAID_OUT = 50_000
"""So many photos are laid out at most; what laying out takes grows with their number, and more."""
N_STEPS = _EARLY_STEPS + _STEPS
"""How many steps laying out takes."""


def n_steps(n_photos: int, most: int = MOST_LAID_OUT) -> int:
    """How many steps a map of so many photos takes; placing the others counts as some of them."""
    return N_STEPS + -(-max(0, n_photos - most) // _PLACED_AT_ONCE)


def run_layout(connection: Connection, source: Path, target: Path, n_threads: int) -> None:
    """Where a spawned process begins: reads activations, writes places, reports steps.

    Args:
        connection: Gets the number of steps done, now and then; closed at the end.
        source: A `.npy` file of activations, float16 (n, k).
        target: Where the places go, `.npy`, float32 (n, 2).
        n_threads: How many it may use.
    """
    activations = np.load(source, mmap_mode="r", allow_pickle=False)
    places = lay_out(activations, n_threads, connection.send)
    np.save(target, places, allow_pickle=False)
    connection.close()


def lay_out(
    activations: NDArray[np.floating[Any]],
    n_threads: int,
    report: Callable[[int], None] | None = None,
    most: int = MOST_LAID_OUT,
) -> NDArray[np.float32]:
    """Places of photos such that those with like codes lie close (t-SNE, openTSNE).

    Of more than `most` photos, so many are laid out, taken evenly from all; each of the others
    comes to the middle of those among them that are most like it.

    Args:
        activations: Any floats, (n, k) in -1 … 1; they may be mapped from a file.
        n_threads: How many threads to use.
        report: Gets the number of steps done, `n_steps` at the end.
        most: How many are laid out at most.

    Returns:
        float32 (n, 2) in 0 … 1; the same activations give the same places.
    """
    n_photos = len(activations)
    if n_photos < _FEWEST:
        return _in_a_row(n_photos)
    tell = report or (lambda _n_done: None)
    is_chosen = np.ones(n_photos, dtype=np.bool_)
    if n_photos > most:
        is_chosen[:] = False
        is_chosen[np.arange(most) * n_photos // most] = True
    layout = _fit(activations[is_chosen].astype(np.float32), n_threads, tell)
    places = np.empty((n_photos, 2))
    places[is_chosen] = layout
    others = np.flatnonzero(~is_chosen)
    if others.size:
        places[others] = _place_among(layout, activations, others, n_threads, tell)
    return normalised(places)


def _fit(activations: NDArray[np.float32], n_threads: int, tell: Callable[[int], None]) -> Any:
    """The layout of photos: float64 (n, 2) that also answers which are near."""
    import openTSNE

    n_done = 0

    def on_step(_iteration: int, _error: float, _embedding: NDArray[np.float64]) -> None:
        nonlocal n_done
        n_done += _REPORT_EVERY
        tell(n_done)

    return openTSNE.TSNE(
        perplexity=min(_PERPLEXITY, (len(activations) - 1) / 3),
        early_exaggeration_iter=_EARLY_STEPS,
        n_iter=_STEPS,
        n_jobs=n_threads if len(activations) >= _MANY else 1,
        random_state=0,
        callbacks=on_step,
        callbacks_every_iters=_REPORT_EVERY,
    ).fit(activations)


def _place_among(
    layout: Any,
    activations: NDArray[np.floating[Any]],
    rows: NDArray[np.intp],
    n_threads: int,
    tell: Callable[[int], None],
) -> NDArray[np.float64]:
    """Places of photos that were not laid out, float64 (n, 2): a median, lest they lie in a gap."""
    laid_out, index = np.asarray(layout), layout.affinities.knn_index
    index.n_jobs = 1  # a block each thread, not a photo
    # More are asked for than are taken: the search is approximate and then looks farther.
    n_asked = min(_NEIGHBOURS_ASKED, len(laid_out))

    def place(start: int) -> NDArray[np.float64]:
        block = activations[rows[start : start + _PLACED_AT_ONCE]].astype(np.float32)
        nearest, _ = index.query(block, n_asked)
        middles: NDArray[np.float64] = np.median(laid_out[nearest[:, :_NEIGHBOURS_TAKEN]], axis=1)
        return middles

    placed = []
    with ThreadPoolExecutor(n_threads) as pool:
        for middles in pool.map(place, range(0, rows.size, _PLACED_AT_ONCE)):
            placed.append(middles)
            tell(N_STEPS + len(placed))
    return np.concatenate(placed)


def normalised(places: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Places moved and scaled into 0 … 1, their proportions kept: float32 (n, 2)."""
    low, high = places.min(axis=0), places.max(axis=0)
    side = float((high - low).max()) or 1.0
    centred: NDArray[np.float32] = ((places - (low + high) / 2) / side + 0.5).astype(np.float32)
    return centred


def _in_a_row(n_photos: int) -> NDArray[np.float32]:
    """Too few photos for neighbourhoods: side by side."""
    across = (np.arange(n_photos) + 0.5) / max(n_photos, 1)
    return np.stack([across, np.full(n_photos, 0.5)], axis=1).astype(np.float32)
