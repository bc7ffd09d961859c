"""What is nearest to what, however many photos there are."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.training.judging import before_after
from ahash_desktop.training.judging.before_after import Judged, Side, confusions, matches_of


def corners(n_rows: int, seed: int) -> np.ndarray:
    """Activations of -1 and 1 in 16 bits: their cosines are exact, and many are the same."""
    signs = np.random.default_rng(seed).integers(0, 2, (n_rows, 16)) * 2 - 1
    return signs.astype(np.float16)


def plainly(queries: np.ndarray, items: np.ndarray, n_nearest: int, *, leave_out: bool):
    cosines = queries.astype(np.float32) @ items.astype(np.float32).T / 16
    if leave_out:
        np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :n_nearest]


@pytest.mark.parametrize("n_nearest", [1, 5, 11, 1300, 2000])
@pytest.mark.parametrize("leave_out", [False, True])
def test_the_nearest_are_those_of_a_whole_ranking_in_its_order(n_nearest, leave_out):
    items = corners(1300, 1)
    queries = items if leave_out else corners(1100, 2)
    found = before_after._nearest(queries, items, n_nearest, leave_out=leave_out)
    expected = plainly(queries, items, n_nearest, leave_out=leave_out)
    assert found.dtype == np.int64
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("n_rows", [7, 512])
def test_blocks_of_any_size_find_what_is_nearest(monkeypatch, n_rows):
    monkeypatch.setattr(before_after, "_MOST_AT_ONCE", 900 * n_rows)
    side = np.random.default_rng(3).normal(size=(900, 12)).astype(np.float16)
    found = before_after._nearest(side, side, 10, leave_out=True)
    exact = side.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    cosines = exact @ exact.T
    np.fill_diagonal(cosines, -np.inf)
    expected = np.sort(cosines, axis=1)[:, :-11:-1]
    assert np.allclose(np.take_along_axis(cosines, found, axis=1), expected, atol=1e-6)


def test_few_items_and_none_at_all():
    assert before_after._nearest(corners(3, 1), corners(2, 2), 5).shape == (3, 2)
    assert before_after._nearest(corners(0, 1), corners(2, 2), 5).shape == (0, 2)
    assert before_after._nearest(corners(3, 1), corners(0, 2), 5).shape == (3, 0)


def test_confusions_of_many_photos_take_little_memory():
    n_asking, n_items, n_kinds = 4000, 6000, 1500
    judged = Judged(
        tuple(f"{kind:04}" for kind in range(n_kinds)),
        np.arange(n_items) % n_kinds,
        np.arange(n_asking) % n_kinds,
        tuple(Path(f"/item {row}") for row in range(n_items)),
        tuple(Path(f"/query {row}") for row in range(n_asking)),
    )
    side = Side(corners(n_items, 1), corners(n_asking, 2))
    tracemalloc.start()
    try:
        found = confusions(side, side, judged)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found
    assert all(each.n_photos == each.n_before for each in found)
    at_once = 16 * n_asking * n_items
    assert peak < at_once / 3
    (shown,) = matches_of(side, judged, (7,))
    assert shown.query == Path("/query 7")
