"""Reads a library that anyone may have made, and copies of it only what stands every check."""

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ahash_desktop.core.codes import code_bytes
from ahash_desktop.core.errors import LibraryForeignError, UserFacingError
from ahash_desktop.store.connection import Connection
from ahash_desktop.store.rowchecks import CHECKS, is_place
from ahash_desktop.store.schema import examine_schema

Row = tuple[Any, ...]

_AT_ONCE = 1000
_NAMED_WHERE_UNFIT = {"codes": "code", "bit_names": "name"}
_REMEDY = "Do not use it; choose another library folder"


def check_rows(connection: Connection) -> None:
    """Does nothing if every row of a library is one that this program may have written.

    Raises:
        UserFacingError: If one is not; the first such table and column are named.
    """
    for table in CHECKS:
        for _ in _checked_rows(connection, table):
            pass


def copy_rows(source: Path, target: Connection, moved: Mapping[Path, Path]) -> None:
    """Copies all folders, photos, models, codes and names into a new library.

    The source is opened for reading only, and read column by column; nothing of its schema gets
    into the target.

    Args:
        source: A library's database that is complete in itself, without a log beside it.
        target: A library of the newest schema, without rows.
        moved: For folders of photos that lie elsewhere here, the new place by the old.

    Raises:
        LibraryDamagedError: If the source is no whole database.
        UserFacingError: If it is no library, or holds what no version of this program writes.
    """
    with contextlib.closing(Connection(source, reads_only=True)) as foreign:
        applied = examine_schema(foreign).applied
        if not applied:
            raise UserFacingError("this file is not a library of Ahash", path=source)
        if not foreign.is_whole():
            raise UserFacingError("the library is damaged", path=source)
        try:
            with target.transaction():
                for table, checks in CHECKS.items():
                    rows = _checked_rows(foreign, table)
                    if table == "roots":
                        rows = iter(_placed(list(rows), moved))
                    _insert(target, table, list(checks), rows)
        except sqlite3.IntegrityError as error:
            raise UserFacingError(
                "the rows of this library do not belong together", path=source, remedy=_REMEDY
            ) from error


def _placed(roots: list[Row], moved: Mapping[Path, Path]) -> list[Row]:
    """The folders at their places here.

    Raises:
        UserFacingError: If one is no place for photos here, two overlap, or one to move is unknown.
    """
    known = {Path(path) for _, path, *_ in roots}
    for old in moved:
        if old not in known:
            raise UserFacingError(
                "the library has no such folder",
                path=old,
                remedy="Its folders: " + ", ".join(sorted(map(str, known))),
            )
    places = [moved.get(Path(path), Path(path)) for _, path, *_ in roots]
    for place in places:
        if not is_place(place):
            raise UserFacingError(
                "a folder of this library cannot be one of photos here",
                path=place,
                remedy="Say where its photos lie here, or do not use this library",
            )
    for one, other in itertools.combinations(places, 2):
        if one.is_relative_to(other) or other.is_relative_to(one):
            raise UserFacingError("two folders of this library overlap", path=one, remedy=_REMEDY)
    return [
        (root_id, str(place), *rest)
        for (root_id, _, *rest), place in zip(roots, places, strict=True)
    ]


def _insert(target: Connection, table: str, columns: list[str], rows: Iterator[Row]) -> None:
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - fixed names
    with target.told():
        target.raw.executemany(sql, rows)


def _checked_rows(connection: Connection, table: str) -> Iterator[Row]:
    """The rows of a table, with the columns that are checked, in their order.

    One that an older version did not have is empty.
    """
    checks = CHECKS[table]
    found = {row[1] for row in connection.rows(f"PRAGMA table_info({table})")}
    if not found:  # a table that an older version did not have
        return
    columns = ", ".join(column if column in found else "NULL" for column in checks)
    n_bits = _bits_of_models(connection) if table in ("codes", "bit_names") else {}
    for batch in connection.batches(f"SELECT {columns} FROM {table}", (), _AT_ONCE):  # noqa: S608 - fixed names
        for row in batch:
            for (column, holds), value in zip(checks.items(), row, strict=True):
                if not holds(value):
                    raise _refusal(connection.path, table, column)
            if table in ("codes", "bit_names") and not _fits_model(
                table, row, n_bits.get(row[0], 0)
            ):
                raise _refusal(connection.path, table, _NAMED_WHERE_UNFIT[table])
            yield row


def _bits_of_models(connection: Connection) -> dict[int, int]:
    return dict(connection.rows("SELECT model_key, n_bits FROM models"))


def _fits_model(table: str, row: Row, n_bits: int) -> bool:
    if table == "bit_names":
        return bool(row[1] < n_bits)
    return n_bits > 0 and len(row[2]) == code_bytes(n_bits) and len(row[3]) == 2 * n_bits


def _refusal(path: Path, table: str, column: str) -> LibraryForeignError:
    return LibraryForeignError(
        f"this library holds what no version of Ahash writes ({table}, {column})",
        path=path,
        remedy=_REMEDY,
    )
