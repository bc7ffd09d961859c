"""Whether the library on the disk is still the one that was opened, and putting it back if not."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ahash_desktop.core.errors import LibraryDeletedError, LibraryLostError, UserFacingError
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.privacy import make_private_folder

_BESIDE = ("-wal", "-shm")


class Standing:
    """Remembers which file the library's database is.

    A database that was deleted can still be read and even written where it is open, and all of that
    is gone when the program ends. One that was put in its place is not the one that is open.

    Args:
        paths: The library's files. If there is no database yet, the first one that is found counts.
    """

    def __init__(self, paths: LibraryPaths) -> None:
        self._paths = paths
        self._identity = _identity_of(paths.database)

    def renew(self) -> None:
        """Takes the database that is there now for the right one."""
        self._identity = _identity_of(self._paths.database)

    def check(self) -> None:
        """Does nothing while the database is where it was.

        Raises:
            LibraryDeletedError: If it is gone.
            LibraryLostError: If another one is in its place.
        """
        now = _identity_of(self._paths.database)
        if now == self._identity:
            return
        if self._identity is None:
            self._identity = now
        elif now is None:
            raise LibraryDeletedError(
                "the library is gone",
                path=self._paths.folder,
                remedy="The photos are safe. Connect its drive or put its folder back; if it was "
                "deleted, this program can still write it again as it was",
            )
        else:
            raise LibraryLostError(
                "another library has taken the place of this one",
                path=self._paths.folder,
                remedy="Nothing was written to it. Start the program again to use that one",
            )


@contextlib.contextmanager
def put_back(paths: LibraryPaths) -> Iterator[Path]:
    """A file to write a whole database to, which then takes the place of the one that was deleted.

    At the end of the block nobody may have the old one open any more: what SQLite does at its end
    to the log of the old one, it does by name.

    Raises:
        LibraryLostError: If there is one in its place by now.
        UserFacingError: If it cannot be written there.
    """
    try:
        make_private_folder(paths.folder)
        handle, name = tempfile.mkstemp(prefix=".back-", suffix=".part", dir=paths.folder)
        os.close(handle)
        aside = Path(name)
        try:
            yield aside
            for ending in _BESIDE:
                Path(f"{paths.database}{ending}").unlink(missing_ok=True)
            if paths.database.exists():
                raise FileExistsError(paths.database)
            aside.rename(paths.database)
        finally:
            aside.unlink(missing_ok=True)
    except FileExistsError as error:
        raise LibraryLostError(
            "there is a library in its place again",
            path=paths.database,
            remedy="Start the program again to use that one",
        ) from error
    except OSError as error:
        raise UserFacingError(
            f"the library cannot be put back ({error.strerror or error})",
            path=paths.folder,
            remedy="See that the disk is there and the folder may be written, and try again",
        ) from error


def _identity_of(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
