"""Retrieval metrics that do not depend on how ties are ordered."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Codes, unpack_codes
from ahash_desktop.search.ranking import SHORTLIST_SIZE
from ahash_desktop.training.ask.report import BitScores

TOP = 10
_CHUNK = 512
_BELOW_ONE = 0.4
"""Times two cosines never bridges the gap between two distances."""

Counts = NDArray[np.int64]
Labels = NDArray[np.int64]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RankingScores:
    """How well each query ranks the database, over the whole ranking.

    All are float64 (n_queries,), NaN for a query that has nothing to find. `average_precision_at_r`
    looks at the first R items only, R being how many are relevant.
    """

    average_precision: Scores
    precision_at_10: Scores
    average_precision_at_r: Scores


def expected_average_precision(
    sizes: Counts, relevant: Counts, top: Counts | None = None
) -> Scores:
    """Average precision, averaged over all orders of the tied items.

    A group of n tied items, r of them relevant, after N items with R relevant ones, adds
    `(r / n) Σ_{i=1…n} (R + 1 + (i − 1) c) / (N + i)` with `c = (r − 1) / (n − 1)`, which is
    `(r / n) [n c + (R + 1 − c (N + 1)) (H(N + n) − H(N))]` with harmonic numbers H; the sum over
    the groups is divided by the number of relevant items. Source: McSherry and Najork, Computing
    information retrieval performance measures efficiently in the presence of tied scores (2008).

    Args:
        sizes: int64 (n_queries, n_groups): items in each group of tied items, best group first;
            empty groups do no harm.
        relevant: int64 (n_queries, n_groups): how many of them are relevant.
        top: int64 (n_queries,): how many items count; None for all. With the number of relevant
            ones this is AP@R (Musgrave et al., A metric learning reality check, 2020).

    Returns:
        float64 (n_queries,); NaN where nothing is relevant.
    """
    harmonic = _harmonic_numbers(int(sizes.sum(axis=1).max(initial=0)))
    after, found_after = np.cumsum(sizes, axis=1), np.cumsum(relevant, axis=1)
    before, found_before = after - sizes, found_after - relevant
    slope = (relevant - 1) / np.maximum(sizes - 1, 1)
    slope[sizes < 2] = 0.0
    taken = sizes if top is None else np.clip(top[:, None] - before, 0, sizes)
    inner = taken * slope + (found_before + 1 - slope * (before + 1)) * (
        harmonic[before + taken] - harmonic[before]
    )
    gains = (relevant / np.maximum(sizes, 1) * inner).sum(axis=1)
    return _divide(gains, found_after[:, -1])


def expected_precision(sizes: Counts, relevant: Counts, top: int = TOP) -> Scores:
    """Share of relevant items among the first `top`, averaged over all orders of tied items.

    Args:
        sizes: int64 (n_queries, n_groups), as for `expected_average_precision`.
        relevant: int64 (n_queries, n_groups).
        top: How many items count; all of them if there are fewer.

    Returns:
        float64 (n_queries,); NaN where nothing is relevant.
    """
    before = np.cumsum(sizes, axis=1) - sizes
    taken = np.clip(top - before, 0, sizes)
    hits = (relevant / np.maximum(sizes, 1) * taken).sum(axis=1)
    precision = _divide(hits, np.minimum(sizes.sum(axis=1), top))
    precision[relevant.sum(axis=1) == 0] = np.nan
    return precision


def score_codes(
    queries: Codes,
    database: Codes,
    query_labels: Labels,
    labels: Labels,
    n_bits: int,
    *,
    leave_out: bool | None = None,
) -> RankingScores:
    """Scores of the ranking by Hamming distance.

    Args:
        queries: uint8 (n_queries, n_bytes).
        database: uint8 (n_items, n_bytes).
        query_labels: int64 (n_queries,).
        labels: int64 (n_items,); an item is relevant if its label is the query's.
        n_bits: Bits a code has.
        leave_out: Whether to leave item i out of the ranking of query i; None if both are the same
            object.
    """
    leave_out = queries is database if leave_out is None else leave_out
    signs = unpack_codes(database, n_bits).astype(np.float32) * 2 - 1
    asked = unpack_codes(queries, n_bits).astype(np.float32) * 2 - 1
    parts = []
    for start in range(0, len(asked), _CHUNK):
        rows = slice(start, start + _CHUNK)
        distances = np.rint((n_bits - asked[rows] @ signs.T) / 2).astype(np.int64)
        same = query_labels[rows, None] == labels
        sizes = _count_by_distance(distances, n_bits, None)
        relevant = _count_by_distance(distances, n_bits, same)
        if leave_out:
            own = distances[np.arange(len(distances)), np.arange(start, start + len(distances))]
            sizes[np.arange(len(own)), own] -= 1
            relevant[np.arange(len(own)), own] -= 1
        parts.append(_score(sizes, relevant))
    return _join(parts)


def score_features(
    queries: NDArray[np.float32],
    database: NDArray[np.float32],
    query_labels: Labels,
    labels: Labels,
) -> RankingScores:
    """Scores of the ranking by cosine similarity.

    Args:
        queries: float32 (n_queries, d).
        database: float32 (n_items, d); the same object as `queries` leaves each query itself out
            of its ranking.
        query_labels: int64 (n_queries,).
        labels: int64 (n_items,); an item is relevant if its label is the query's.
    """
    items, asked = _unit_rows(database), _unit_rows(queries)
    return _score_similarities(
        lambda rows: asked[rows] @ items.T, query_labels, labels, queries is database
    )


def score_shortlist(
    queries: Activations,
    database: Activations,
    query_labels: Labels,
    labels: Labels,
    size: int = SHORTLIST_SIZE,
) -> RankingScores:
    """Scores of the ranking that a search shows by default, see `search.ranking.SearchIndex`.

    The `size` items with the fewest differing bits, and all as near as the last of them, rank by
    the cosine of the activations; the others follow by distance, those of one distance by cosine.

    Args:
        queries: float16 (n_queries, n_bits).
        database: float16 (n_items, n_bits); the same object as `queries` leaves each query itself
            out of its ranking.
        query_labels: int64 (n_queries,).
        labels: int64 (n_items,).
        size: Of the shortlist.
    """
    items, asked = (_unit_rows(part.astype(np.float32)) for part in (database, queries))
    signs, asked_signs = (np.where(part > 0, 1, -1).astype(np.float32) for part in (items, asked))
    n_bits = items.shape[1]
    leave_out = queries is database

    def similarities(rows: slice) -> NDArray[np.float32]:
        distances = np.rint((n_bits - asked_signs[rows] @ signs.T) / 2)
        if leave_out:
            own = np.arange(len(distances))
            distances[own, own + rows.start] = n_bits + 1
        last = min(size, len(items)) - 1
        furthest = np.partition(distances, last, axis=1)[:, last : last + 1]
        cosines = asked[rows] @ items.T
        ranked: NDArray[np.float32] = np.where(
            distances <= furthest, 2 + cosines, _BELOW_ONE * cosines - distances
        ).astype(np.float32)
        return ranked

    return _score_similarities(similarities, query_labels, labels, leave_out)


def _score_similarities(
    similarities_of: Callable[[slice], NDArray[np.float32]],
    query_labels: Labels,
    labels: Labels,
    leave_out: bool,
) -> RankingScores:
    """Scores of the ranking by any similarity.

    Args:
        similarities_of: Those of some queries, float32 (n, n_items); they may be overwritten.
        query_labels: int64 (n_queries,).
        labels: int64 (n_items,).
        leave_out: Whether to leave item i out of the ranking of query i.
    """
    members = {label: np.flatnonzero(labels == label) for label in np.unique(query_labels)}
    n_groups = 2 * max((len(rows) for rows in members.values()), default=0) + 1
    parts = []
    for start in range(0, len(query_labels), _CHUNK):
        similarities = similarities_of(slice(start, start + _CHUNK))
        sizes = np.zeros((len(similarities), n_groups), np.int64)
        relevant = np.zeros_like(sizes)
        for row, similarity in enumerate(similarities):
            matches = members[query_labels[start + row]]
            if leave_out:
                matches = matches[matches != start + row]
                similarity[start + row] = -np.inf
            groups = _group_by_matches(np.sort(similarity), similarity[matches])
            sizes[row, : len(groups[0])], relevant[row, : len(groups[1])] = groups
            sizes[row, -1] = len(labels) - leave_out - sizes[row].sum()
        parts.append(_score(sizes, relevant))
    return _join(parts)


def _group_by_matches(
    ascending: NDArray[np.float32], matches: NDArray[np.float32]
) -> tuple[Counts, Counts]:
    """Groups down to the last match: by turns the items between matches, and those tied with one.

    Args:
        ascending: Similarities of all items, sorted.
        matches: Similarities of the relevant items.

    Returns:
        Sizes and relevant counts, int64 (2 · n_distinct,) each.
    """
    values, counts = np.unique(matches, return_counts=True)
    values, counts = values[::-1], counts[::-1]
    better = len(ascending) - np.searchsorted(ascending, values, side="right")
    tied_or_better = len(ascending) - np.searchsorted(ascending, values, side="left")
    sizes = np.zeros(2 * len(values), np.int64)
    relevant = np.zeros_like(sizes)
    sizes[1::2] = tied_or_better - better
    sizes[0::2] = better - np.concatenate([[0], tied_or_better[:-1]])
    relevant[1::2] = counts
    return sizes, relevant


def mean_score(scores: Scores) -> float:
    """The mean over the queries that have something to find; NaN if there are none."""
    valid = scores[~np.isnan(scores)]
    return float(valid.mean()) if len(valid) else float("nan")


def bootstrap_interval(
    scores: Scores, seed: int = 0, n_resamples: int = 1000
) -> tuple[float, float]:
    """The 95 % interval of the mean score, by resampling the queries.

    Args:
        scores: float64 (n_queries,); NaN is left out.
        seed: Of the resampling.
        n_resamples: How often the queries are drawn again.
    """
    valid = scores[~np.isnan(scores)]
    if not len(valid):
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    means = [valid[rng.integers(0, len(valid), len(valid))].mean() for _ in range(n_resamples)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def score_bits(activations: NDArray[np.float16]) -> BitScores:
    """How well the bits of many photos are used.

    Args:
        activations: float16 (n_photos, n_bits) in -1 … 1.
    """
    bits = (activations > 0).astype(np.float64)
    on = bits.mean(axis=0)
    shares = np.clip(np.stack([on, 1 - on]), 1e-12, 1)
    entropy = -(shares * np.log2(shares)).sum(axis=0)
    centred = bits - on
    deviation = np.sqrt((centred**2).mean(axis=0))
    scaled = centred / np.where(deviation > 0, deviation, 1)
    correlation = np.abs(scaled.T @ scaled) / len(bits)
    others = correlation[~np.eye(len(correlation), dtype=np.bool_)]
    return BitScores(
        entropy=float(entropy.mean()),
        mean_abs_correlation=float(others.mean()) if len(others) else 0.0,
        saturation=float(np.mean(np.abs(activations) > 0.5)),
    )


def _score(sizes: Counts, relevant: Counts) -> RankingScores:
    return RankingScores(
        expected_average_precision(sizes, relevant),
        expected_precision(sizes, relevant),
        expected_average_precision(sizes, relevant, relevant.sum(axis=1)),
    )


def _join(parts: list[RankingScores]) -> RankingScores:
    return RankingScores(
        np.concatenate([part.average_precision for part in parts]),
        np.concatenate([part.precision_at_10 for part in parts]),
        np.concatenate([part.average_precision_at_r for part in parts]),
    )


def _count_by_distance(distances: Counts, n_bits: int, chosen: NDArray[np.bool_] | None) -> Counts:
    """How many (chosen) items each row has at every distance: int64 (n_rows, n_bits + 1)."""
    n_rows = len(distances)
    cells = distances + np.arange(n_rows)[:, None] * (n_bits + 1)
    picked = cells.ravel() if chosen is None else cells[chosen]
    return np.bincount(picked, minlength=n_rows * (n_bits + 1)).reshape(n_rows, n_bits + 1)


def _harmonic_numbers(largest: int) -> Scores:
    """H(0) … H(largest)."""
    return np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, largest + 1))])


def _unit_rows(features: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    unit: NDArray[np.float32] = features / np.maximum(norms, np.float32(1e-12))
    return unit


def _divide(sums: Scores, counts: Counts) -> Scores:
    quotients = np.full(len(sums), np.nan)
    np.divide(sums, counts, out=quotients, where=counts > 0)
    return quotients
