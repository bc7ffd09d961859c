"""A library that lies where nothing can be written is still searched."""

import shutil
import sqlite3
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
V1 = Path(__file__).parents[1] / "data" / "db" / "v1.db"


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


def indexed(tmp_path: Path, make_pictures: Callable[[str, int], list[Path]]) -> LibraryPaths:
    make_pictures("photos", N_PHOTOS)
    paths = LibraryPaths(tmp_path / "library")
    session = open_session(paths)
    session.browser.add_root(tmp_path / "photos")
    list(session.updater.index(CancelToken()))
    session.close()
    return paths


def files_of(paths: LibraryPaths) -> dict[Path, bytes]:
    """What all files hold, but for what processes that have the library open tell each other."""
    return {
        path: path.read_bytes()
        for path in paths.folder.iterdir()
        if path.is_file() and not path.name.endswith("-shm")
    }


@pytest.mark.parametrize(
    "left", ["nothing", "a log", "a log of another", "an older version", "a lost index"]
)
def test_whatever_was_left_of_it_is_read(
    tmp_path: Path, make_pictures: Callable[[str, int], list[Path]], left: str,
    read_only: Callable[[Path], None],
) -> None:  # fmt: skip
    if left == "an older version":
        paths = LibraryPaths(tmp_path / "library")
        paths.folder.mkdir()
        shutil.copyfile(V1, paths.database)
        n_shown = 2
    else:
        paths = indexed(tmp_path, make_pictures)
        n_shown = N_PHOTOS
    other = sqlite3.connect(paths.database, isolation_level=None)
    if left.startswith("a log"):
        # This waits in the log as long as the connection is open.
        other.execute("UPDATE roots SET refused = '/crown'")
        assert paths.database.with_name("library.db-wal").stat().st_size
    if left == "a lost index":
        other.execute("DROP INDEX photos_by_content")
    if left == "a log":
        killed = LibraryPaths(tmp_path / "killed")
        shutil.copytree(paths.folder, killed.folder, ignore=lambda *_: ["library.db-shm"])
        paths = killed
    if left != "a log of another":
        other.close()
    read_only(paths.folder)
    before = files_of(paths)
    session = open_session(paths)
    try:
        assert session.is_read_only
        assert any("cannot be" in str(each) or "nothing" in str(each) for each in session.notices)
        assert len(session.browser.photo_ids()) == n_shown
        if left.startswith("a log"):
            assert session.browser.roots()[0].refused == Path("/crown")
        with pytest.raises(UserFacingError, match=r"written|opened|Read-only"):
            list(session.updater.index(CancelToken()))
    finally:
        session.close()
        after = files_of(paths)
        other.close()
    assert after == before


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
