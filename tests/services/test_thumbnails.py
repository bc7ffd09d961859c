"""Thumbnails keep to their place and limit, and lost ones come back."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, change_settings
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.services.thumbnails import (
    open_thumbnails,
    remake_thumbnails,
    thumbnails_folder,
    tidy_thumbnails,
)
from tests.fake_encoder import FakeEncoder, fake_engine
from tests.pictures import render_picture, save_picture

KEY = bytes(range(16))


@pytest.fixture
def session(paths: LibraryPaths) -> Iterator[LibrarySession]:
    keep = ThumbnailStore(paths.thumbnails).save
    opened = LibrarySession.open(paths, Settings(), partial(fake_engine, keep_thumbnail=keep))
    yield opened
    opened.close()


def test_an_update_leaves_thumbnails_where_and_as_many_as_the_settings_say(
    session: LibrarySession, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    for seed in range(6):
        save_picture(photos / f"{seed}.jpg", seed)
    session.browser.add_root(photos)
    list(session.updater.index(CancelToken()))
    assert open_thumbnails(session.paths, Settings()).size_bytes()[0] == 6
    elsewhere = replace(Settings(), thumbnails_folder=str(tmp_path / "elsewhere"))
    tidy_thumbnails(session.paths, elsewhere, CancelToken())
    assert thumbnails_folder(session.paths, elsewhere) == tmp_path / "elsewhere"
    assert open_thumbnails(session.paths, elsewhere).size_bytes()[0] == 6
    assert not session.paths.thumbnails.exists()


def test_thumbnails_come_back_from_where_they_lay_before(
    session: LibrarySession, tmp_path: Path
) -> None:
    keep = session.paths.settings
    first, second = tmp_path / "first", tmp_path / "second"
    open_thumbnails(session.paths, Settings()).save(KEY, np.asarray(render_picture(3)))
    shown = open_thumbnails(session.paths, Settings()).load(KEY)
    for place in (str(first), str(second), ""):
        settings = change_settings(keep, thumbnails_folder=place)
        assert open_thumbnails(session.paths, settings).load(KEY) == shown
        tidy_thumbnails(session.paths, settings, CancelToken())
        assert open_thumbnails(session.paths, settings).exists(KEY)
    assert not first.exists()
    assert not second.exists()


def shown(session: LibrarySession) -> int:
    return len(session.browser.thumbnails(session.browser.photo_ids().tolist()))


def test_another_place_for_thumbnails_takes_nothing_from_a_library_that_is_open(
    session: LibrarySession, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    for seed in range(4):
        save_picture(photos / f"{seed}.jpg", seed)
    session.browser.add_root(photos)
    list(session.updater.index(CancelToken()))
    change_settings(session.paths.settings, thumbnails_folder=str(tmp_path / "elsewhere"))
    save_picture(photos / "new.jpg", 9)
    list(session.updater.index(CancelToken()))
    assert shown(session) == 5


def test_thumbnails_that_another_program_moves_away_are_still_shown(
    session: LibrarySession, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    for seed in range(4):
        save_picture(photos / f"{seed}.jpg", seed)
    session.browser.add_root(photos)
    list(session.updater.index(CancelToken()))
    changed = change_settings(session.paths.settings, thumbnails_folder=str(tmp_path / "elsewhere"))
    other = LibrarySession.open(session.paths, changed, fake_engine)
    list(other.updater.index(CancelToken()))
    other.close()
    assert not session.paths.thumbnails.exists()
    assert shown(session) == 4


def test_lost_thumbnails_are_made_again_but_not_of_changed_photos(
    session: LibrarySession, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    for seed in range(3):
        save_picture(photos / f"{seed}.jpg", seed)
    session.browser.add_root(photos)
    list(session.updater.index(CancelToken()))
    known = session.browser.photos(session.browser.photo_ids().tolist())
    thumbnails = open_thumbnails(session.paths, Settings())
    for photo in known:
        thumbnails.remove(photo.content.key)
    save_picture(known[0].path, 77)
    known[1].path.unlink()
    made = remake_thumbnails(known, FakeEncoder(), thumbnails, CancelToken())
    assert made == [known[2].photo_id]
    assert thumbnails.exists(known[2].content.key)
    assert not thumbnails.exists(known[0].content.key)
