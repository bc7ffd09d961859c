"""The map of the library: laid out in a process of its own, kept, and repaired."""

from types import SimpleNamespace

import numpy as np
import pytest

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import CodeBlock, ModelRecord
from ahash_desktop.services import map_process, mapping
from ahash_desktop.services.map_process import MOST_LAID_OUT, N_STEPS, lay_out, n_steps
from ahash_desktop.services.mapping import LibraryMap, MapLayout, MapProgress

N_BITS = 16


def make_block(n_photos, seed=0) -> CodeBlock:
    """Photos of two far-apart kinds, by turns."""
    rng = np.random.default_rng(seed)
    kinds = np.where(np.arange(n_photos)[:, None] % 2, 0.8, -0.8)
    noisy = kinds + rng.normal(0, 0.1, (n_photos, N_BITS))
    activations = np.clip(noisy, -1, 1).astype(np.float16)
    return CodeBlock(
        N_BITS, np.arange(n_photos) * 3 + 1, pack_activations(activations), activations
    )


class Codes:
    """Stands for the searcher."""

    def __init__(self, n_photos: int) -> None:
        self.block = make_block(n_photos)

    def codes(self) -> CodeBlock:
        return self.block


@pytest.fixture
def searcher():
    return Codes(40)


@pytest.fixture
def library_map(tmp_path, searcher):
    model = ModelRecord(1, "a" * 32, "tiny", N_BITS)
    return LibraryMap(LibraryPaths(tmp_path), searcher, model, n_threads=1)


def test_like_codes_lie_close_and_the_same_codes_at_the_same_places():
    block = make_block(60)
    places = lay_out(block.activations.astype(np.float32), 1)
    assert places.shape == (60, 2)
    assert places.min() >= 0
    assert places.max() <= 1
    kinds = np.arange(60) % 2
    middles = [places[kinds == kind].mean(axis=0) for kind in (0, 1)]
    spread = max(places[kinds == kind].std() for kind in (0, 1))
    assert np.linalg.norm(middles[0] - middles[1]) > spread
    again = lay_out(block.activations.astype(np.float32), 1)
    assert np.array_equal(places, again)


@pytest.mark.parametrize("n_photos", [0, 1, 2, 7, 8, 9])
def test_few_photos_have_places_too(n_photos):
    places = lay_out(make_block(n_photos).activations.astype(np.float32), 1)
    assert places.shape == (n_photos, 2)
    assert np.isfinite(places).all()


def test_of_very_many_photos_some_are_laid_out_and_the_others_placed_among_their_like():
    block = make_block(120)
    told = []
    places = lay_out(block.activations, 1, told.append, most=40)
    assert places.shape == (120, 2)
    assert places.min() >= 0
    assert places.max() <= 1
    assert told[-1] == n_steps(120, most=40) > N_STEPS
    assert told == sorted(told)
    kinds = np.arange(120) % 2
    middles = np.stack([places[kinds == kind].mean(axis=0) for kind in (0, 1)])
    away = np.linalg.norm(places[:, np.newaxis] - middles, axis=2)
    assert (away.argmin(axis=1) == kinds).mean() > 0.95
    assert np.array_equal(places, lay_out(block.activations, 1, most=40))


class Layout:
    """Stands for what openTSNE makes of many photos, whose neighbours are found approximately."""

    def __init__(self, activations, places) -> None:
        from openTSNE.nearest_neighbors import Annoy

        index = Annoy(activations.astype(np.float32), 10, random_state=0)
        index.build()
        self.affinities = SimpleNamespace(knn_index=index)
        self._places = places

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        return self._places


def test_where_others_are_placed_does_not_depend_on_threads():
    block = make_block(6000)
    places = np.where(np.arange(6000)[:, None] % 2, 0.9, 0.1) * np.ones(2)
    layout = Layout(block.activations[:1200], places[:1200])
    others = np.arange(1200, 6000)
    for n_threads in (1, 3):
        told = []
        placed = map_process._place_among(layout, block.activations, others, n_threads, told.append)
        assert np.allclose(placed, places[others])
        assert told == [N_STEPS + 1, N_STEPS + 2, N_STEPS + 3]


def test_placing_the_others_counts_as_steps():
    assert n_steps(MOST_LAID_OUT) == N_STEPS
    assert n_steps(MOST_LAID_OUT + 1) == N_STEPS + 1
    assert n_steps(1_000_000) == N_STEPS + 475


def test_a_map_is_made_with_progress_and_kept(library_map, searcher):
    assert library_map.load() is None
    *progress, layout = library_map.make(CancelToken())
    assert all(isinstance(record, MapProgress) for record in progress)
    assert progress[0].n_done == 0
    assert progress[-1].n_done == N_STEPS
    assert np.array_equal(layout.photo_ids, searcher.block.photo_ids)
    kept = library_map.load()
    assert np.array_equal(kept.places, layout.places)
    assert library_map.n_unplaced(kept) == 0


def test_photos_that_left_are_gone_and_new_ones_are_counted(library_map, searcher):
    list(library_map.make(CancelToken()))
    searcher.block = CodeBlock(
        N_BITS,
        np.append(searcher.block.photo_ids[5:], [1000, 1001]),
        np.zeros((37, 2), np.uint8),
        np.zeros((37, N_BITS), np.float16),
    )
    layout = library_map.load()
    assert len(layout.photo_ids) == 35
    assert library_map.n_unplaced(layout) == 2


def test_cancelling_ends_the_process_and_keeps_the_old_map(library_map):
    token = CancelToken()
    making = library_map.make(token)
    assert isinstance(next(making), MapProgress)
    token.cancel()
    with pytest.raises(Cancelled):
        list(making)
    assert library_map.load() is None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"])
def test_a_damaged_map_is_no_map(library_map, content, tmp_path):
    file = LibraryPaths(tmp_path).maps / f"{'a' * 32}.npz"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert library_map.load() is None


def test_a_map_that_makes_no_sense_is_no_map(library_map):
    library_map._save(MapLayout(np.arange(3), np.full((3, 2), np.nan, dtype=np.float32)))
    assert library_map.load() is None


def fail(*_):
    raise SystemExit(3)


def test_a_process_that_dies_is_told_with_a_remedy(library_map, monkeypatch):
    monkeypatch.setattr(mapping, "run_layout", fail)
    with pytest.raises(UserFacingError, match="ended with 3"):
        list(library_map.make(CancelToken()))
