"""Copies of the library are whole, few, and can take its place."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlite_utils import Database, Migrations

from ahash_desktop.core.errors import LibraryDamagedError, ShortageError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import ScannedFile
from ahash_desktop.store import backups as backups_module
from ahash_desktop.store import migrations
from ahash_desktop.store.backups import Backups
from ahash_desktop.store.library import Library


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    return LibraryPaths(tmp_path / "library")


@pytest.fixture
def library(paths: LibraryPaths) -> Iterator[Library]:
    with Library.open(paths) as opened:
        yield opened


def add_photos(library: Library, n_photos: int) -> None:
    root = library.roots.add(Path("/photos"), 1.0)
    files = [ScannedFile(f"{number:06}.jpg", 1, 1) for number in range(n_photos)]
    library.work.record_scanned(root.root_id, files, 1.0)


def damage(path: Path) -> None:
    """Overwrites pages in the middle of a database."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 3 * 4096))


def n_photos_in(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT count(*) FROM photos").fetchone()[0])
    finally:
        connection.close()


def test_a_copy_holds_all_that_was_committed_while_the_library_is_open(
    library: Library, paths: LibraryPaths
) -> None:
    add_photos(library, 500)
    copy = Backups(paths).make("daily")
    assert n_photos_in(copy) == 500
    assert sorted(path.name for path in paths.backups.iterdir()) == [copy.name]


def test_two_copies_of_a_kind_are_kept(library: Library, paths: LibraryPaths) -> None:
    made = [Backups(paths).make("daily") for _ in range(4)]
    for_upgrade = Backups(paths).make("before-upgrade")
    assert set(Backups(paths).all()) == {*made[2:], for_upgrade}


def test_a_damaged_library_is_not_copied_and_pushes_no_whole_copy_out(
    library: Library, paths: LibraryPaths
) -> None:
    add_photos(library, 2000)
    kept = [Backups(paths).make("daily") for _ in range(2)]
    library.close()
    damage(paths.database)
    with pytest.raises((LibraryDamagedError, ShortageError)):
        Backups(paths).make("daily")
    assert set(Backups(paths).all()) == set(kept)
    assert len(list(paths.backups.iterdir())) == 2


def test_too_little_space_is_told_before_anything_is_written(
    library: Library, paths: LibraryPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(free=1000)
    monkeypatch.setattr(backups_module.shutil, "disk_usage", lambda _folder: usage)
    with pytest.raises(ShortageError, match="too little space"):
        Backups(paths).make("daily")
    assert list(paths.backups.iterdir()) == []


def test_the_newest_whole_copy_takes_the_place_of_a_damaged_library(
    library: Library, paths: LibraryPaths
) -> None:
    add_photos(library, 2000)
    older = Backups(paths).make("daily")
    newer = Backups(paths).make("daily")
    library.close()
    damage(paths.database)
    damage(newer)
    os.utime(older, (1, 1))
    rebuilt = Backups(paths).put_back()
    assert rebuilt is not None
    copy, old = rebuilt
    assert copy == older
    assert old.is_file()
    with Library.open(paths) as again:
        assert again.integrity_problems() == []
        assert again.photos.counts().total == 2000


def test_without_a_copy_nothing_is_moved(library: Library, paths: LibraryPaths) -> None:
    library.close()
    assert Backups(paths).put_back() is None
    assert paths.database.is_file()


def test_a_migration_is_preceded_by_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = LibraryPaths(tmp_path)
    shutil.copy(Path(__file__).parents[1] / "data" / "db" / "v1.db", paths.database)
    monkeypatch.setattr(migrations, "migrations", with_one_more())
    Library.open(paths).close()
    (copy,) = Backups(paths).all()
    assert copy.name.startswith("before-upgrade-")
    assert "extra" not in columns_of(copy)
    assert "extra" in columns_of(paths.database)
    Library.open(paths).close()
    assert Backups(paths).all() == [copy]


def test_a_new_library_is_not_copied(paths: LibraryPaths, library: Library) -> None:
    assert Backups(paths).all() == []


def with_one_more() -> Migrations:
    """The migrations of this version and one of the next."""
    extended = Migrations("ahash")
    with Database(memory=True) as empty:
        for migration in migrations.migrations.pending(empty):
            extended(name=migration.name)(migration.fn)

    @extended(name="v9999_next")
    def _next(db: Database) -> None:
        db.execute("ALTER TABLE roots ADD COLUMN extra TEXT")

    return extended


def columns_of(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [row[1] for row in connection.execute("PRAGMA table_info(roots)")]
    finally:
        connection.close()
