"""Writing files we own so that a crash leaves the old or the new one, never half of one."""

import contextlib
import os
import tempfile
from pathlib import Path


def replace_file(path: Path, data: bytes, *, durable: bool = True, mode: int | None = None) -> None:
    """Writes `data` aside and renames it over `path`; parent folders are made.

    Args:
        path: The file to replace.
        data: Its whole new content.
        durable: Whether to force the data to disk before the rename; thumbnails, which can be
            rebuilt, need not.
        mode: Who may read and write it; only this user by default.

    Raises:
        OSError: If the disk is full or the folder cannot be written; `path` is then unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if mode is not None:
                Path(aside).chmod(mode)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(aside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise


def reserve_file(path: Path, n_bytes: int) -> None:
    """Makes a file of zeros that has its place on the disk already.

    Writing to a mapped file that has none kills the process when the disk is full.

    Args:
        path: The file; one that is there is emptied.
        n_bytes: Its size.

    Raises:
        OSError: If the disk is full; the file is then gone.
    """
    try:
        with path.open("wb") as file:
            file.truncate(n_bytes)
            if n_bytes and hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, n_bytes)
    except OSError:
        path.unlink(missing_ok=True)
        raise
