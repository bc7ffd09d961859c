"""The library: one SQLite database that holds the truth about folders, photos and codes."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from ahash_desktop.core.errors import ShortageError, UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.privacy import keep_private, make_private_folder
from ahash_desktop.store.backups import Backups
from ahash_desktop.store.codes import CodeTable
from ahash_desktop.store.connection import Connection
from ahash_desktop.store.corrections import CorrectionTable
from ahash_desktop.store.favourites import FavouriteTable
from ahash_desktop.store.filtering import FilterQueries
from ahash_desktop.store.foreign import check_rows, copy_rows
from ahash_desktop.store.labels import LabelTable
from ahash_desktop.store.models import ModelTable
from ahash_desktop.store.moves import Moves
from ahash_desktop.store.only_reading import connect_to_read
from ahash_desktop.store.overviews import Overviews
from ahash_desktop.store.photos import PhotoTable
from ahash_desktop.store.roots import RootTable
from ahash_desktop.store.rowchecks import CHECKS
from ahash_desktop.store.schema import upgrade
from ahash_desktop.store.trash import TrashTable
from ahash_desktop.store.work import WorkTable

_MOST_PROBLEMS = 20
_CHECKED_AT_ONCE_BYTES = 3 << 20


class Library:
    """An open library; it belongs to the thread that opened it.

    Single changes are committed at once; `transaction()` makes several of them one.

    Args:
        connection: An open connection whose schema is up to date.

    Attributes:
        roots: The folders it keeps up with.
        photos: The files as a person sees them.
        work: What indexing asks and records.
        trash: Photos whose files their user has moved to the trash.
        moves: What makes one of photos that went from one place to another.
        codes: The codes of all models.
        corrections: Where people say that the subjects are.
        labels: What people say that photos show.
        models: The models and the names of their bits.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.roots = RootTable(connection)
        self.photos = PhotoTable(connection)
        self.filtering = FilterQueries(connection)
        self.overviews = Overviews(connection)
        self.favourites = FavouriteTable(connection)
        self.work = WorkTable(connection)
        self.trash = TrashTable(connection)
        self.moves = Moves(connection)
        self.codes = CodeTable(connection)
        self.corrections = CorrectionTable(connection)
        self.labels = LabelTable(connection)
        self.models = ModelTable(connection)

    @classmethod
    def open(cls, paths: LibraryPaths, *, create: bool = True) -> Self:
        """Opens a library and brings its schema up to date.

        Args:
            paths: The library's files.
            create: Whether to make the folder and an empty library if there is none.

        One that lies where nothing can be written is opened all the same, to be read.

        Raises:
            UserFacingError: If there is no library and none is to be made, it cannot be opened,
                is damaged, is none of this program's, or was made by a newer version.
        """
        if create:
            _make_place(paths)
        elif not paths.database.is_file():
            raise UserFacingError(
                "there is no library here",
                path=paths.folder,
                remedy="Choose another library folder, or index a folder of photos",
            )
        keep_private(paths)
        try:
            connection = _connect(paths)
        except ShortageError:
            if not paths.database.is_file() or os.access(paths.folder, os.W_OK):
                raise
            connection = connect_to_read(paths)
        return cls(connection)

    @property
    def is_read_only(self) -> bool:
        """Whether it lies where nothing can be written, and can only be looked at and searched."""
        folder = self._connection.path.parent
        return self._connection.reads_only or not os.access(folder, os.W_OK)

    def close(self) -> None:
        """Closes the database; calling it again does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits what its block changes as a whole, or nothing of it if the block raises.

        Raises:
            UserFacingError: If another program keeps the library locked, or the disk is full.
        """
        with self._connection.transaction():
            yield

    @property
    def paths(self) -> LibraryPaths:
        """Its files."""
        return LibraryPaths(self._connection.path.parent)

    def data_version(self) -> int:
        """A number that grows whenever this or any other connection has changed the library."""
        return self._connection.data_version()

    def copy_to(self, target: Path) -> None:
        """Writes a whole copy over an empty file, even if the library itself was deleted."""
        self._connection.copy_to(target)

    def checkpoint(self) -> None:
        """Moves what was committed from the log into the database, unless someone reads there."""
        self._connection.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def bring_in(self, foreign: Path, moved: Mapping[Path, Path]) -> None:
        """Fills an empty library with all that is in the database of another.

        That one may be of anyone: it is only read, and each value of it is checked.

        Args:
            foreign: A library's database, complete in itself.
            moved: For folders of photos that lie elsewhere here, the new place by the old.

        Raises:
            UserFacingError: If it is damaged, no library, or holds what no version of this program
                writes; if one of its folders is none or overlaps with another, or one that is to be
                moved is not in it.
        """
        copy_rows(foreign, self._connection, moved)

    def check_quickly(self) -> None:
        """Does nothing if the database is whole, as far as a moment can tell.

        A small one is looked through, each row of it; of a large one, the first row of each table.

        Raises:
            LibraryDamagedError: If it is damaged.
            UserFacingError: If it holds what no version of this program writes.
        """
        for table in CHECKS:
            self._connection.find_row(f"SELECT * FROM {table} LIMIT 1")  # noqa: S608 - fixed names
        if self._connection.size_bytes() <= _CHECKED_AT_ONCE_BYTES:
            self._connection.check()
            check_rows(self._connection)

    def integrity_problems(self) -> list[str]:
        """What is wrong with the database file, in a few sentences; nothing for a whole one."""
        try:
            found = self._connection.rows(f"PRAGMA integrity_check({_MOST_PROBLEMS})")
            strays = self._connection.rows("PRAGMA foreign_key_check")
        except UserFacingError as error:
            return [str(error)]
        problems = [str(message) for (message,) in found if message != "ok"]
        problems += [
            f"a row of {table} belongs to no row of {parent}"
            for table, _, parent, _ in strays[:_MOST_PROBLEMS]
        ]
        return problems


def _connect(paths: LibraryPaths) -> Connection:
    connection = Connection(paths.database)
    try:
        upgrade(connection, lambda: Backups(paths).make("before-upgrade"))
    except BaseException:
        connection.close()
        raise
    return connection


def _make_place(paths: LibraryPaths) -> None:
    """Makes the folder, and an empty database that nobody else may read."""
    try:
        make_private_folder(paths.folder)
        if not paths.database.exists():
            paths.database.touch(mode=0o600)
    except OSError as error:
        raise UserFacingError(
            f"the library folder cannot be made ({error.strerror or error})",
            path=paths.folder,
            remedy="Choose another library folder",
        ) from error
