"""Writing files so that a crash leaves the old or the new one, never half of one."""

import contextlib
import errno
import os
import re
import secrets
import stat
import tempfile
import time
from pathlib import Path

_ASIDE_PREFIX = ".ahash-"
_ASIDE_SUFFIX = ".part"
_LONGEST_WRITE_S = 600
_REMAINS = re.compile(r"\.ahash-[a-z0-9_-]+\.part|\..+\.xmp\.[a-z0-9_]{8}\.part", re.DOTALL)
"""What a file is called while it is written, in versions before this one too."""


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
    handle, aside = tempfile.mkstemp(_ASIDE_SUFFIX, _ASIDE_PREFIX, path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if mode is not None:
                Path(aside).chmod(mode)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        put_in_place(Path(aside), path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise


def put_in_place(aside: Path, path: Path) -> None:
    """Renames a file that was written aside over `path`, unless that is a device, a pipe or such.

    Raises:
        OSError: If it is, or cannot be replaced.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        mode = stat.S_IFREG
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "a device or a pipe is there", str(path))
    aside.replace(path)


def write_durably(path: Path, data: bytes) -> None:
    """Writes a new file and forces it to the disk.

    Raises:
        OSError: If it cannot be written.
    """
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def settle_file(path: Path) -> None:
    """Forces to the disk what was written to a file.

    Raises:
        OSError: If it cannot be.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def settle_folder(folder: Path) -> None:
    """Forces to the disk what was made and renamed in a folder, where systems need that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network drives know no such thing
            os.fsync(handle)
    finally:
        os.close(handle)


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


def replace_file_of_others(path: Path, data: bytes, *, mode: int) -> None:
    """Writes a file into a folder that is not ours; even killed, nothing else stays there.

    Where the system has files without a name (Linux, on most of its file systems), the data are
    written into one; to take the place of another file it has a name beside that for one moment.
    What a process killed elsewhere or in that moment leaves, `remove_remains` takes away.

    Args:
        path: The file to replace; its folder exists.
        data: Its whole new content.
        mode: Who may read and write it.

    Raises:
        OSError: If the disk is full or the folder cannot be written; `path` is then unchanged.
    """
    handle = _open_nameless(path.parent)
    if handle is None:
        replace_file(path, data, mode=mode)
        return
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        Path(f"/proc/self/fd/{handle}").chmod(mode)
        os.fsync(handle)
        _name(handle, path)


def remove_remains(folder: Path) -> None:
    """Takes away what killed processes left half written in a folder, as far as that is allowed."""
    newest = time.time() - _LONGEST_WRITE_S
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _REMAINS.fullmatch(entry.name) and entry.stat().st_mtime < newest:
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()


def _open_nameless(folder: Path) -> int | None:
    """A new file in a folder's file system that has no name; None where there are none."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").exists():
        return None
    try:
        return os.open(folder, os.O_WRONLY | os.O_TMPFILE, 0o600)
    except OSError:
        return None


def _name(handle: int, path: Path) -> None:
    """Gives a file without a name the one of `path`, from whatever has it."""
    source = f"/proc/self/fd/{handle}"
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(source, path.name, dst_dir_fd=folder, follow_symlinks=True)
            return
        aside = f"{_ASIDE_PREFIX}{os.getpid()}-{secrets.token_hex(4)}{_ASIDE_SUFFIX}"
        os.link(source, aside, dst_dir_fd=folder, follow_symlinks=True)
        try:
            os.replace(aside, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside, dir_fd=folder)
            raise
    finally:
        os.close(folder)
