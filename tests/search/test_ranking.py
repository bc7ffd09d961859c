"""A ranking agrees with a slow sort of everything, and any cut of it is the same."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.records import CodeBlock, EncodedPicture
from ahash_desktop.search import ranking as ranking_module
from ahash_desktop.search.ranking import DISTANCE, SHORTLIST, STRENGTH, Query, SearchIndex


def encode(values: np.ndarray) -> EncodedPicture:
    activations = values.astype(np.float16)
    return EncodedPicture(pack_activations(activations), activations)


def block_of(values: np.ndarray, ids: np.ndarray | None = None) -> CodeBlock:
    """A block of activations (n, n_bits) with ascending photo ids."""
    activations = values.astype(np.float16)
    photo_ids = np.arange(len(values)) * 3 + 1 if ids is None else ids
    codes = pack_activations(activations)
    return CodeBlock(values.shape[1], photo_ids.astype(np.int64), codes, activations)


@dataclass(frozen=True)
class Hit:
    """One match of the slow version."""

    photo_id: int
    distance: float
    score: float
    differing: tuple[int, ...]


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.astype(np.float64), b.astype(np.float64)
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else 0.0


def turned_round(
    examples: tuple[EncodedPicture, ...], bits: set[int]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Which bits are on, and the activations, with some bits the other way."""
    made = []
    for example in examples:
        is_on, activations = example.activations > 0, example.activations.copy()
        for bit in bits:
            is_on[bit], activations[bit] = not is_on[bit], -activations[bit]
        made.append((is_on, activations))
    return made


def rank_slowly(
    block: CodeBlock, query: Query, max_distance: float | None, top_k: int = 0
) -> list[Hit]:
    """Every photo sorted with exact fractions, one by one."""
    bits = block.activations > 0
    compared = [bit for bit in range(block.n_bits) if bit not in query.ignored_bits]
    positives = turned_round(query.positives, set(query.inverted_bits))
    negatives = turned_round(query.negatives, set())
    first = positives[0][0]

    def quiet(activations: np.ndarray) -> np.ndarray:
        heard = activations.copy()
        heard[list(query.ignored_bits)] = 0
        return heard

    weights = query.positive_weights or (1,) * len(positives)
    counterweights = query.negative_weights or (1,) * len(negatives)

    def mean_distance(
        row: int, examples: list[tuple[np.ndarray, np.ndarray]], weights: tuple[int, ...]
    ) -> Fraction:
        differing = [
            weight * int(bits[row][bit] != is_on[bit])
            for (is_on, _), weight in zip(examples, weights, strict=True)
            for bit in compared
        ]
        return Fraction(sum(differing), sum(weights))

    def mean_cosine(
        x: np.ndarray, examples: list[tuple[np.ndarray, np.ndarray]], weights: tuple[int, ...]
    ) -> float:
        cosines = [cosine(x, quiet(activations)) for _, activations in examples]
        return float(np.dot(cosines, weights) / sum(weights))

    hits = []
    for row, photo_id in enumerate(block.photo_ids.tolist()):
        distance = mean_distance(row, positives, weights)
        if photo_id in query.exclude_ids:
            continue
        if query.only_ids is not None and photo_id not in query.only_ids:
            continue
        if any(bits[row][bit] != first[bit] for bit in query.required_bits):
            continue
        if max_distance is not None and float(distance) > max_distance:
            continue
        x = quiet(block.activations[row])
        score = mean_cosine(x, positives, weights)
        combined = distance
        if negatives:
            combined -= mean_distance(row, negatives, counterweights) / 2
            score -= mean_cosine(x, negatives, counterweights) / 2
        differing = tuple(bit for bit in compared if bits[row][bit] != first[bit])
        key = (combined, -round(score * 2**32), photo_id)
        hits.append((key, Hit(photo_id, float(distance), score, differing)))
    return in_order(hits, query.order, max(ranking_module.SHORTLIST_SIZE, 2 * top_k))


def in_order(hits: list[tuple[tuple, Hit]], order: str, n_listed: int) -> list[Hit]:
    """Hits by their keys of distance, score and id."""
    hits.sort(key=lambda pair: pair[0])
    if order == SHORTLIST and hits:
        furthest = hits[min(n_listed, len(hits)) - 1][0][0]
        hits = [pair for pair in hits if pair[0][0] <= furthest]
    if order != DISTANCE:
        hits.sort(key=lambda pair: pair[0][1:])
    return [hit for _, hit in hits]


def _weights(n: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*[st.integers(1, 5)] * n)


