"""A database of every released schema opens with nothing lost, and its migration never changes."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlite_utils import Database

from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    LibraryCounts,
    PictureFacts,
    ProblemKind,
    RootState,
    ScannedFile,
)
from ahash_desktop.store.library import Library
from ahash_desktop.store.migrations import migrations

DATABASES = Path(__file__).parents[1] / "data" / "db"
V1, V4, V6, V7, V8 = (DATABASES / f"v{version}.db" for version in (1, 4, 6, 7, 8))


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    paths = LibraryPaths(tmp_path)
    shutil.copy(V1, paths.database)
    return paths


@pytest.fixture
def library(paths: LibraryPaths) -> Iterator[Library]:
    with Library.open(paths, create=False) as opened:
        yield opened


def test_version_1_is_whole(library: Library) -> None:
    assert library.integrity_problems() == []
    assert library.photos.counts() == LibraryCounts(1, 2, 1, 1, 1)


def test_version_1_keeps_its_folders_and_models(library: Library) -> None:
    holiday, scans = library.roots.all()
    assert (holiday.path, holiday.scanned_at) == (Path("/photos/holiday"), 7.0)
    assert (scans.path, scans.state) == (Path("/photos/scans"), RootState.OFFLINE)
    (model,) = library.models.all()
    assert (model.model_id, model.name, model.n_bits) == ("model-v1", "Version one", 12)
    assert library.models.bit_names(model.model_key) == {3: "long bill"}


def test_version_1_keeps_its_photos_and_problems(library: Library) -> None:
    assert library.photos.ids().tolist() == [2, 1]
    photo = library.photos.get(2)
    assert photo.relative_path == "2024/猫.png"
    assert (photo.size_bytes, photo.mtime_ns) == (1001, 10**18 + 1)
    assert photo.content == ContentId(bytes([2] * 16), bytes([102] * 16))
    expected = PictureFacts(4000, 3000, "JPEG", "2024-05-01T07:30:00", "Camera X", 6)
    assert photo.facts == expected
    entries = library.photos.problems(include_ignored=True)
    assert [entry.path.name for entry in entries] == ["broken.jpg", "ignored.tif"]
    assert {entry.problem.kind for entry in entries} == {ProblemKind.BROKEN}


def test_version_1_keeps_its_codes(library: Library) -> None:
    (model,) = library.models.all()
    block = library.codes.load(model.model_key, model.n_bits)
    ascending = np.linspace(-1, 1, 12).astype(np.float16)
    assert block.photo_ids.tolist() == [1, 2]
    assert block.activations.tolist() == [(-ascending).tolist(), ascending.tolist()]
    assert block.codes.tolist() == [[0b11111100, 0], [0b00000011, 0b11110000]]


def test_version_1_goes_on_working(library: Library) -> None:
    root = library.roots.all()[0]
    library.work.record_scanned(root.root_id, [ScannedFile("gone.heic", 1003, 10**18 + 3)], 9.0)
    assert library.photos.ids().tolist() == [2, 1, 4]
    assert len(library.work.awaiting(1, [root.root_id])) == 1


KINDS = ("crashed", "broken", "too-slow")
STATES = ("problem", "ignored", "missing")


def test_photos_that_an_engine_which_never_worked_was_blamed_on_are_read_again(
    tmp_path: Path,
) -> None:
    paths = LibraryPaths(tmp_path)
    connection = sqlite3.connect(paths.database)
    migrations.apply(Database(connection, execute_plugins=False), stop_before="v6_second_chance")
    with connection:
        connection.execute(
            "INSERT INTO roots (root_id, path, state, added_at) VALUES (1, '/photos', 'online', 1)"
        )
        for kind in KINDS:
            for state in STATES:
                connection.execute(
                    "INSERT INTO photos (root_id, relative_path, size_bytes, mtime_ns, state,"
                    " state_when_seen, missing_since, added_at, local_time_s, problem_kind,"
                    " problem_reason, problem_at) VALUES (1, ?, 5, 5, ?, ?, ?, 1, 1, ?, 'why', 2)",
                    (f"{kind}/{state}", state, *(("problem", 3) if state == "missing" else
                     (None, None)), kind),
                )  # fmt: skip
    connection.close()
    with Library.open(paths) as library:
        waiting = [item.path.as_posix() for item in library.work.awaiting(1, [1])]
        assert waiting == ["/photos/crashed/problem"]
        gone = [ScannedFile(f"{kind}/missing", 5, 5) for kind in KINDS]
        library.work.record_scanned(1, gone, 9.0)
        waiting = [item.path.as_posix() for item in library.work.awaiting(1, [1])]
        assert waiting == ["/photos/crashed/missing", "/photos/crashed/problem"]
        assert library.photos.counts().problem == 4


def test_the_migration_of_version_1_still_makes_that_schema(tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    connection = sqlite3.connect(made)
    migrations.apply(Database(connection, execute_plugins=False), stop_before="v2_volumes")
    connection.close()
    assert _schema(made) == _schema(V1)


def test_version_4_keeps_all_of_it_and_says_of_no_photo_what_it_is_of(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path)
    shutil.copy(V4, paths.database)
    with Library.open(paths, create=False) as library:
        assert library.integrity_problems() == []
        assert library.photos.counts() == LibraryCounts(1, 1, 1, 1, 1)
        (model,) = library.models.all()
        kept = library.codes.get(2, model.model_key)
        assert kept is not None
        assert (kept.code.tolist(), kept.subject, kept.part) == ([3, 240], None, None)
        assert library.corrections.find(bytes([2] * 16)) == {}
        assert library.work.waiting_ids(model.model_key, [1]) == [6]


def test_version_6_keeps_all_of_it_and_has_no_favourites(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path)
    shutil.copy(V6, paths.database)
    with Library.open(paths, create=False) as library:
        assert library.integrity_problems() == []
        assert library.corrections.find(bytes([2] * 16)) != {}
        assert library.favourites.ids() == frozenset()
        library.favourites.add([2], 1.0)
        assert library.favourites.ids() == {2}


def test_version_8_keeps_its_codes_and_tells_newer_ones_from_them(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path)
    shutil.copy(V8, paths.database)
    with Library.open(paths, create=False) as library:
        assert library.integrity_problems() == []
        (model,) = library.models.all()
        first = library.codes.changes(model.model_key, model.n_bits)
        assert first.block.photo_ids.size == first.n_codes > 0
        photo_id = int(first.block.photo_ids[0])
        code, activations = first.block.codes[0], first.block.activations[0]
        with library.transaction():
            encoded = EncodedPicture(code, activations)
            library.codes.store(photo_id, model.model_key, encoded, None)
        since = library.codes.changes(model.model_key, model.n_bits, first.newest)
        assert since.block.photo_ids.tolist() == [photo_id]


def test_the_migrations_up_to_version_8_still_make_that_schema(tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    connection = sqlite3.connect(made)
    before = "v9_versions_of_codes"
    migrations.apply(Database(connection, execute_plugins=False), stop_before=before)
    connection.close()
    assert _parts(made) == _parts(V8)


def test_the_migrations_up_to_version_6_still_make_that_schema(tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    connection = sqlite3.connect(made)
    migrations.apply(Database(connection, execute_plugins=False), stop_before="v7_favourites")
    connection.close()
    assert _parts(made) == _parts(V6)


def test_the_migrations_up_to_version_4_still_make_that_schema(tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    connection = sqlite3.connect(made)
    migrations.apply(Database(connection, execute_plugins=False), stop_before="v5_subjects")
    connection.close()
    assert _parts(made) == _parts(V4)


def test_version_7_keeps_all_of_it_and_has_no_labels(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path)
    shutil.copy(V7, paths.database)
    with Library.open(paths, create=False) as library:
        assert library.integrity_problems() == []
        assert library.photos.counts() == LibraryCounts(1, 1, 1, 1, 1)
        assert library.labels.all() == {}
        assert library.labels.last() is None


def test_the_migrations_up_to_version_7_still_make_that_schema(tmp_path: Path) -> None:
    made = tmp_path / "made.db"
    connection = sqlite3.connect(made)
    migrations.apply(Database(connection, execute_plugins=False), stop_before="v8_labels")
    connection.close()
    assert _parts(made) == _parts(V7)


def _parts(path: Path) -> list[tuple[str, str, str | None]]:
    """The schema but for what SQLite counts for itself."""
    return [part for part in _schema(path) if "sqlite_" not in part[1]]


def _schema(path: Path) -> list[tuple[str, str, str | None]]:
    connection = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    try:
        return connection.execute(
            "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
        ).fetchall()
    finally:
        connection.close()
