"""A library that lies where nothing can be written, opened to be read."""

import shutil
import tempfile
from pathlib import Path

from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.store.connection import Connection
from ahash_desktop.store.schema import examine_schema, upgrade


def connect_to_read(paths: LibraryPaths) -> Connection:
    """A connection that only reads.

    The file itself is read where it is complete and of this version. Where commits wait in a log
    beside it, or an older version made it, a copy is read that has taken these in.

    Raises:
        ShortageError: If there is no room for the copy.
        UserFacingError: If the library cannot be read, or is none.
    """
    log = _log_of(paths.database)
    if not (log.exists() and log.stat().st_size):
        connection = Connection(paths.database, reads_only=True)
        try:
            if examine_schema(connection).is_current:
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
    try:
        return _connect_to_copy(paths.database)
    except OSError as error:
        raise ShortageError(
            f"the library cannot be copied to be read ({error.strerror or error})",
            path=paths.database,
            remedy="Free some space, or allow writing to the library's folder",
        ) from error


def _connect_to_copy(database: Path) -> Connection:
    """Reads a copy, which has no name any more and goes with the connection."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / database.name
        for source, target in ((database, copy), (_log_of(database), _log_of(copy))):
            if source.exists():
                shutil.copyfile(source, target)
        connection = Connection(copy)
        try:
            upgrade(connection, lambda: None)
            connection.rows("PRAGMA journal_mode = DELETE")
        finally:
            connection.close()
        connection = Connection(copy, reads_only=True)
    connection.path = database
    return connection


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")
