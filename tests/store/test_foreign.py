"""A library that anyone may have made: only what this program writes gets out of it."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.store.library import Library
from ahash_desktop.store.rowchecks import CHECKS
from tests.store.conftest import N_BITS, Filler, encoding

PHOTOS = Path("/photos").absolute()
V1 = Path(__file__).parents[1] / "data" / "db" / "v1.db"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The database of another, with photos in several states."""
    place = tmp_path_factory.mktemp("made")
    with Library.open(LibraryPaths(place / "library")) as library:
        root = library.roots.add(PHOTOS, 10.0)
        model = library.models.register("model-a", "A", N_BITS, "{}", 10.0)
        fill = Filler(library, root, model, encoding)
        for seed, name in enumerate(("a.jpg", "b/c.jpg", "gone.jpg")):
            fill.index(name, seed=seed, taken_at="2024-05-01T07:30:00")
        fill.fail(fill.scan("broken.jpg"))
        library.work.mark_missing([3], 5.0)
        library.models.name_bit(model.model_key, 3, "long bill", 6.0)
        fill.correct(1, "10.0,20.5,300.0,200.0")
        library.copy_to(place / "copy.db")
    return (place / "copy.db").read_bytes()


@pytest.fixture
def foreign(made: bytes, tmp_path: Path) -> Path:
    """Where it lies; each test may alter it."""
    path = tmp_path / "foreign.db"
    path.write_bytes(made)
    return path


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Library]:
    with Library.open(LibraryPaths(tmp_path / "ours")) as opened:
        yield opened


def alter(database: Path, *statements: str) -> None:
    stranger = sqlite3.connect(database)
    stranger.execute("PRAGMA foreign_keys = OFF")
    stranger.execute("PRAGMA ignore_check_constraints = ON")
    for sql in statements:
        stranger.execute(sql)
    stranger.commit()
    stranger.close()


def write_schema(database: Path, *statements: str) -> None:
    alter(database, "PRAGMA writable_schema = ON", *statements)


def contents(database: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(database) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608 - fixed names
            for table in ("photos", "models", "codes", "bit_names", "corrections")
            if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchall()
        }


def test_all_that_is_in_a_library_comes_over(ours: Library, foreign: Path, tmp_path: Path) -> None:
    before = contents(foreign)
    ours.bring_in(foreign, {})
    ours.checkpoint()
    assert contents(tmp_path / "ours/library.db") == before
    assert ours.integrity_problems() == []
    assert [root.path for root in ours.roots.all()] == [PHOTOS]


def test_every_column_is_checked_or_stays_where_it_is(made: bytes, foreign: Path) -> None:
    """A new column of a library has to be in one of the two."""
    stays = {("roots", name) for name in ("volume", "mount", "number", "moved_from", "refused")}
    stranger = sqlite3.connect(foreign)
    tables = stranger.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    columns = {
        (table, column)
        for (table,) in tables
        for (column,) in stranger.execute("SELECT name FROM pragma_table_info(?)", (table,))
        if table not in ("mounts", "sqlite_sequence", "_sqlite_migrations")
    }
    stranger.close()
    checked = {(table, column) for table, checks in CHECKS.items() for column in checks}
    assert columns == checked | stays


def test_a_library_of_an_older_version_comes_over(ours: Library, tmp_path: Path) -> None:
    shutil.copy(V1, tmp_path / "foreign.db")
    ours.bring_in(tmp_path / "foreign.db", {})
    ours.checkpoint()
    brought = contents(tmp_path / "ours/library.db")
    for table, rows in contents(V1).items():
        assert [row[: len(rows[0])] for row in brought[table]] == rows


def test_what_is_known_of_a_folder_elsewhere_stays_there(ours: Library, foreign: Path) -> None:
    alter(foreign, "UPDATE roots SET volume = 'v', mount = '/', number = '5', refused = '/x'")
    alter(foreign, "INSERT INTO mounts VALUES (1, 'card', NULL, 0)")
    ours.bring_in(foreign, {})
    (root,) = ours.roots.all()
    assert (root.mark.volume, root.mark.mount, root.mark.number, root.refused) == (None,) * 4
    assert ours.roots.mounts(root.root_id) == []


