"""A library that lies where nothing can be written is still searched."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ahash_desktop.core.errors import ShortageError, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store import library as library_module
from ahash_desktop.store.connection import Connection
from ahash_desktop.store.library import Library
from tests.fake_encoder import fake_engine

N_PHOTOS = 3


def open_session(paths: LibraryPaths) -> LibrarySession:
    return LibrarySession.open(paths, Settings(), fake_engine)


@pytest.fixture
def unwritable(
    tmp_path: Path, make_pictures: Callable[[str, int], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> LibraryPaths:
    """A library whose folder then can be written no more, whoever asks."""
    make_pictures("photos", N_PHOTOS)
    paths = LibraryPaths(tmp_path / "library")
    session = open_session(paths)
    session.browser.add_root(tmp_path / "photos")
    list(session.updater.index(CancelToken()))
    session.close()
    with Library.open(paths) as opened:
        opened.checkpoint()

    def connect(path: Path, *, reads_only: bool = False) -> Connection:
        if not reads_only:
            raise ShortageError("the library cannot be opened", path=path)
        return Connection(path, reads_only=True)

    monkeypatch.setattr(library_module, "Connection", connect)
    monkeypatch.setattr(library_module.os, "access", lambda *_: False)
    return paths


def test_it_is_opened_looked_at_and_searched(unwritable: LibraryPaths) -> None:
    before = unwritable.database.read_bytes()
    session = open_session(unwritable)
    ids = session.browser.photo_ids().tolist()
    assert len(ids) == session.browser.counts().indexed == N_PHOTOS
    assert all(session.searcher.stored_code(photo_id) is not None for photo_id in ids)
    session.close()
    assert unwritable.database.read_bytes() == before


def test_whatever_changes_it_says_that_it_cannot(unwritable: LibraryPaths, tmp_path: Path) -> None:
    session = open_session(unwritable)
    (tmp_path / "more").mkdir()
    with pytest.raises(UserFacingError, match="cannot be written"):
        session.browser.add_root(tmp_path / "more")
    with pytest.raises(UserFacingError, match="cannot be written"):
        session.bits.name(3, "long bill")
    session.close()
