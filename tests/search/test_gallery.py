"""However a gallery looks for the nearest codes, it finds what a sort of all of them finds."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahash_desktop.core.codes import bit_mask, to_words
from ahash_desktop.search import compiled as compiled_module
from ahash_desktop.search import gallery as gallery_module
from ahash_desktop.search import scanning
from ahash_desktop.search.compiled import CompiledSearch, compiled_search
from ahash_desktop.search.gallery import Gallery, substrings
from ahash_desktop.search.scanning import Found, Target, scan, to_planes
from ahash_desktop.search.scoring import scores, scores_in_numpy

needs_compiled = pytest.mark.skipif(
    compiled_search() is None, reason="no compiled search was installed (there was no C compiler)"
)
N_BITS = (1, 12, 24, 63, 64, 65, 96, 128, 200)


def find_slowly(
    bits: np.ndarray,
    examples: np.ndarray,
    target: Target,
    n_bits: int,
    wanted: int,
    allowed: np.ndarray | None,
) -> list[tuple[int, int]]:
    """Rows and keys, one code after the other."""

    def is_on(words: np.ndarray | None, otherwise: bool) -> np.ndarray:
        if words is None:
            return np.full(n_bits, otherwise)
        return np.unpackbits(words.view(np.uint8))[:n_bits].astype(bool)

    counts = is_on(target.mask, True)
    required = is_on(target.required, False)
    hits = []
    for row, code in enumerate(bits):
        apart = [int((code != example)[counts].sum()) for example in examples]
        to_positives = sum(
            weight * d for weight, d in zip(target.positive_weights, apart, strict=False)
        )
        if target.greatest is not None and to_positives > target.greatest:
            continue
        if (code != examples[0])[required].any() or (allowed is not None and not allowed[row]):
            continue
        hits.append((sum(w * d for w, d in zip(target.weights, apart, strict=True)), row))
    hits.sort()
    if wanted < 1:
        return []
    last = hits[min(wanted, len(hits)) - 1][0] if hits else 0
    return sorted((row, key + target.offset) for key, row in hits if key <= last)


@st.composite
def questions(draw: st.DrawFn, *, plain: bool = False) -> tuple:
    """Codes of few kinds, so that many tie; examples near them and far; some filters."""
    n_bits = draw(st.sampled_from(N_BITS))
    n_codes = draw(st.integers(0, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = rng.random((draw(st.integers(1, 6)), n_bits)) < 0.5
    noise = draw(st.sampled_from([0.0, 0.02, 0.2]))
    bits = kinds[rng.integers(0, len(kinds), n_codes)] ^ (rng.random((n_codes, n_bits)) < noise)
    n_positives = 1 if plain else draw(st.integers(1, 3))
    n_negatives = 0 if plain else draw(st.integers(0, 2))
    examples = rng.random((n_positives + n_negatives, n_bits)) < 0.5
    if draw(st.booleans()):
        examples[0] = kinds[0]
    positive_weights = (1,) if plain else tuple(rng.integers(1, 6, n_positives).tolist())
    negative = tuple((-rng.integers(1, 6, n_negatives)).tolist())
    some_bits = st.none() | st.lists(st.integers(0, n_bits - 1), min_size=1, max_size=3)

    def words(chosen: list[int] | None) -> np.ndarray | None:
        return None if chosen is None else to_words(bit_mask(chosen, n_bits)[np.newaxis])[0]

    ignored = None if plain else words(draw(some_bits))
    target = Target(
        examples=to_words(np.packbits(examples, axis=1)),
        weights=positive_weights + negative,
        positive_weights=positive_weights,
        greatest=draw(st.none() | st.integers(0, 3 * n_bits)),
        mask=None if ignored is None else ~ignored,
        required=words(draw(some_bits)),
    )
    allowed = draw(st.none() | st.just(rng.random(n_codes) < 0.6))
    return bits, examples, target, n_bits, draw(st.integers(0, 150)), allowed


def pairs(found: Found) -> list[tuple[int, int]]:
    return list(zip(found.rows.tolist(), found.keys.tolist(), strict=True))


@settings(max_examples=300, deadline=None)
@given(questions(), st.integers(3, 40))
def test_a_scan_finds_what_a_sort_finds(question: tuple, block: int) -> None:
    bits, _, target, _, wanted, allowed = question
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "_BLOCK", block)
        patch.setattr(scanning, "_FIRST_BLOCK", 2)
        found = scan(to_planes(np.packbits(bits, axis=1)), target, wanted, allowed)
    assert pairs(found) == find_slowly(*question)


@needs_compiled
@settings(max_examples=300, deadline=None)
@given(questions())
def test_the_compiled_scan_finds_what_a_sort_finds(question: tuple) -> None:
    bits, _, target, n_bits, wanted, allowed = question
    gallery = Gallery.of(np.packbits(bits, axis=1), n_bits)
    assert pairs(gallery.nearest(target, wanted, allowed)) == find_slowly(*question)


@needs_compiled
@settings(max_examples=300, deadline=None)
@given(questions(plain=True), st.integers(1, 2**24))
def test_looking_into_tables_finds_what_a_sort_finds(question: tuple, as_for: int) -> None:
    bits, _, target, n_bits, wanted, allowed = question
    compiled = compiled_search()
    assert compiled is not None
    if not len(bits) or wanted < 1:
        return
    planes = to_planes(np.packbits(bits, axis=1))
    cut = substrings(n_bits, min(as_for, 2**14))
    tables = tuple(compiled.table(planes, *part) for part in cut)
    found = compiled.hash(planes, tables, target, wanted, 10**6, allowed)
    if found is None:  # a radius that large is better scanned, whatever the budget
        return
    assert pairs(found.nearest(wanted)) == find_slowly(*question)


@needs_compiled
@pytest.mark.parametrize("n_bits", [64, 96, 128])
@pytest.mark.parametrize("noise", [0.05, 0.5], ids=["of a few kinds", "random"])
def test_a_large_gallery_finds_the_same_in_every_way(n_bits: int, noise: float) -> None:
    rng = np.random.default_rng(n_bits)
    kinds = rng.random((50, n_bits)) < 0.5
    bits = kinds[rng.integers(0, 50, 30_000)] ^ (rng.random((30_000, n_bits)) < noise)
    codes = np.packbits(bits, axis=1)
    hashing = Gallery.of(codes, n_bits)
    hashing.make_tables(least=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery_module, "_SCAN_BUDGET", 100.0)
        for query in kinds[:5] ^ (rng.random((5, n_bits)) < noise):
            target = Target(to_words(np.packbits(query)[np.newaxis]), (1,), (1,))
            for wanted in (1, 100, 1000):
                expected = pairs(Gallery(to_planes(codes), n_bits).nearest(target, wanted))
                assert pairs(Gallery.of(codes, n_bits).nearest(target, wanted)) == expected
                assert pairs(hashing.nearest(target, wanted)) == expected


@needs_compiled
def test_more_ties_than_there_is_room_for_are_all_found() -> None:
    codes = np.zeros((100_000, 8), dtype=np.uint8)
    target = Target(np.zeros((1, 1), dtype=np.uint64), (1,), (1,))
    gallery = Gallery.of(codes, 64)
    assert gallery.nearest(target, 10).rows.size == 100_000
    gallery.make_tables(least=0)
    assert gallery.nearest(target, 10).rows.size == 100_000


@pytest.mark.parametrize("n_bits", [8, 12, 24, 64, 65, 96, 128, 200, 256])
@pytest.mark.parametrize("n_codes", [1, 1000, 10**6, 10**7, 10**9])
def test_substrings_have_every_bit_once(n_bits: int, n_codes: int) -> None:
    seen = np.zeros((-(-n_bits // 64), 64), dtype=int)
    for word, shift, width in substrings(n_bits, n_codes):
        assert 1 <= width <= 24
        seen[word, shift : shift + width] += 1
    used = to_words(np.packbits(np.ones((1, n_bits), dtype=bool), axis=1))[0]
    for word, bits in enumerate(used.tolist()):
        is_used = np.array([bool(bits >> bit & 1) for bit in range(64)])
        assert (seen[word][is_used] == 1).all()
        assert (seen[word] <= 1).all()


def test_the_program_asks_for_a_library_of_its_own_source() -> None:
    source = Path(compiled_module.__file__).with_name("scan.c").read_bytes()
    assert hashlib.sha256(source).hexdigest()[:12] == compiled_module.SOURCE_DIGEST


def test_without_a_library_everything_is_found_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compiled_module, "find_library", lambda: None)
    compiled_search.cache_clear()
    try:
        gallery = Gallery.of(np.array([[0], [1], [3]], dtype=np.uint8), 8)
        gallery.make_tables(least=0)
        target = Target(np.zeros((1, 1), dtype=np.uint64), (1,), (1,))
        assert pairs(gallery.nearest(target, 2)) == [(0, 0), (1, 1)]
    finally:
        compiled_search.cache_clear()


def test_a_library_that_cannot_be_loaded_is_told_and_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / compiled_module.library_name()
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(compiled_module, "find_library", lambda: broken)
    monkeypatch.delenv(compiled_module.WITHOUT, raising=False)
    compiled_search.cache_clear()
    try:
        assert compiled_search() is None
    finally:
        compiled_search.cache_clear()
    assert "goes on without it" in caplog.text


@needs_compiled
def test_weights_too_large_to_count_are_ranked_all_the_same() -> None:
    codes = np.array([[0], [1], [3], [255]], dtype=np.uint8)
    compiled = compiled_search()
    assert isinstance(compiled, CompiledSearch)
    target = Target(to_words(codes[:2]), (10**9, 3 * 10**9), (10**9, 3 * 10**9))
    assert not compiled.can(to_planes(codes), target)
    assert Gallery(to_planes(codes), 8, compiled).nearest(target, 1).rows.tolist() == [1]


@needs_compiled
@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([1, 3, 7, 8, 12, 63, 64, 65, 100, 128, 129, 136, 200, 300, 1000]),
    st.integers(0, 40),
    st.integers(0, 2**32),
    st.sampled_from([1.0, 1e-7, 0.0]),
)
def test_compiled_scores_are_those_of_numpy_to_the_last_digit(
    n_bits: int, n_rows: int, seed: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    activations = (scale * np.tanh(rng.standard_normal((n_rows + 1, n_bits)))).astype(np.float16)
    towards = rng.standard_normal(n_bits)
    rows = rng.integers(0, n_rows + 1, n_rows)
    ignored = rng.integers(0, n_bits, int(rng.integers(0, 3))).tolist()
    expected = scores_in_numpy(activations, rows, towards, ignored)
    # Equal, but for the sign of a zero, which no order depends on.
    assert np.array_equal(scores(activations, rows, towards, ignored), expected)


@needs_compiled
def test_saved_tables_are_used_unless_they_lead_out_of_the_codes() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 256, (3000, 8), dtype=np.uint8)
    made = Gallery.of(codes, 64)
    made.make_tables(least=0)
    arrays = made.arrays()
    n_tables = len(arrays) // 2
    tables = [(arrays[f"starts-{i}"], arrays[f"rows-{i}"]) for i in range(n_tables)]
    again = Gallery(to_planes(codes), 64, compiled_search(), tables)
    assert [*again.arrays()] == ["planes"]
    again.make_tables(least=0)
    assert again.arrays()["rows-0"] is arrays["rows-0"]
    wrong_rows = tables[0][1].copy()
    wrong_rows[7] = 3000
    wrong_starts = tables[0][0].copy()
    wrong_starts[5] = 2**31
    for bad in ((tables[0][0], wrong_rows), (wrong_starts, tables[0][1])):
        mended = Gallery(to_planes(codes), 64, compiled_search(), [bad, *tables[1:]])
        mended.make_tables(least=0)
        for name, array in arrays.items():
            assert np.array_equal(mended.arrays()[name], array)