HARM = "BEGIN DELETE FROM photos; END"
SCHEMAS: dict[str, Callable[[Path], None]] = {
    "trigger": lambda p: alter(p, f"CREATE TRIGGER t AFTER INSERT ON roots {HARM}"),
    "trigger of a kind in another case": lambda p: write_schema(
        p,
        f"CREATE TRIGGER t AFTER INSERT ON roots {HARM}",
        "UPDATE sqlite_schema SET type = 'TrigGer' WHERE name = 't'",
    ),
    "trigger that calls itself a table": lambda p: write_schema(
        p,
        f"CREATE TRIGGER t AFTER INSERT ON roots {HARM}",
        "UPDATE sqlite_schema SET type = 'table' WHERE name = 't'",
    ),
    "view": lambda p: alter(p, "CREATE VIEW v AS SELECT 1"),
    "view in place of a table": lambda p: alter(
        p, "DROP TABLE bit_names",
        "CREATE VIEW bit_names AS SELECT 1 AS model_key, 1 AS bit, 'x' AS name, 1.0 AS named_at",
    ),
    "virtual table": lambda p: alter(p, "CREATE VIRTUAL TABLE t USING fts5(x)"),
    "virtual table with a comment": lambda p: alter(p, "CREATE/**/VIRTUAL TABLE t USING fts5(x)"),
    "virtual table on two lines": lambda p: alter(
        p, "create -- a\n virtual\ttable t using fts5(x)"
    ),
    "virtual table of versions": lambda p: write_schema(
        p,
        "UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE _sqlite_migrations USING fts5(x)'"
        " WHERE name = '_sqlite_migrations'",
    ),
    "table of versions with a computed column": lambda p: alter(
        p, "ALTER TABLE _sqlite_migrations ADD COLUMN x AS (zeroblob(100000000))"
    ),
    "another table": lambda p: alter(p, "CREATE TABLE t (x)"),
    "another index": lambda p: alter(p, "CREATE INDEX i ON photos (abs(size_bytes))"),
    "another column": lambda p: alter(p, "ALTER TABLE photos ADD COLUMN x TEXT"),
    "computed column": lambda p: alter(
        p, "ALTER TABLE photos ADD COLUMN x BLOB AS (zeroblob(100000000))"
    ),
    "other rules": lambda p: write_schema(
        p, "UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'photos'"
    ),
    "a default": lambda p: write_schema(
        p,
        "UPDATE sqlite_schema SET sql = replace(sql, 'camera TEXT', 'camera TEXT DEFAULT 1')"
        " WHERE name = 'photos'",
    ),
    "missing table": lambda p: alter(p, "DROP TABLE codes"),
    "missing column": lambda p: alter(p, "ALTER TABLE photos DROP COLUMN camera"),
    "missing column of versions": lambda p: alter(
        p, "ALTER TABLE _sqlite_migrations DROP COLUMN applied_at"
    ),
    "no versions": lambda p: alter(p, "DROP TABLE _sqlite_migrations"),
    "a version that nobody knows": lambda p: alter(
        p, "UPDATE _sqlite_migrations SET name = 'v99' WHERE name LIKE 'v1%'"
    ),
    "a version in between that is missing": lambda p: alter(
        p, "DELETE FROM _sqlite_migrations WHERE name LIKE 'v1%'"
    ),
    "versions that are no text": lambda p: alter(
        p, "UPDATE _sqlite_migrations SET name = CAST(x'ff' || name AS TEXT)"
    ),
    "another program": lambda p: alter(p, "PRAGMA application_id = 5"),
    "nothing": lambda p: p.write_bytes(b""),
    "no database": lambda p: p.write_bytes(b"this is a letter\n" * 1000),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_library_with_any_other_schema_is_refused_and_not_touched(
    ours: Library, foreign: Path, name: str
) -> None:
    SCHEMAS[name](foreign)
    before = foreign.read_bytes()
    with pytest.raises(UserFacingError):
        ours.bring_in(foreign, {})
    assert foreign.read_bytes() == before
    assert ours.roots.all() == []
    assert {path.name for path in foreign.parent.glob("foreign*")} == {"foreign.db"}


@pytest.mark.parametrize("name", sorted(set(SCHEMAS) - {"nothing"}))
def test_a_library_with_any_other_schema_is_not_opened_in_place_either(
    foreign: Path, name: str, tmp_path: Path
) -> None:
    SCHEMAS[name](foreign)
    theirs = LibraryPaths(tmp_path / "theirs")
    theirs.folder.mkdir()
    foreign.rename(theirs.database)
    before = theirs.database.read_bytes()
    with pytest.raises(UserFacingError):
        Library.open(theirs)
    assert theirs.database.read_bytes()[100:] == before[100:]


def test_a_lost_index_is_made_again(foreign: Path, tmp_path: Path) -> None:
    alter(foreign, "DROP INDEX photos_by_state", "DROP INDEX codes_by_photo")
    theirs = LibraryPaths(tmp_path / "theirs")
    theirs.folder.mkdir()
    foreign.rename(theirs.database)
    with Library.open(theirs) as opened:
        assert opened.photos.counts().indexed == 2
        assert opened.integrity_problems() == []


def _set(table: str, column: str, value: str) -> tuple[str, str]:
    sql = f"UPDATE {table} SET {column} = {value}"  # noqa: S608 - fixed text
    if table not in ("codes", "bit_names"):
        sql += f" WHERE rowid = (SELECT min(rowid) FROM {table})"  # noqa: S608 - fixed text
    return f"{table}.{column} = {value[:30]}", sql


LONG = f"'{'x' * 60_000}'"
NO_TEXT = "CAST(x'61ff62' AS TEXT)"
WITH_NUL = "'a' || char(0) || 'b'"
VALUES = [
    *(_set("roots", "path", v) for v in (
        "'/'", "'//'", "'.'", "'..'", "'photos'", "'./photos'", "'../photos'", "'~/photos'",
        "'/photos/../..'", "''", LONG, NO_TEXT, WITH_NUL, "'C:'", "'C:photos'",
    )),
    *(_set("roots", "state", v) for v in ("'asleep'", NO_TEXT, "''")),
    *(_set("roots", "added_at", v) for v in ("9e999", "-9e999", "1e300")),
    *(_set("photos", "relative_path", v) for v in (
        "'/etc/passwd'", "'../x'", "'a/../../x'", "'a/..'", "'a//b'", "'a/./b'", "'.'", "'a/'",
        "'a\\..\\..\\x'", "''", LONG, NO_TEXT, WITH_NUL, f"'{'y' * 256}'", f"'{'a/' * 20_000}b'",
    )),
    *(_set("photos", "size_bytes", v) for v in ("-1", "9223372036854775807")),
    *(_set("photos", "state", v) for v in ("'eaten'", NO_TEXT)),
    *(_set("photos", "local_time_s", v) for v in ("9223372036854775807", "-9223372036854775808")),
    *(_set("photos", "content_key", v) for v in ("x''", "x'00'", "zeroblob(900000)", "NULL")),
    *(_set("photos", "width", v) for v in ("0", "-5", "9223372036854775807", "NULL")),
    *(_set("photos", "orientation", v) for v in ("0", "9", "-1")),
    *(_set("photos", "taken_at", v) for v in ("'yesterday'", "'2024-13-01T00:00:00'", LONG, "''")),
    *(_set("photos", "camera", v) for v in (LONG, NO_TEXT, WITH_NUL)),
    *(_set("photos", "problem_kind", v) for v in ("'eaten'", NO_TEXT, "''")),
    *(_set("photos", "root_id", v) for v in ("99", "-1", "0")),
    *(_set("photos", "photo_id", v) for v in ("-1", "0", "9223372036854775807")),
    *(_set("photos", "added_at", v) for v in ("9e999", "1e300")),
    *(_set("models", "n_bits", v) for v in ("0", "-1", "13", "1000000000", "4097")),
    *(_set("models", "name", v) for v in (LONG, NO_TEXT)),
    *(_set("codes", "code", v) for v in ("x''", "x'00'", "zeroblob(100000)")),
    *(_set("codes", "activations", v) for v in ("x''", "x'00'", "zeroblob(100000)")),
    *(_set("codes", "model_key", v) for v in ("99", "-1")),
    *(_set("bit_names", "bit", v) for v in ("-1", "12", "9223372036854775807")),
    *(_set("bit_names", "name", v) for v in (LONG, NO_TEXT, WITH_NUL, "''")),
]  # fmt: skip


@pytest.mark.parametrize("sql", [sql for _, sql in VALUES], ids=[name for name, _ in VALUES])
def test_a_value_that_no_version_writes_is_refused_and_does_no_harm_in_place(
    ours: Library, foreign: Path, sql: str, tmp_path: Path
) -> None:
    alter(foreign, sql)
    with pytest.raises(UserFacingError) as caught:
        ours.bring_in(foreign, {})
    assert len(str(caught.value)) < 1000
    assert ours.photos.counts().total == 0
    assert ours.roots.all() == []
    theirs = LibraryPaths(tmp_path / "theirs")
    theirs.folder.mkdir()
    foreign.rename(theirs.database)
    with Library.open(theirs) as opened:
        _ask_everything(opened)
        if "SET path" not in sql:
            with pytest.raises(UserFacingError):
                opened.check_quickly()


def _ask_everything(library: Library) -> None:
    """Each question is answered, or one sentence says why not."""
    asked: list[Callable[[Library], object]] = [
        lambda library: library.photos.counts(),
        lambda library: library.photos.get_many(library.photos.ids(newest_first=True).tolist()),
        lambda library: library.photos.get_many(library.photos.ids().tolist()),
        lambda library: library.photos.find_by_path(PHOTOS / "a.jpg"),
        lambda library: library.photos.folders(),
        lambda library: library.photos.problems(include_ignored=True),
        lambda library: library.photos.missing(),
        lambda library: library.roots.all(),
        lambda library: library.filtering.choices(),
        lambda library: [library.models.bit_names(m.model_key) for m in library.models.all()],
        lambda library: library.codes.load(1, N_BITS),
        lambda library: library.codes.get(1, 1),
        lambda library: list(library.codes.exported(1, 10)),
        lambda library: library.work.sample(1),
        lambda library: library.work.awaiting(1, [1]),
        lambda library: library.work.find_same_content(bytes(16), 100, 1),
    ]
    for ask in asked:
        try:
            ask(library)
        except UserFacingError as error:
            assert len(str(error)) < 1000  # noqa: PT017 - others may be none


@pytest.mark.parametrize("table", ["roots", "photos", "models"])
def test_values_of_another_kind_are_refused(ours: Library, foreign: Path, table: str) -> None:
    stranger = sqlite3.connect(foreign)
    columns = [row[1] for row in stranger.execute(f"PRAGMA table_info({table})") if not row[5]]
    stranger.close()
    kept = foreign.read_bytes()
    change = "UPDATE sqlite_schema SET sql = {} WHERE name = '{}'"
    for column in set(columns) & set(CHECKS[table]):
        foreign.write_bytes(kept)
        write_schema(foreign, change.format("replace(sql, 'STRICT', '')", table))
        alter(foreign, f"UPDATE OR IGNORE {table} SET {column} = x'aa' || 'text'")  # noqa: S608 - fixed text
        write_schema(foreign, change.format("sql || 'STRICT'", table))
        with pytest.raises(UserFacingError):
            ours.bring_in(foreign, {})


def test_folders_that_overlap_are_refused(ours: Library, foreign: Path, tmp_path: Path) -> None:
    alter(foreign, "INSERT INTO roots (path, state, added_at) VALUES ('/a', 'online', 1.0)")
    alter(foreign, "INSERT INTO roots (path, state, added_at) VALUES ('/a/b', 'online', 1.0)")
    with pytest.raises(UserFacingError, match="overlap"):
        ours.bring_in(foreign, {})


def test_a_folder_of_another_system_needs_a_place_here(
    ours: Library, foreign: Path, tmp_path: Path
) -> None:
    alter(foreign, "UPDATE roots SET path = 'D:\\Photos'")
    with pytest.raises(UserFacingError, match="cannot be one of photos here"):
        ours.bring_in(foreign, {})
    ours.bring_in(foreign, {Path("D:\\Photos"): tmp_path / "here"})
    assert [root.path for root in ours.roots.all()] == [tmp_path / "here"]


def test_a_tree_of_pages_that_meet_again_is_refused(ours: Library, foreign: Path) -> None:
    data = bytearray(foreign.read_bytes())
    stranger = sqlite3.connect(foreign)
    roots = dict(stranger.execute("SELECT name, rootpage FROM sqlite_schema"))
    stranger.close()
    at = (roots["codes"] - 1) * 4096
    data[at : at + 4096] = data[(roots["bit_names"] - 1) * 4096 : roots["bit_names"] * 4096]
    foreign.write_bytes(data)
    with pytest.raises(UserFacingError):
        ours.bring_in(foreign, {})
