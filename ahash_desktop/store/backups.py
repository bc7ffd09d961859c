"""Whole copies of the library's database: made while it is in use, rotated, put back."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ahash_desktop.core.errors import LibraryDamagedError, ShortageError, UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.privacy import make_private_folder
from ahash_desktop.store.connection import Connection
from ahash_desktop.store.schema import examine_schema

_KEPT_OF_A_KIND = 2
_SPARE = 1.2
_BESIDE = ("", "-wal", "-shm")


class Backups:
    """The copies of one library. What is not whole is neither kept as a copy nor put back.

    Args:
        paths: The library's files.
    """

    def __init__(self, paths: LibraryPaths) -> None:
        self._paths = paths

    def all(self) -> list[Path]:
        """The copies, newest first."""
        found = self._paths.backups.glob("*.db")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)

    def make(self, kind: str) -> Path:
        """Copies the database as it is now, and drops the oldest copies of that kind.

        Args:
            kind: What it is made for; a part of its name.

        Raises:
            ShortageError: If there is no space for it, or its folder cannot be written.
            LibraryDamagedError: If the database is not whole.
        """
        moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
        made = self._paths.backups / f"{kind}-{moment}.db"
        try:
            make_private_folder(self._paths.backups)
            size_bytes = self._paths.database.stat().st_size
            if shutil.disk_usage(self._paths.backups).free < size_bytes * _SPARE:
                raise self._shortage("there is too little space for a copy of the library")
            with self._aside() as aside:
                _copy(self._paths.database, aside)
                if not _is_whole(aside):
                    raise self._damaged()
                aside.replace(made)
            self._rotate(kind)
        except (OSError, sqlite3.Error) as error:
            if _tells_of_damage(error):
                raise self._damaged() from error
            raise self._shortage(f"the library cannot be copied ({error})") from error
        return made

    def find_newest(self) -> Path | None:
        """The newest whole copy, if there is one."""
        return next((path for path in self.all() if _is_whole(path)), None)

    def put_back(self) -> tuple[Path, Path] | None:
        """Puts the newest whole copy in the place of the database, which is kept beside it.

        Nobody may have the library open. Ended halfway, it can be called again.

        Returns:
            The copy and where the old database is now; None if there is no whole copy.

        Raises:
            UserFacingError: If the files cannot be moved.
        """
        copy = self.find_newest()
        if copy is None:
            return None
        moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
        old = self._paths.folder / f"library-damaged-{moment}.db"
        try:
            with self._aside() as aside:
                shutil.copyfile(copy, aside)
                for ending in _BESIDE:
                    with contextlib.suppress(FileNotFoundError):
                        Path(f"{self._paths.database}{ending}").rename(f"{old}{ending}")
                aside.replace(self._paths.database)
        except OSError as error:
            raise UserFacingError(
                f"the library cannot be rebuilt from its copy ({error.strerror or error})",
                path=self._paths.folder,
                remedy="Close all other Ahash programs and see that the folder may be written",
            ) from error
        return copy, old

    @contextlib.contextmanager
    def _aside(self) -> Iterator[Path]:
        """A new file in the folder of the copies, deleted unless it is renamed."""
        handle, name = tempfile.mkstemp(prefix=".copy-", suffix=".part", dir=self._paths.backups)
        os.close(handle)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def _rotate(self, kind: str) -> None:
        of_this_kind = [path for path in self.all() if path.name.startswith(f"{kind}-")]
        for path in of_this_kind[_KEPT_OF_A_KIND:]:
            path.unlink(missing_ok=True)

    def _damaged(self) -> LibraryDamagedError:
        """Tells of damage, and notes it for the next start."""
        with contextlib.suppress(OSError):
            self._paths.damaged_mark.touch()
        return LibraryDamagedError(
            "the library is damaged",
            path=self._paths.database,
            remedy="The photos are safe. Start the program again: it goes on with its newest copy",
        )

    def _shortage(self, what: str) -> ShortageError:
        return ShortageError(
            what,
            path=self._paths.backups,
            remedy="Free some space and see that the folder may be written",
        )


def _copy(source: Path, target: Path) -> None:
    """Copies a database that others may be writing, as one file without a log beside it."""
    with (
        contextlib.closing(sqlite3.connect(source)) as original,
        contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _is_whole(path: Path) -> bool:
    """Whether a copy is a library with all its tables, without damage."""
    try:
        with contextlib.closing(Connection(path, reads_only=True)) as copy:
            has_all = bool(examine_schema(copy).applied)
            return has_all and copy.value("PRAGMA quick_check(1)") == "ok"
    except UserFacingError:
        return False


def _tells_of_damage(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
