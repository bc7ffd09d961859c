"""Metrics against brute force over all orders of tied items."""

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.records import CodeBlock, EncodedPicture
from ahash_desktop.search import ranking
from ahash_desktop.training.judging.metrics import (
    bootstrap_interval,
    expected_average_precision,
    expected_precision,
    score_bits,
    score_codes,
    score_features,
    score_shortlist,
)
from tests import patience


def average_precision(relevance):
    hits, total = 0, 0.0
    for position, is_relevant in enumerate(relevance, start=1):
        if is_relevant:
            hits += 1
            total += hits / position
    return total / hits


def all_orders(groups):
    """Every order of the items that keeps the groups apart, as lists of relevance."""
    for orders in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield [item for order in orders for item in order]


def as_counts(groups):
    sizes = np.array([[len(group) for group in groups]])
    relevant = np.array([[sum(group) for group in groups]])
    return sizes, relevant


tied_groups = st.lists(
    st.lists(st.booleans(), min_size=0, max_size=4), min_size=1, max_size=3
).filter(lambda groups: any(any(group) for group in groups))


@given(tied_groups)
@settings(max_examples=60, deadline=None)
def test_average_precision_is_the_mean_over_all_orders_of_tied_items(groups):
    brute = np.mean([average_precision(order) for order in all_orders(groups)])
    assert expected_average_precision(*as_counts(groups))[0] == pytest.approx(brute, abs=1e-12)


@given(tied_groups)
@settings(max_examples=60, deadline=None)
def test_average_precision_at_r_is_the_mean_over_all_orders_of_tied_items(groups):
    sizes, relevant = as_counts(groups)
    r = int(relevant.sum())

    def at_r(order):
        hits = [i for i, found in enumerate(order[:r]) if found]
        return sum(sum(order[: i + 1]) / (i + 1) for i in hits) / r

    brute = np.mean([at_r(order) for order in all_orders(groups)])
    found = expected_average_precision(sizes, relevant, np.array([r]))[0]
    assert found == pytest.approx(brute, abs=1e-12)


@given(tied_groups, st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_precision_is_the_mean_over_all_orders_of_tied_items(groups, top):
    n_items = sum(len(group) for group in groups)
    brute = np.mean([sum(order[:top]) / min(top, n_items) for order in all_orders(groups)])
    assert expected_precision(*as_counts(groups), top)[0] == pytest.approx(brute, abs=1e-12)


def slow_code_scores(queries, database, query_labels, labels, *, leave_out):
    """One query and one distance at a time."""
    results = []
    for row, query in enumerate(queries):
        kept = [item for item in range(len(database)) if not (leave_out and item == row)]
        distance = {item: np.bitwise_count(database[item] ^ query).sum() for item in kept}
        groups = [
            [labels[item] == query_labels[row] for item in kept if distance[item] == step]
            for step in sorted(set(distance.values()))
        ]
        sizes, relevant = as_counts(groups)
        results.append(
            (expected_average_precision(sizes, relevant)[0], expected_precision(sizes, relevant)[0])
        )
    return np.array(results).T


@pytest.mark.parametrize("n_bits", [5, 12, 64])
def test_code_scores_agree_with_one_query_at_a_time(n_bits):
    rng = np.random.default_rng(1)
    database = np.packbits(rng.random((60, n_bits)) > 0.5, axis=1)
    queries = np.packbits(rng.random((25, n_bits)) > 0.5, axis=1)
    labels, asked = rng.integers(0, 6, 60), rng.integers(0, 6, 25)
    fast = score_codes(queries, database, asked, labels, n_bits)
    slow = slow_code_scores(queries, database, asked, labels, leave_out=False)
    np.testing.assert_allclose(fast.average_precision, slow[0], atol=1e-12)
    np.testing.assert_allclose(fast.precision_at_10, slow[1], atol=1e-12)


def test_a_query_of_the_database_never_finds_itself():
    rng = np.random.default_rng(2)
    codes = np.packbits(rng.random((40, 12)) > 0.5, axis=1)
    labels = rng.integers(0, 4, 40)
    fast = score_codes(codes, codes, labels, labels, 12)
    slow = slow_code_scores(codes, codes, labels, labels, leave_out=True)
    np.testing.assert_allclose(fast.average_precision, slow[0], atol=1e-12)


@pytest.mark.parametrize("leave_out", [False, True])
def test_feature_scores_agree_with_sorting_everything(leave_out):
    rng = np.random.default_rng(3)
    database = rng.standard_normal((50, 3)).astype(np.float32)
    queries = database if leave_out else rng.standard_normal((20, 3)).astype(np.float32)
    labels = rng.integers(0, 5, 50)
    asked = labels if leave_out else rng.integers(0, 5, 20)
    fast = score_features(queries, database, asked, labels)
    unit = database / np.linalg.norm(database, axis=1, keepdims=True)
    for row, query in enumerate(queries / np.linalg.norm(queries, axis=1, keepdims=True)):
        kept = np.array([item for item in range(50) if not (leave_out and item == row)])
        similarity = (unit @ query)[kept]
        groups = [
            list(labels[kept][similarity == value] == asked[row])
            for value in sorted(set(similarity), reverse=True)
        ]
        expected = expected_average_precision(*as_counts(groups))[0]
        assert fast.average_precision[row] == pytest.approx(expected, abs=1e-9)


def test_feature_ties_are_averaged_over_their_orders():
    database = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    query = np.array([[2, 0]], np.float32)
    scores = score_features(query, database, np.array([7]), np.array([7, 8, 8]))
    assert scores.average_precision[0] == pytest.approx((1 + 0.5) / 2)
    assert scores.precision_at_10[0] == pytest.approx(1 / 3)


def test_a_query_without_a_match_has_no_score():
    codes = np.array([[0], [1]], np.uint8)
    scores = score_codes(codes[:1], codes, np.array([9]), np.array([1, 2]), 8)
    assert np.isnan(scores.average_precision[0])
    assert np.isnan(scores.precision_at_10[0])


def test_the_bootstrap_interval_is_repeatable_and_holds_the_mean():
    scores = np.append(np.random.default_rng(4).random(200), np.nan)
    low, high = bootstrap_interval(scores, seed=5)
    assert (low, high) == bootstrap_interval(scores, seed=5)
    assert low < np.nanmean(scores) < high
    assert high - low < 0.12


def test_bit_scores_know_perfect_and_useless_bits():
    square = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]], np.float16)
    perfect = score_bits(square * np.float16(0.9))
    assert perfect.entropy == pytest.approx(1)
    assert perfect.mean_abs_correlation == pytest.approx(0)
    assert perfect.saturation == 1
    useless = score_bits(np.full((4, 2), 0.1, np.float16))
    assert useless.entropy == pytest.approx(0, abs=1e-9)
    assert useless.mean_abs_correlation == 0
    assert useless.saturation == 0
    doubled = score_bits(square[:, [0, 0]])
    assert doubled.mean_abs_correlation == pytest.approx(1)


