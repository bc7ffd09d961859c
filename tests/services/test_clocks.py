"""Clocks that go wrong, of the machine or of the camera, lose no photo and encode none twice."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.store.library import Library
from tests.fake_encoder import FakeEncoder

N_PHOTOS = 4
NOW_S = 1.8e9
CLOCKS = {"set back": -3e8, "before 1970": -2 * NOW_S, "set forward": 3e8, "stopped": 0.0}
TIMES_S = {
    "before 1970": -10**9, "1970": 0, "a moment after": 1, "of today": 1_800_000_000,
    "in ten years": 2_100_000_000, "after 2038": 2**31 + 5, "after 2106": 2**32 + 5,
    "the last that SQLite can keep": 2**63 // 10**9,
}  # fmt: skip
Index = Callable[[float], IndexSummary]


@pytest.fixture
def index(
    library: Library, model: ModelRecord, fake_encoder: FakeEncoder, photos: Path,
    make_pictures: Callable[[str, int], list[Path]],
) -> Index:  # fmt: skip
    """Indexes some photos, with the machine's clock as given."""
    make_pictures(photos.name, N_PHOTOS)
    library.roots.add(photos, NOW_S)

    def run(now_s: float) -> IndexSummary:
        indexer = Indexer(library, fake_encoder, model, lambda: now_s)
        *_, summary = indexer.run(library.roots.all(), CancelToken())
        assert isinstance(summary, IndexSummary)
        return summary

    return run


@pytest.mark.parametrize("shift_s", CLOCKS.values(), ids=CLOCKS)
def test_a_clock_that_is_set_between_updates_changes_nothing(
    index: Index, photos: Path, shift_s: float, make_picture, fake_encoder: FakeEncoder
) -> None:
    assert index(NOW_S).encoded == N_PHOTOS
    now_s = NOW_S + shift_s
    assert index(now_s).unchanged == N_PHOTOS
    gone = photos / "00000.jpg"
    data, times = gone.read_bytes(), (gone.stat().st_atime_ns, gone.stat().st_mtime_ns)
    gone.unlink()
    make_picture("photos/new.jpg", seed=70)
    (photos / "00001.jpg").rename(photos / "renamed.jpg")
    summary = index(now_s)
    assert (summary.missing, summary.encoded, summary.reused) == (1, 1, 1)
    gone.write_bytes(data)
    os.utime(gone, ns=times)
    summary = index(NOW_S)
    assert (summary.missing, summary.encoded, summary.found) == (0, 0, N_PHOTOS + 1)
    assert len(fake_encoder.submitted) == N_PHOTOS + 1


@pytest.mark.parametrize("time_s", TIMES_S.values(), ids=TIMES_S)
def test_a_file_of_any_time_is_indexed_once(
    index: Index, photos: Path, time_s: int, library: Library, fake_encoder: FakeEncoder
) -> None:
    try:
        os.utime(photos / "00000.jpg", (time_s, time_s))
    except (OSError, OverflowError):
        pytest.skip("this file system has no such time")
    assert index(NOW_S).encoded == N_PHOTOS
    assert index(NOW_S).unchanged == N_PHOTOS
    assert len(fake_encoder.submitted) == N_PHOTOS
    assert len(library.photos.ids(newest_first=True)) == N_PHOTOS
    os.utime(photos / "00000.jpg", (NOW_S, NOW_S + 1))
    summary = index(NOW_S)
    assert (summary.encoded + summary.reused, summary.unchanged) == (1, N_PHOTOS - 1)
