"""Thumbnails: where they lie, how large they are, and that they are written once."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ahash_desktop.imaging.thumbnails import ThumbnailStore
from tests.pictures import render_picture

KEY = bytes.fromhex("ab" + "cd" * 15)


@pytest.fixture
def store(tmp_path: Path) -> ThumbnailStore:
    return ThumbnailStore(tmp_path / "thumbnails")


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(BytesIO(data))


def test_path_is_sharded_by_the_first_byte(store: ThumbnailStore, tmp_path: Path) -> None:
    assert store.path_for(KEY) == tmp_path / "thumbnails" / "ab" / f"{'cd' * 15}.jpg"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((900, 600), (512, 341)),
        ((600, 900), (341, 512)),
        ((100, 80), (100, 80)),
        ((4000, 2), (512, 1)),
    ],
)
def test_long_side_is_at_most_512_and_nothing_is_enlarged(
    store: ThumbnailStore, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    store.save(KEY, np.asarray(render_picture(1, size)))

    assert opened(store.load(KEY)).size == expected


def test_thumbnail_looks_like_the_picture(store: ThumbnailStore) -> None:
    pixels = np.asarray(render_picture(1, (300, 200)))

    store.save(KEY, pixels)

    shown = np.asarray(opened(store.load(KEY))).astype(int)
    assert np.abs(shown - pixels).mean() < 4


def test_saved_thumbnail_is_kept(store: ThumbnailStore) -> None:
    assert not store.exists(KEY)
    assert store.load(KEY) is None

    store.save(KEY, np.asarray(render_picture(1)))
    first = store.load(KEY)
    store.save(KEY, np.asarray(render_picture(2)))

    assert store.exists(KEY)
    assert store.load(KEY) == first


def test_nothing_else_is_left_in_the_folder(store: ThumbnailStore, tmp_path: Path) -> None:
    store.save(KEY, np.asarray(render_picture(1)))

    assert [path for path in (tmp_path / "thumbnails").rglob("*") if path.is_file()] == [
        store.path_for(KEY)
    ]


def test_removing_is_quiet_about_what_is_not_there(store: ThumbnailStore) -> None:
    store.remove(KEY)
    store.save(KEY, np.asarray(render_picture(1)))
    store.remove(KEY)

    assert not store.exists(KEY)