def test_ten_thousand_queries_take_seconds():
    rng = np.random.default_rng(6)
    codes = rng.integers(0, 256, (10_000, 8), dtype=np.uint8)
    labels = rng.integers(0, 100, 10_000)
    with patience.Budget() as budget:
        began = time.process_time()
        scores = score_codes(codes, codes, labels, labels, 64)
        spent_s = time.process_time() - began
    assert budget.allows(spent_s, 30.0)
    assert scores.average_precision.mean() == pytest.approx(0.01, abs=0.002)


def test_each_query_can_be_left_out_whatever_its_code_in_the_database():
    rng = np.random.default_rng(7)
    queries, database = (np.packbits(rng.random((30, 12)) > 0.5, axis=1) for _ in range(2))
    labels = rng.integers(0, 4, 30)
    fast = score_codes(queries, database, labels, labels, 12, leave_out=True)
    slow = slow_code_scores(queries, database, labels, labels, leave_out=True)
    np.testing.assert_allclose(fast.average_precision, slow[0], atol=1e-12)


@pytest.mark.parametrize("leave_out", [True, False])
@pytest.mark.parametrize("size", [1, 7, 20, 100])
def test_shortlist_scores_agree_with_the_search(leave_out, size):
    rng = np.random.default_rng(3)
    kinds = rng.normal(size=(4, 12))
    labels = rng.integers(0, 4, 60)
    values = np.tanh(kinds[labels] + rng.normal(size=(60, 12))).astype(np.float16)
    queries = values if leave_out else values[:9].copy()
    scores = score_shortlist(queries, values, labels[: len(queries)], labels, size)
    index = ranking.SearchIndex(
        CodeBlock(12, np.arange(60, dtype=np.int64), pack_activations(values), values)
    )
    for row, activations in enumerate(queries):
        example = EncodedPicture(pack_activations(activations[None])[0], activations)
        excluded = frozenset([row]) if leave_out else frozenset()
        query = ranking.Query((example,), exclude_ids=excluded)
        rest = index.rank(query, top_k=60).photo_ids
        listed = _shortlist(index, query, size)
        order = [*listed, *(photo for photo in rest if photo not in listed)]
        hits = labels[order] == labels[row]
        expected = (np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean()
        assert scores.average_precision[row] == pytest.approx(expected, abs=1e-6)


def _shortlist(index, query, size):
    """The ids of the shortlist in their order."""
    by_distance = index.rank(query, top_k=size)
    if not len(by_distance.photo_ids):
        return []
    furthest = by_distance.distances[-1]
    listed = index.rank(replace(query, order=ranking.STRENGTH), top_k=60, max_distance=furthest)
    return listed.photo_ids.tolist()
