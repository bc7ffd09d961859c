"""Reads a picture file whole, and says why when it cannot."""

import errno
import os
import stat

from ahash_desktop.core.records import ProblemKind
from ahash_desktop.imaging.faults import DecodeError, DecodeLimits, refusal

_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_picture(path: str, limits: DecodeLimits | None = None) -> bytes:
    """All bytes of a regular file; a pipe or device in its place is never waited for.

    Raises:
        DecodeError: If the file is gone, may not be read, cannot be read, is empty or is larger
            than the limits allow.
    """
    limits = limits or DecodeLimits()
    try:
        handle = os.open(path, os.O_RDONLY | _NO_WAITING)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise refusal(ProblemKind.UNREADABLE, "it is not a regular file")
            if status.st_size > limits.max_file_bytes:
                raise refusal(
                    ProblemKind.TOO_LARGE,
                    f"the file has {status.st_size / 1e6:,.0f} MB and the limit is "
                    f"{limits.max_file_bytes / 1e6:,.0f} MB",
                )
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


def _explain(error: OSError | ValueError) -> DecodeError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return refusal(ProblemKind.VANISHED, "the file is no longer there")
    if isinstance(error, PermissionError):
        return refusal(ProblemKind.NO_PERMISSION, "this user may not read the file")
    if isinstance(error, IsADirectoryError):
        return refusal(ProblemKind.UNREADABLE, "it is a folder")
    if isinstance(error, OSError) and error.errno == errno.EIO:
        return refusal(ProblemKind.UNREADABLE, "the drive reports a read error")
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return refusal(ProblemKind.UNREADABLE, f"the file cannot be read ({why})")
