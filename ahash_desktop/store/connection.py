"""One hardened SQLite connection that tells what went wrong in words a user can act on."""

import contextlib
import sqlite3
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ahash_desktop.core.errors import LibraryDamagedError, ShortageError, UserFacingError
from ahash_desktop.core.paths import LibraryPaths

Row = tuple[Any, ...]
_Made = TypeVar("_Made")
Parameters = Sequence[Any] | dict[str, Any]

_BUSY_S = 30.0
_SUFFIXES = ("", "-wal", "-shm", "-journal")
_RETRY_S = 0.02
_PRAGMAS = (
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
    "foreign_keys = ON",
    "synchronous = FULL",
    "cache_size = -32768",
    "journal_size_limit = 67108864",
)

_START_AGAIN = (
    "The photos are safe. Start the program again: it goes on with its newest copy of the library"
)
_CAUSES = {
    sqlite3.SQLITE_NOTADB: ("the library is damaged: this is no database", _START_AGAIN),
    sqlite3.SQLITE_CORRUPT: ("the library is damaged", _START_AGAIN),
    sqlite3.SQLITE_FULL: (
        "the disk of the library is full",
        "Free some space and try again; everything finished so far is kept",
    ),
    sqlite3.SQLITE_BUSY: (
        "the library is in use by another program",
        "Wait until it is done, or stop it",
    ),
    sqlite3.SQLITE_READONLY: (
        "the library cannot be written",
        "Allow writing to the file and its folder, or choose another library folder",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the library cannot be opened",
        "Check that the folder exists and may be read and written",
    ),
    sqlite3.SQLITE_PERM: (
        "there is no permission to open the library",
        "Check that the folder may be read and written",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk failed while the library was read or written",
        "Check the disk and its cable, then start the program again",
    ),
}
_PASSING = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
}
"""What a user can mend while a program waits: no space, a disk that went away, other programs."""
_NO_TEXT = "Could not decode"
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Connection:
    """A connection to the library's database; it belongs to the thread that opened it.

    A committed transaction survives the end of the process and, as every commit is forced to
    disk, a power cut. Commits are blocks of work, about one a second, so this costs nothing.

    Args:
        path: The database file; it is made if it is not there.
        reads_only: Whether the file is only read, and taken for complete without a log beside it.

    Attributes:
        path: The file that errors name.
        reads_only: As it was given.

    Raises:
        UserFacingError: If the file cannot be opened or is no database.
    """

    def __init__(self, path: Path, *, reads_only: bool = False) -> None:
        self.path = path
        self.reads_only = reads_only
        self._n_versions = 0
        self._seen: tuple[int, int] | None = None
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1" if reads_only else path
        _check_files(path)
        with self.told():
            self.raw = sqlite3.connect(
                address, timeout=_BUSY_S, isolation_level=None, uri=reads_only
            )
        try:
            with self.told():
                self._harden()
                if not reads_only:
                    self._enter_wal()
        except BaseException:
            self.raw.close()
            raise

    def close(self) -> None:
        """Closes the file; calling it again does nothing."""
        self.raw.close()

    def run(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Runs a statement that changes something; the cursor tells how many rows it changed."""
        with self.told():
            return self.raw.execute(sql, parameters)

    def run_many(self, sql: str, parameters: Iterable[Parameters]) -> None:
        """Runs a statement once for each set of parameters, as one transaction."""
        with self.transaction(), self.told():
            self.raw.executemany(sql, parameters)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""
        with self.told():
            return self.raw.execute(sql, parameters).fetchall()

    def records(
        self, sql: str, parameters: Parameters, make: Callable[[Row], _Made]
    ) -> list[_Made]:
        """What is made of each row of a query.

        Raises:
            LibraryDamagedError: If nothing can be made of a row, as the file is damaged.
            UserFacingError: If nothing can be made of it for another reason.
        """
        rows = self.rows(sql, parameters)
        try:
            return [make(row) for row in rows]
        except (ValueError, TypeError, OverflowError) as error:
            if not self.is_whole():
                raise self._damaged(sqlite3.SQLITE_CORRUPT) from error
            raise UserFacingError(
                "the library holds what this version of Ahash does not understand",
                path=self.path,
                remedy="Update the program, or move the file away and index the folders again",
            ) from error

    def is_whole(self) -> bool:
        """Whether SQLite finds nothing wrong with the file; it reads all of it."""
        try:
            return self.raw.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
        except sqlite3.DatabaseError:
            return False

    def check(self) -> None:
        """Does nothing if SQLite finds nothing wrong with the file, and all rows belong together.

        Raises:
            LibraryDamagedError: If it does, or some do not.
        """
        if not self.is_whole() or self.rows("PRAGMA foreign_key_check"):
            raise self._damaged(sqlite3.SQLITE_CORRUPT)

    def size_bytes(self) -> int:
        """How large the database is."""
        return int(self.value("PRAGMA page_count") * self.value("PRAGMA page_size"))

    def find_row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a query, if there is any."""
        with self.told():
            row: Row | None = self.raw.execute(sql, parameters).fetchone()
            return row

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The single value of a query that always has one."""
        return self.rows(sql, parameters)[0][0]

    def batches(self, sql: str, parameters: Parameters, size: int) -> Iterator[list[Row]]:
        """The rows of a query, `size` at a time, so that a large result needs little memory."""
        with self.told():
            cursor = self.raw.execute(sql, parameters)
        while True:
            with self.told():
                batch = cursor.fetchmany(size)
            if not batch:
                return
            yield batch

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits what its block changes as a whole, or nothing of it if the block raises.

        A block within a block becomes part of the outer one.

        Raises:
            UserFacingError: If another program keeps the library locked, or the disk is full.
        """
        with self._block("BEGIN IMMEDIATE"):
            yield

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Lets all queries of its block see the same state of the library."""
        with self._block("BEGIN"):
            yield

    def copy_to(self, target: Path) -> None:
        """Writes a whole copy, as one file without a log beside it, over an empty file.

        This works even if the database itself was deleted meanwhile.
        """
        with (
            self.told(),
            contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            self.raw.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")

    def data_version(self) -> int:
        """A number that grows whenever this or any other connection has changed something."""
        seen = (int(self.value("PRAGMA data_version")), self.raw.total_changes)
        if seen != self._seen:
            self._seen = seen
            self._n_versions += 1
        return self._n_versions

    @contextlib.contextmanager
    def _block(self, begin: str) -> Iterator[None]:
        if self.raw.in_transaction:
            yield
            return
        self.run(begin)
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            # Some errors, a full disk for one, have already rolled everything back.
            if self.raw.in_transaction:
                self.run("ROLLBACK")
            raise

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turns the errors of the database that a user can act on into words."""
        try:
            yield
        except sqlite3.Error as error:
            primary = self._cause_of(error)
            if primary is None:
                raise
            if primary in _DAMAGE:
                raise self._damaged(primary) from error
            what, remedy = _CAUSES[primary]
            raise _kind_of(primary)(what, path=self.path, remedy=remedy) from error

    def _cause_of(self, error: sqlite3.Error) -> int | None:
        """The cause of an error that a user can act on; None for a fault of the program.

        What nobody expects may come of damage, too: an index that lacks a row, text that is none.
        """
        code = getattr(error, "sqlite_errorcode", None)
        primary: int | None = code & 0xFF if code is not None else None
        if primary in _CAUSES:
            return primary
        is_of_program = isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError)
        if is_of_program or not hasattr(self, "raw"):
            return None
        is_no_text = primary is None and _NO_TEXT in str(error)
        return sqlite3.SQLITE_CORRUPT if is_no_text or not self.is_whole() else None

    def _damaged(self, primary: int) -> LibraryDamagedError:
        """Tells of damage, and notes it for the next start."""
        if not self.reads_only:
            with contextlib.suppress(OSError):
                LibraryPaths(self.path.parent).damaged_mark.touch()
        what, remedy = _CAUSES[primary]
        return LibraryDamagedError(what, path=self.path, remedy=remedy)

    def _harden(self) -> None:
        """Keeps what a file that someone else made could contain from doing harm."""
        for pragma in _PRAGMAS:
            self.raw.execute(f"PRAGMA {pragma}")
        # Python 3.11 cannot set these; there the check of the schema alone keeps triggers out.
        setconfig = getattr(self.raw, "setconfig", None)
        if setconfig is not None:
            for name, value in (("DEFENSIVE", True), ("ENABLE_TRIGGER", False)):
                setconfig(getattr(sqlite3, f"SQLITE_DBCONFIG_{name}"), value)

    def _enter_wal(self) -> None:
        """Turns on write-ahead logging: readers and the writer never wait for each other."""
        deadline = time.monotonic() + _BUSY_S
        while True:
            try:
                self.raw.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                # SQLite does not wait by itself while two programs turn it on at once.
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_S)
            else:
                return


def _kind_of(primary: int) -> type[UserFacingError]:
    return ShortageError if primary in _PASSING else UserFacingError


def _check_files(path: Path) -> None:
    """Refuses what would be opened as part of a database and is a pipe, a device or a folder.

    SQLite would wait for the far end of a pipe for ever.
    """
    for suffix in _SUFFIXES:
        part = path.with_name(path.name + suffix)
        try:
            is_file = stat.S_ISREG(part.stat().st_mode)
        except OSError:
            continue
        if not is_file:
            raise UserFacingError(
                "there is no file where one of the library should be",
                path=part,
                remedy="Move away what lies there",
            )
