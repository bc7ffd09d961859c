"""Lays codes out in the plane, in a process of its own that can be ended at any moment."""

from collections.abc import Callable
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

N_STEPS = _EARLY_STEPS + _STEPS
"""How many steps a layout takes."""


def run_layout(connection: Connection, source: Path, target: Path, n_threads: int) -> None:
    """Where a spawned process begins: reads activations, writes places, reports steps.

    Args:
        connection: Gets the number of steps done, now and then; closed at the end.
        source: A `.npy` file of activations, float16 (n, k).
        target: Where the places go, `.npy`, float32 (n, 2).
        n_threads: How many it may use.
    """
    activations = np.load(source, allow_pickle=False).astype(np.float32)
    places = lay_out(activations, n_threads, connection.send)
    np.save(target, places, allow_pickle=False)
    connection.close()


def lay_out(
    activations: NDArray[np.float32], n_threads: int, report: Callable[[int], None] | None = None
) -> NDArray[np.float32]:
    """Places of photos such that those with like codes lie close (t-SNE, openTSNE).

    Args:
        activations: float32 (n, k) in -1 … 1.
        n_threads: How many threads to use.
        report: Gets the number of steps done.

    Returns:
        float32 (n, 2) in 0 … 1; the same activations give the same places.
    """
    if len(activations) < _FEWEST:
        return _in_a_row(len(activations))
    import openTSNE

    n_done = 0

    def on_step(_iteration: int, _error: float, _embedding: NDArray[np.float64]) -> None:
        nonlocal n_done
        n_done += _REPORT_EVERY
        if report is not None:
            report(n_done)

    layout = openTSNE.TSNE(
        perplexity=min(_PERPLEXITY, (len(activations) - 1) / 3),
        early_exaggeration_iter=_EARLY_STEPS,
        n_iter=_STEPS,
        n_jobs=n_threads if len(activations) >= _MANY else 1,
        random_state=0,
        callbacks=on_step,
        callbacks_every_iters=_REPORT_EVERY,
    ).fit(activations)
    return normalised(np.asarray(layout))


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