@st.composite
def searches(draw: st.DrawFn) -> tuple[CodeBlock, Query]:
    """Few bits, few levels and many photos alike, so that most things tie."""
    n_bits = draw(st.sampled_from([1, 3, 12, 64, 65, 128]))
    n_photos = draw(st.integers(0, 60))
    n_positives, n_negatives = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    levels = np.array(draw(st.sampled_from([[-0.5, 0.5], [-1, 0, 1], [-0.9, -0.1, 0.2, 0.7]])))
    n_kinds = draw(st.integers(1, 8))
    kinds = rng.choice(levels, (n_kinds, n_bits))
    values = kinds[rng.integers(0, n_kinds, n_photos)]
    noisy = rng.random(values.shape) < 0.05
    values = np.where(noisy, -values, values)
    examples = [encode(rng.choice(levels, n_bits)) for _ in range(n_positives + n_negatives)]
    if draw(st.booleans()):
        examples[0] = encode(kinds[0])
    some_bits = st.lists(st.integers(0, n_bits - 1), max_size=3).map(tuple)
    query = Query(
        positives=tuple(examples[:n_positives]),
        negatives=tuple(examples[n_positives:]),
        required_bits=draw(some_bits),
        ignored_bits=draw(some_bits),
        inverted_bits=draw(some_bits),
        exclude_ids=frozenset(draw(st.lists(st.integers(1, 200), max_size=5))),
        only_ids=draw(st.none() | st.just(np.arange(1, 100, 2))),
        positive_weights=draw(st.just(()) | _weights(n_positives)),
        negative_weights=draw(st.just(()) | _weights(n_negatives)),
        order=draw(st.sampled_from([SHORTLIST, DISTANCE, STRENGTH])),
    )
    return block_of(values), query


@settings(max_examples=300, deadline=None)
@given(searches(), st.integers(0, 80), st.none() | st.floats(0, 20))
def test_a_ranking_agrees_with_a_slow_sort(
    search: tuple[CodeBlock, Query], top_k: int, max_distance: float | None
) -> None:
    block, query = search
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking_module, "SHORTLIST_SIZE", 7)
        check_ranking(block, query, top_k, max_distance)


def check_ranking(block: CodeBlock, query: Query, top_k: int, max_distance: float | None) -> None:
    ranking = SearchIndex(block).rank(query, top_k=top_k, max_distance=max_distance)
    expected = rank_slowly(block, query, max_distance, top_k)[:top_k]
    assert ranking.photo_ids.dtype == np.int64
    assert ranking.distances.tolist() == [hit.distance for hit in expected]
    np.testing.assert_allclose(ranking.scores, [hit.score for hit in expected], atol=1e-6)
    assert ranking.photo_ids.tolist() == [hit.photo_id for hit in expected]
    assert list(ranking.differing_bits) == [hit.differing for hit in expected]


@settings(max_examples=200, deadline=None)
@given(searches(), st.integers(0, 30), st.integers(0, 30))
def test_any_cut_of_a_ranking_is_the_same(
    search: tuple[CodeBlock, Query], fewer: int, more: int
) -> None:
    block, query = search
    index = SearchIndex(block)
    short = index.rank(query, top_k=min(fewer, more))
    long = index.rank(query, top_k=max(fewer, more))
    n_short = len(short.photo_ids)
    assert short.photo_ids.tolist() == long.photo_ids[:n_short].tolist()
    assert short.scores.tolist() == long.scores[:n_short].tolist()
    assert short.differing_bits == long.differing_bits[:n_short]


def test_a_large_gallery_of_short_codes_is_cut_inside_its_ties() -> None:
    rng = np.random.default_rng(5)
    block = block_of(rng.uniform(-1, 1, (20_000, 12)))
    query = Query(positives=(encode(rng.uniform(-1, 1, 12)),))
    index = SearchIndex(block)
    expected = rank_slowly(block, query, None)
    for top_k in (1, 10, 500):
        found = index.rank(query, top_k=top_k).photo_ids.tolist()
        assert found == [hit.photo_id for hit in expected[:top_k]]


def test_equal_photos_rank_by_id() -> None:
    block = block_of(np.full((50, 12), 0.5))
    ranking = SearchIndex(block).rank(Query(positives=(encode(np.full(12, 0.5)),)), top_k=20)
    assert ranking.photo_ids.tolist() == block.photo_ids[:20].tolist()


def test_the_photo_itself_is_nearest() -> None:
    values = np.random.default_rng(1).uniform(-1, 1, (100, 64))
    ranking = SearchIndex(block_of(values)).rank(Query(positives=(encode(values[40]),)), top_k=1)
    assert ranking.photo_ids.tolist() == [121]
    assert ranking.distances.tolist() == [0.0]
    assert ranking.scores[0] == pytest.approx(1.0)
    assert ranking.differing_bits == ((),)


