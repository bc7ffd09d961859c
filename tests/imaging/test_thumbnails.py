"""Thumbnails: where they lie, how large they are, and that they are written once."""

import os
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


def keys_of(n_keys: int) -> list[bytes]:
    return [bytes([number]) * 16 for number in range(n_keys)]


def test_trimming_deletes_what_was_looked_at_longest_ago(
    store: ThumbnailStore, tmp_path: Path
) -> None:
    keys = keys_of(10)
    for age, key in enumerate(keys):
        store.save(key, np.asarray(render_picture(3)))
        os.utime(store.path_for(key), (1e9 - age, 1e9 - age))
    other = tmp_path / "thumbnails" / "notes.txt"
    other.write_text("mine", encoding="utf-8")
    n_thumbnails, size_bytes = store.size_bytes()
    assert n_thumbnails == 10
    assert store.trim(size_bytes) == 0
    store.load(keys[9])
    assert store.trim(size_bytes // 2) >= 5
    assert store.size_bytes()[1] <= 0.9 * (size_bytes // 2)
    assert store.exists(keys[0])
    assert store.exists(keys[9])
    assert not store.exists(keys[8])
    assert other.read_text(encoding="utf-8") == "mine"


def test_thumbnails_move_to_a_new_place_and_are_shown_meanwhile(
    store: ThumbnailStore, tmp_path: Path
) -> None:
    keys = keys_of(3)
    for key in keys:
        store.save(key, np.asarray(render_picture(3)))
    shown = store.load(keys[0])
    moved = ThumbnailStore(tmp_path / "elsewhere", [tmp_path / "thumbnails"])
    assert moved.load(keys[0]) == shown
    assert list(moved.move_in()) == [1, 2, 3]
    assert moved.load(keys[0]) == shown
    assert not (tmp_path / "thumbnails").exists()
    assert list(moved.move_in()) == []


def test_what_is_no_thumbnail_stays_where_it_is(store: ThumbnailStore, tmp_path: Path) -> None:
    store.save(KEY, np.asarray(render_picture(3)))
    other = store.path_for(KEY).with_name("notes.txt")
    other.write_text("mine", encoding="utf-8")
    moved = ThumbnailStore(tmp_path / "elsewhere", [tmp_path / "thumbnails"])
    assert list(moved.move_in()) == [1]
    assert other.read_text(encoding="utf-8") == "mine"
