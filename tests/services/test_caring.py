"""A library that was damaged, crashed or lies on a bad place is taken care of."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock

from ahash_desktop.core.errors import LibraryDamagedError, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings
from ahash_desktop.core.updates import IndexSummary
from ahash_desktop.services import caring, machine
from ahash_desktop.services.session import LibrarySession
from ahash_desktop.store.backups import Backups
from ahash_desktop.store.library import Library
from tests.fake_encoder import fake_engine


class OpenSession:
    """Opens the library as a program does that is started again."""

    def __init__(self, paths: LibraryPaths) -> None:
        self._paths = paths
        self._opened: LibrarySession | None = None

    def __call__(self) -> LibrarySession:
        self.close()
        self._opened = LibrarySession.open(self._paths, Settings(), fake_engine)
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


@pytest.fixture
def open_session(paths: LibraryPaths) -> Iterator[OpenSession]:
    opener = OpenSession(paths)
    yield opener
    opener.close()


def update(session: LibrarySession) -> IndexSummary:
    summary = list(session.updater.index(CancelToken()))[-1]
    assert isinstance(summary, IndexSummary)
    return summary


def damage(paths: LibraryPaths) -> None:
    with paths.database.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(os.urandom(paths.database.stat().st_size - 3 * 4096))


def test_a_damaged_library_is_rebuilt_from_its_copy_and_codes_are_reused(
    tmp_path: Path,
    paths: LibraryPaths,
    photos: Path,
    make_pictures: Callable[[str, int], list[Path]],
    open_session: OpenSession,
) -> None:
    pictures = make_pictures("photos", 30)
    aside = tmp_path / "aside"
    aside.mkdir()
    late = [path.rename(aside / path.name) for path in pictures[:5]]
    session = open_session()
    session.browser.add_root(photos)
    assert update(session).encoded == 25
    for path in late:
        path.rename(photos / path.name)
    pictures[20].rename(photos / "renamed.jpg")
    assert update(session).encoded == 5
    open_session.close()
    damage(paths)
    session = open_session()
    (notice,) = session.notices
    assert "rebuilt from its copy" in notice.what
    assert notice.path.is_file()
    summary = update(session)
    assert (summary.found, summary.encoded, summary.reused) == (30, 5, 1)
    assert session.notices == (notice,)
    assert open_session().notices == ()


def test_damage_that_shows_late_is_remembered_for_the_next_start(
    paths: LibraryPaths,
    photos: Path,
    make_pictures: Callable[[str, int], list[Path]],
    open_session: OpenSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_pictures("photos", 3)
    session = open_session()
    session.browser.add_root(photos)
    update(session)
    paths.updating_mark.touch()
    monkeypatch.setattr(Library, "integrity_problems", lambda _self: ["a page is wrong"])
    with pytest.raises(LibraryDamagedError, match="Start the program again"):
        update(session)
    monkeypatch.undo()
    open_session.close()
    assert len(open_session().notices) == 1
    assert open_session().notices == ()


def test_a_damaged_library_without_a_copy_is_left_as_it_is(
    paths: LibraryPaths, open_session: OpenSession
) -> None:
    paths.folder.mkdir()
    paths.database.write_bytes(b"this is no database at all" * 1000)
    with pytest.raises(UserFacingError, match="no copy of it"):
        open_session()
    assert paths.database.read_bytes().startswith(b"this is no database")


def test_a_damaged_library_in_use_is_not_rebuilt(
    paths: LibraryPaths, open_session: OpenSession
) -> None:
    open_session()
    open_session.close()
    paths.damaged_mark.touch()
    with FileLock(paths.writer_lock), pytest.raises(UserFacingError, match="another Ahash"):
        open_session()


def test_the_database_is_checked_after_an_update_that_did_not_end(
    paths: LibraryPaths, open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_checks = 0

    def check(_library: Library) -> list[str]:
        nonlocal n_checks
        n_checks += 1
        return []

    monkeypatch.setattr(Library, "integrity_problems", check)
    session = open_session()
    update(session)
    update(session)
    assert n_checks == 0
    paths.updating_mark.touch()
    update(session)
    assert n_checks == 1
    assert not paths.updating_mark.exists()


def test_a_copy_is_made_daily_and_when_much_has_come(
    paths: LibraryPaths,
    photos: Path,
    make_pictures: Callable[[str, int], list[Path]],
    open_session: OpenSession,
) -> None:
    session = open_session()
    session.browser.add_root(photos)
    update(session)
    assert Backups(paths).all() == []
    make_pictures("photos", 2)
    update(session)
    (first,) = Backups(paths).all()
    update(session)
    assert Backups(paths).all() == [first]
    os.utime(first, (1, 1))
    update(session)
    assert len(Backups(paths).all()) == 2
    make_pictures("photos", 400)
    update(session)
    assert first not in Backups(paths).all()


def test_the_log_is_empty_after_an_update(
    paths: LibraryPaths,
    photos: Path,
    make_pictures: Callable[[str, int], list[Path]],
    open_session: OpenSession,
) -> None:
    make_pictures("photos", 3)
    session = open_session()
    session.browser.add_root(photos)
    update(session)
    assert paths.database.with_name("library.db-wal").stat().st_size == 0


def test_a_second_writer_is_told(paths: LibraryPaths, open_session: OpenSession) -> None:
    session = open_session()
    with FileLock(paths.writer_lock), pytest.raises(UserFacingError, match="another Ahash"):
        update(session)


def test_a_library_on_a_network_drive_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = [
        SimpleNamespace(mountpoint="/", fstype="ext4", opts="rw"),
        SimpleNamespace(mountpoint=str(tmp_path), fstype="nfs4", opts="rw"),
    ]
    monkeypatch.setattr(machine.psutil, "disk_partitions", lambda **_: mounts)
    assert machine.network_file_system(tmp_path / "library") == "nfs4"
    assert machine.network_file_system(tmp_path.parent) is None
    (notice,) = caring.open_whole(LibraryPaths(tmp_path / "library"))
    assert "network drive (nfs4)" in str(notice)
