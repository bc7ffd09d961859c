"""A library opens whole or says why not, keeps what it committed, and shows what is wrong."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import Root
from ahash_desktop.store import connection as connection_module
from ahash_desktop.store.library import Library
from ahash_desktop.store.migrations import migrations


def test_opening_makes_the_folder_and_an_empty_library(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path / "deep" / "library")
    with Library.open(paths) as library:
        assert library.photos.counts().total == 0
        assert library.integrity_problems() == []
    assert list(paths.folder.iterdir()) == [paths.database]


def test_without_create_a_missing_library_is_told_and_nothing_made(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path / "library")
    with pytest.raises(UserFacingError, match="there is no library here"):
        Library.open(paths, create=False)
    assert not paths.folder.exists()
    Library.open(paths).close()
    Library.open(paths, create=False).close()


def test_a_library_opened_again_holds_what_was_put_in(
    library: Library, paths: LibraryPaths
) -> None:
    root = library.roots.add(paths.folder, 1.0)
    with Library.open(paths) as again:
        assert again.roots.all() == [root]


def test_every_connection_keeps_the_rules(library: Library) -> None:
    connection = library._connection
    rules = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "trusted_schema": 0,
        "cell_size_check": 1,
    }
    assert {rule: connection.value(f"PRAGMA {rule}") for rule in rules} == rules


def test_a_library_belongs_to_the_thread_that_opened_it(library: Library) -> None:
    raised: list[Exception] = []

    def ask() -> None:
        try:
            library.photos.counts()
        except sqlite3.ProgrammingError as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert len(raised) == 1


def test_many_programs_may_make_the_same_library_at_once(paths: LibraryPaths) -> None:
    barrier = threading.Barrier(8)
    versions: list[int] = []

    def make() -> None:
        barrier.wait()
        with Library.open(paths) as library:
            versions.append(library._connection.value("SELECT count(*) FROM _sqlite_migrations"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(versions)) == 1
    assert len(versions) == 8
    assert versions[0] == len(migrations.pending(Database(memory=True)))


def test_a_transaction_is_all_or_nothing(library: Library, tmp_path: Path) -> None:
    def add_and_fail() -> None:
        with library.transaction():
            library.roots.add(tmp_path / "a", 1.0)
            raise RuntimeError("stop here")

    with pytest.raises(RuntimeError, match="stop here"):
        add_and_fail()
    assert library.roots.all() == []
    with library.transaction(), library.transaction():
        library.roots.add(tmp_path / "b", 1.0)
    assert len(library.roots.all()) == 1


def test_what_was_committed_survives_a_kill(paths: LibraryPaths, tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from ahash_desktop.core.paths import LibraryPaths\n"
        "from ahash_desktop.store.library import Library\n"
        "library = Library.open(LibraryPaths(Path(sys.argv[1])))\n"
        "with library.transaction(): library.roots.add(Path(sys.argv[2], 'kept'), 1.0)\n"
        "with library.transaction():\n"
        "    library.roots.add(Path(sys.argv[2], 'lost'), 1.0)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", program, str(paths.folder), str(tmp_path)]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    with Library.open(paths) as library:
        assert [root.path.name for root in library.roots.all()] == ["kept"]
        assert library.integrity_problems() == []


def test_the_data_version_grows_with_every_commit_of_anyone(
    library: Library, paths: LibraryPaths, tmp_path: Path
) -> None:
    seen = [library.data_version()]
    assert library.data_version() == seen[0]
    library.roots.add(tmp_path / "a", 1.0)
    seen.append(library.data_version())
    with Library.open(paths) as other:
        other.roots.add(tmp_path / "b", 1.0)
        seen.append(library.data_version())
        other.roots.all()
    assert library.data_version() == seen[-1]
    assert seen == sorted(set(seen))


def _not_a_database(path: Path) -> None:
    path.write_bytes(b"this is a letter, not a database\n" * 300)


def _half_a_database(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _overwritten_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:] = b"\xa5" * (len(data) - 100)
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [_not_a_database, _half_a_database, _overwritten_pages])
def test_a_damaged_file_is_named_with_what_to_do(
    paths: LibraryPaths, damage: Callable[[Path], None]
) -> None:
    Library.open(paths).close()
    damage(paths.database)
    damaged = paths.database.read_bytes()
    with pytest.raises(UserFacingError, match="damaged") as caught:
        Library.open(paths).photos.counts()
    assert caught.value.path == paths.database
    assert "Start the program again" in caught.value.remedy
    assert paths.database.read_bytes() == damaged


def test_damage_within_is_found_by_the_check(
    library: Library, root: Root, paths: LibraryPaths
) -> None:
    raw = library._connection.raw
    raw.execute("PRAGMA foreign_keys = OFF")
    raw.execute("UPDATE roots SET root_id = 99")
    library.work.record_scanned(root.root_id, [], 1.0)
    raw.execute(
        "INSERT INTO codes (model_key, photo_id, code, activations) VALUES (1, 1, x'00', x'0000')"
    )
    assert library.integrity_problems() == [
        "a row of codes belongs to no row of photos",
        "a row of codes belongs to no row of models",
    ]


def test_a_library_of_a_newer_program_is_not_touched(library: Library, paths: LibraryPaths) -> None:
    library._connection.run(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('ahash', 'v99_future', 'later')"
    )
    with pytest.raises(UserFacingError, match="newer version") as caught:
        Library.open(paths)
    assert caught.value.remedy == "Update the program"


def test_a_database_of_another_program_is_not_touched(paths: LibraryPaths) -> None:
    paths.folder.mkdir()
    other = sqlite3.connect(paths.database)
    other.execute("CREATE TABLE addresses (name TEXT)")
    other.close()
    with pytest.raises(UserFacingError, match="not a library of Ahash"):
        Library.open(paths)
    other = sqlite3.connect(paths.database)
    assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("addresses",)]
    other.close()


@pytest.mark.parametrize(
    "trap",
    [
        "CREATE TRIGGER trap AFTER INSERT ON roots BEGIN DELETE FROM photos; END",
        "CREATE VIEW trap AS SELECT load_extension('evil.so')",
        "CREATE /**/ VIRTUAL TABLE trap USING fts5(text)",
    ],
)
def test_a_library_with_traps_is_refused(library: Library, paths: LibraryPaths, trap: str) -> None:
    library.close()
    stranger = sqlite3.connect(paths.database)
    stranger.execute(trap)
    stranger.commit()
    stranger.close()
    with pytest.raises(UserFacingError, match="never makes"):
        Library.open(paths)


def test_a_library_without_its_versions_is_refused(library: Library, paths: LibraryPaths) -> None:
    library._connection.run("DELETE FROM _sqlite_migrations")
    with pytest.raises(UserFacingError, match="which version"):
        Library.open(paths)


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UserFacingError, match="cannot be made"):
        Library.open(LibraryPaths(tmp_path / "file" / "library"))
    (tmp_path / "library" / "library.db").mkdir(parents=True)
    with pytest.raises(UserFacingError, match="there is no file where"):
        Library.open(LibraryPaths(tmp_path / "library"))


def test_a_full_disk_is_told_and_costs_only_the_last_block(
    library: Library, tmp_path: Path
) -> None:
    kept = library.roots.add(tmp_path / "kept", 1.0)
    n_pages = library._connection.value("PRAGMA page_count")
    library._connection.run(f"PRAGMA max_page_count = {n_pages}")

    def add_many() -> None:
        with library.transaction():
            for number in range(1000):
                library.roots.add(tmp_path / f"another folder {number:0100}", 1.0)

    with pytest.raises(UserFacingError, match="disk of the library is full"):
        add_many()
    assert library.roots.all() == [kept]
    assert library.integrity_problems() == []


def test_a_library_that_cannot_be_written_is_told(library: Library, tmp_path: Path) -> None:
    library._connection.run("PRAGMA query_only = ON")
    with pytest.raises(UserFacingError, match="cannot be written"):
        library.roots.add(tmp_path, 1.0)


def test_a_lock_that_never_ends_is_told(
    library: Library, paths: LibraryPaths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connection_module, "_BUSY_S", 0.05)
    with (
        library.transaction(),
        Library.open(paths) as other,
        pytest.raises(UserFacingError, match="in use by another program"),
    ):
        other.roots.add(tmp_path, 1.0)


def test_readers_never_wait_for_the_writer(
    library: Library, paths: LibraryPaths, tmp_path: Path
) -> None:
    with Library.open(paths) as reader, library.transaction():
        library.roots.add(tmp_path, 1.0)
        assert reader.roots.all() == []
    assert len(library.roots.all()) == 1


def test_an_error_in_the_program_is_not_blamed_on_the_user(library: Library) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        library._connection.rows("SELECT * FROM nowhere")
