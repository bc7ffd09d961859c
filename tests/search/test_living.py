"""Codes that come, change, go and hide are ranked as if everything were made anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.records import CodeBlock, EncodedPicture
from ahash_desktop.search import living
from ahash_desktop.search.living import LivingCodes, empty_block
from ahash_desktop.search.ranking import DISTANCE, SHORTLIST, STRENGTH, Query, SearchIndex

N_BITS = 12


def block_of(codes: dict[int, np.ndarray]) -> CodeBlock:
    ids = sorted(codes)
    activations = np.array([codes[i] for i in ids], dtype=np.float16).reshape(len(ids), N_BITS)
    return CodeBlock(
        N_BITS, np.array(ids, dtype=np.int64), pack_activations(activations), activations
    )


changes = st.lists(
    st.tuples(
        st.sampled_from(["store", "store", "remove", "hide"]),
        st.lists(st.integers(1, 60), max_size=12),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(1, 60), max_size=40),
    changes,
    st.integers(0, 2**32),
    st.sampled_from([0, 5, 1000]),
    st.sampled_from([DISTANCE, SHORTLIST, STRENGTH]),
    st.booleans(),
)
def test_living_codes_rank_as_if_made_anew(
    first: list[int], steps: list, seed: int, small_tail: int, order: str, filtered: bool
) -> None:
    rng = np.random.default_rng(seed)

    def some() -> np.ndarray:
        return rng.choice([-0.8, -0.1, 0.3, 0.9], N_BITS).astype(np.float16)

    known = {photo_id: some() for photo_id in first}
    hidden: set[int] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(living, "_SMALL_TAIL", small_tail)
        codes = LivingCodes(block_of(known))
        for what, ids in steps:
            if what == "store":
                new = {photo_id: some() for photo_id in ids}
                known |= new
                codes.store(block_of(new))
            elif what == "remove":
                known = {i: code for i, code in known.items() if i not in ids}
                codes.remove(np.array(ids, dtype=np.int64))
            else:
                hidden = set(ids)
                codes.hide(hidden)
            expected = block_of({i: code for i, code in known.items() if i not in hidden})
            check(codes, expected, some(), order, filtered)
            assert codes.size == len(known)
            assert sorted(codes.ids().tolist()) == sorted(known)


def check(
    codes: LivingCodes, expected: CodeBlock, asked: np.ndarray, order: str, filtered: bool
) -> None:
    block = codes.block()
    assert block.photo_ids.tolist() == expected.photo_ids.tolist()
    assert block.codes.tobytes() == expected.codes.tobytes()
    assert block.activations.tobytes() == expected.activations.tobytes()
    example = EncodedPicture(pack_activations(asked), asked)
    query = Query(
        (example,),
        required_bits=(0,) if filtered else (),
        exclude_ids=frozenset({3, 7}) if filtered else frozenset(),
        only_ids=np.arange(1, 50) if filtered else None,
        order=order,
    )
    for top_k in (0, 3, 100):
        found = SearchIndex(codes.parts(), N_BITS).rank(query, top_k=top_k)
        fresh = SearchIndex(expected).rank(query, top_k=top_k)
        assert found.photo_ids.tolist() == fresh.photo_ids.tolist()
        assert found.scores.tolist() == fresh.scores.tolist()
        assert found.distances.tolist() == fresh.distances.tolist()
        assert found.differing_bits == fresh.differing_bits


def test_a_base_keeps_its_tables_while_little_changes() -> None:
    rng = np.random.default_rng(0)
    codes = LivingCodes(block_of({i: rng.uniform(-1, 1, N_BITS) for i in range(1, 100)}))
    gallery = codes.base_part.gallery
    codes.store(block_of({200: np.ones(N_BITS)}))
    codes.remove(np.array([5]))
    assert codes.base_part.gallery is gallery
    assert codes.size == 99


def test_codes_may_begin_with_none() -> None:
    codes = LivingCodes(empty_block(N_BITS))
    codes.store(block_of({4: np.ones(N_BITS)}))
    example = EncodedPicture(np.array([255, 240], np.uint8), np.ones(N_BITS, np.float16))
    ranking = SearchIndex(codes.parts(), N_BITS).rank(Query((example,)), top_k=5)
    assert ranking.photo_ids.tolist() == [4]