def test_a_negative_example_pushes_photos_away() -> None:
    values = np.array([[1, 1, 1, 1], [1, 1, 1, -1], [-1, 1, 1, 1]]) * 0.5
    wanted, unwanted = encode(values[0]), encode(np.array([-1, 1, 1, 1]) * 0.5)
    index = SearchIndex(block_of(values))
    plain = index.rank(Query(positives=(wanted,)), top_k=3)
    assert plain.photo_ids.tolist() == [1, 4, 7]
    pushed = index.rank(Query(positives=(wanted,), negatives=(unwanted,)), top_k=3)
    assert pushed.photo_ids.tolist() == [1, 4, 7]
    assert pushed.scores[2] < plain.scores[2]


def test_an_inverted_bit_asks_for_photos_that_have_it_the_other_way() -> None:
    values = np.array([[1, 1, 1, 1], [1, -1, 1, 1], [-1, -1, 1, 1]]) * 0.5
    index = SearchIndex(block_of(values))
    ranking = index.rank(Query((encode(values[0]),), inverted_bits=(1,)), top_k=3)
    assert ranking.photo_ids.tolist() == [4, 1, 7]
    assert ranking.distances.tolist() == [0.0, 1.0, 1.0]
    must = Query((encode(values[0]),), inverted_bits=(1,), required_bits=(1,))
    assert index.rank(must, top_k=3).photo_ids.tolist() == [4, 7]


def test_an_ignored_bit_decides_no_tie() -> None:
    values = np.array([[0.9, -0.9, 0.5], [0.9, 0.1, 0.5]])
    query = Query((encode(np.array([0.9, 0.9, 0.5])),), ignored_bits=(1,))
    ranking = SearchIndex(block_of(values)).rank(query, top_k=2)
    assert ranking.photo_ids.tolist() == [1, 4]
    assert ranking.scores[0] == ranking.scores[1]


def test_the_greatest_distance_is_included() -> None:
    values = np.array([[1, 1, 1], [1, 1, -1], [1, -1, -1]]) * 0.5
    examples = (encode(values[0]), encode(values[0]), encode(values[1]))
    index = SearchIndex(block_of(values))
    everything = index.rank(Query(positives=examples), top_k=3)
    for distance, n_expected in zip(everything.distances.tolist(), (1, 2, 3), strict=True):
        found = index.rank(Query(positives=examples), top_k=3, max_distance=distance)
        assert len(found.photo_ids) == n_expected


def test_an_empty_library_gives_an_empty_ranking() -> None:
    index = SearchIndex(block_of(np.zeros((0, 12))))
    ranking = index.rank(Query(positives=(encode(np.ones(12)),)), top_k=10)
    assert (ranking.photo_ids.shape, ranking.differing_bits) == ((0,), ())


def test_activations_of_zero_have_no_direction() -> None:
    index = SearchIndex(block_of(np.zeros((2, 12))))
    ranking = index.rank(Query(positives=(encode(np.zeros(12)),)), top_k=2)
    assert ranking.scores.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("n_bits", [4, 11, 13, 128])
def test_a_query_of_another_length_is_refused(n_bits: int) -> None:
    index = SearchIndex(block_of(np.zeros((2, 12))))
    good, bad = encode(np.ones(12)), encode(np.ones(n_bits))
    for query in (Query((bad,)), Query((good, bad)), Query((good,), (bad,))):
        with pytest.raises(ValueError, match="12 bits"):
            index.rank(query, top_k=1)
    mixed = (
        replace(good, code=bad.code)
        if n_bits == 128
        else replace(good, activations=bad.activations)
    )
    with pytest.raises(ValueError, match="12 bits"):
        index.rank(Query((mixed,)), top_k=1)


def test_what_cannot_be_asked_is_refused() -> None:
    index = SearchIndex(block_of(np.zeros((2, 12))))
    good = encode(np.ones(12))
    with pytest.raises(ValueError, match="positive"):
        index.rank(Query(()), top_k=1)
    for query in (
        Query((good,), required_bits=(12,)),
        Query((good,), ignored_bits=(-1,)),
        Query((good,), inverted_bits=(12,)),
    ):
        with pytest.raises(ValueError, match="outside"):
            index.rank(query, top_k=1)
    with pytest.raises(ValueError, match="top_k"):
        index.rank(Query((good,)), top_k=-1)
