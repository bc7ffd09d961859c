"""Whether a database has just the tables and indexes that this program makes, and no others."""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database, Migrations

from ahash_desktop.core.errors import LibraryDamagedError, UserFacingError
from ahash_desktop.store import migrations
from ahash_desktop.store.connection import Connection, Row

_VERSIONS = "_sqlite_migrations"
_VERSION_COLUMNS = {"migration_set", "name", "applied_at"}
_STATISTICS = re.compile(r"CREATE TABLE sqlite_stat[14]\([a-z]+(,[a-z]+)*\)")
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|[^\s\w]""")
_OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema"


@dataclass(frozen=True, slots=True)
class Part:
    """A table or index: its kind, its name, the table it is of, and the statement that made it."""

    kind: str
    name: str
    table: str
    sql: str | None

    @property
    def meaning(self) -> tuple[str, str, str, tuple[str, ...]]:
        """All of it but the blanks, to compare it by."""
        return self.kind, self.name, self.table, tuple(_TOKEN.findall(self.sql or ""))


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database is: which migrations it has seen, and what makes the indexes it has lost."""

    applied: tuple[str, ...]
    lost_indexes: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether nothing is to be done."""
        return self.applied == _known() and not self.lost_indexes


def upgrade(connection: Connection, back_up: Callable[[], object]) -> None:
    """Brings a database to the newest schema; an empty file becomes an empty library.

    Args:
        connection: The database.
        back_up: Copies the database; called before anything in it is changed.

    Raises:
        LibraryDamagedError: If a table is missing.
        UserFacingError: If the file is a database of something else, holds what no version of
            this program makes, or was made by a newer version.
    """
    with connection.snapshot():
        schema = examine_schema(connection)
    if schema.is_current:
        return
    if schema.applied != _known():
        if schema.applied:
            back_up()
        with connection.transaction(), connection.told():
            # Another process may have done it meanwhile: `apply` asks again, inside the lock.
            migrations.migrations.apply(
                Database(connection.raw, recursive_triggers=False, execute_plugins=False)
            )
    with connection.transaction():
        for sql in examine_schema(connection).lost_indexes:
            connection.run(sql)


def examine_schema(connection: Connection) -> Schema:
    """What a database is, if it is a library; an empty one has seen no migrations.

    Each part of it is compared with what the migrations make, to the letter: nothing of it can do
    then what ours do not.

    Raises:
        LibraryDamagedError: If a table is missing.
        UserFacingError: If it is a database of something else, holds any part that no version of
            this program makes, or was made by a newer version.
    """
    parts = [_part(row) for row in connection.rows(_OBJECTS)]
    if not parts:
        return Schema(())
    if connection.value("PRAGMA application_id") != migrations.APPLICATION_ID:
        raise UserFacingError(
            "this file is not a library of Ahash",
            path=connection.path,
            remedy="Choose another library folder",
        )
    if any(part.kind not in ("table", "index") for part in parts):
        raise _harmful(connection)
    applied = _applied(connection, parts)
    expected = {
        part.name: part
        for part in _made_by(migrations.migrations, len(applied))
        if part.table != _VERSIONS
    }
    found = {part.name: part for part in parts if not _is_of_sqlite_itself(part)}
    if len(found) != sum(not _is_of_sqlite_itself(part) for part in parts):
        raise _harmful(connection)
    for name, part in found.items():
        if name not in expected or expected[name].meaning != part.meaning:
            raise _harmful(connection)
    lost = [part for name, part in expected.items() if name not in found]
    if any(part.kind == "table" or part.sql is None for part in lost):
        raise LibraryDamagedError("the library is damaged", path=connection.path)
    return Schema(applied, tuple(part.sql or "" for part in lost))


def _applied(connection: Connection, parts: Sequence[Part]) -> tuple[str, ...]:
    """The migrations that made a database, in their order."""
    if not any(part.name == _VERSIONS and part.kind == "table" for part in parts):
        raise LibraryDamagedError("the library is damaged", path=connection.path)
    columns = connection.rows(f"PRAGMA table_xinfo({_VERSIONS})")
    is_plain = all(hidden == 0 for *_, hidden in columns)
    if not is_plain or not _VERSION_COLUMNS.issubset(column[1] for column in columns):
        raise _harmful(connection)
    rows = connection.rows(f"SELECT name FROM {_VERSIONS} WHERE migration_set = 'ahash'")  # noqa: S608 - fixed name
    names = {name for (name,) in rows}
    known = _known()
    if names - set(known):
        raise UserFacingError(
            "a newer version of Ahash made this library",
            path=connection.path,
            remedy="Update the program",
        )
    if not names or names != set(known[: len(names)]):
        raise _of_no_version(connection)
    return known[: len(names)]


def _is_of_sqlite_itself(part: Part) -> bool:
    """Whether a part is one that SQLite, or what keeps the versions, makes as it sees fit."""
    if part.table == _VERSIONS:
        first = _TOKEN.findall(part.sql or "")[:2]
        return part.sql is None or first in (["CREATE", "TABLE"], ["CREATE", "UNIQUE"])
    return part.kind == "table" and _STATISTICS.fullmatch(part.sql or "") is not None


def _known() -> tuple[str, ...]:
    """The names of all migrations, in their order."""
    return _names(migrations.migrations)


@functools.cache
def _names(of: Migrations) -> tuple[str, ...]:
    with Database(memory=True, execute_plugins=False) as empty:
        return tuple(migration.name for migration in of.pending(empty))


@functools.cache
def _made_by(of: Migrations, n_applied: int) -> tuple[Part, ...]:
    """What the first migrations make."""
    known = _names(of)
    with Database(memory=True, execute_plugins=False) as made:
        if n_applied < len(known):
            of.apply(made, stop_before=known[n_applied])
        else:
            of.apply(made)
        return tuple(_part(row) for row in made.execute(_OBJECTS).fetchall())


def _part(row: Row) -> Part:
    return Part(*row)


def _harmful(connection: Connection) -> UserFacingError:
    return UserFacingError(
        "this library holds parts that Ahash never makes and that might do harm",
        path=connection.path,
        remedy="Do not use it; choose another library folder",
    )


def _of_no_version(connection: Connection) -> UserFacingError:
    return UserFacingError(
        "this library does not say which version of Ahash made it",
        path=connection.path,
        remedy="Move the file to another place and index the folders again",
    )
