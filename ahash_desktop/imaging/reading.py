"""Reads a picture file whole, and says why when it cannot."""

import errno
import os
import stat
import sys
from io import BufferedReader

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.faults import DecodeError, DecodeLimits, refusal

_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_RECALL_ATTRIBUTES = 0x1000 | 0x40000 | 0x400000  # Windows: offline, recall on open, on access
_HAS_PLACEHOLDERS = sys.platform in ("win32", "darwin")
_DATALESS_FLAG = 0x40000000  # macOS: SF_DATALESS


def read_picture(path: str, limits: DecodeLimits | None = None) -> bytes:
    """All bytes of a regular file; a pipe or device in its place is never waited for.

    Raises:
        DecodeError: If the file is gone, may not be read, cannot be read, is kept in the cloud
            only, is empty or is larger than the limits allow.
    """
    limits = limits or DecodeLimits()
    try:
        if is_cloud_only(os.stat(path)):  # noqa: PTH116 - paths come as text to this hot function
            raise refusal(
                ProblemKind.UNREADABLE,
                "it is kept in the cloud only; make it available on this device",
            )
        with open_regular(path) as file:
            _check_file_size(os.fstat(file.fileno()).st_size, limits)
            data = file.read()
    except (OSError, ValueError) as error:
        raise _explain(error) from error
    except MemoryError as error:
        raise refusal(
            ProblemKind.OUT_OF_MEMORY, "there is not enough memory to read the file"
        ) from error
    if not data:
        raise refusal(ProblemKind.EMPTY, "the file is empty")
    return data


def open_regular(path: str) -> BufferedReader:
    """A regular file opened for reading, without ever waiting for the far end of a pipe.

    Raises:
        OSError: If it cannot be opened or is not a regular file.
        ValueError: If the path cannot be one.
    """
    handle = os.open(path, os.O_RDONLY | _NO_WAITING)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def is_cloud_only(status: os.stat_result) -> bool:
    """Whether a file is a placeholder that reading would first download."""
    if not _HAS_PLACEHOLDERS:
        return False
    attributes: int = getattr(status, "st_file_attributes", 0)
    flags: int = getattr(status, "st_flags", 0)
    return bool(attributes & _RECALL_ATTRIBUTES or flags & _DATALESS_FLAG)


def _check_file_size(size_bytes: int, limits: DecodeLimits) -> None:
    if size_bytes > limits.max_file_bytes:
        raise refusal(
            ProblemKind.TOO_LARGE,
            f"the file has {size_bytes / 1e6:,.0f} MB and the limit is "
            f"{limits.max_file_bytes / 1e6:,.0f} MB",
        )
    if limits.claim is not None:
        limits.claim.reserve_file(size_bytes)


def _explain(error: OSError | ValueError) -> DecodeError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return refusal(ProblemKind.VANISHED, "the file is no longer there")
    if isinstance(error, PermissionError):
        return refusal(ProblemKind.NO_PERMISSION, "this user may not read the file")
    if isinstance(error, IsADirectoryError):
        return refusal(ProblemKind.UNREADABLE, "it is a folder")
    if isinstance(error, OSError) and error.errno == errno.EIO:
        return refusal(ProblemKind.UNREADABLE, "the drive reports a read error")
    if isinstance(error, OSError) and error.errno == errno.ESTALE:
        return refusal(
            ProblemKind.UNREADABLE,
            "the network drive has lost the file; it is tried again by the next update",
        )
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return refusal(ProblemKind.UNREADABLE, f"the file cannot be read: {why}")
