"""What the system refuses, and output that nobody takes: one sentence, and a usual exit code."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from ahash_desktop.core.errors import UserFacingError

EXIT_OUTPUT_LOST = 1
EXIT_READER_LEFT = 141
"""What a shell says of a program whose reader has left: 128 and the number of SIGPIPE."""

_WORDS = {
    errno.EACCES: "there is no permission to use this",
    errno.EPERM: "there is no permission to use this",
    errno.ENAMETOOLONG: "this name is longer than the system allows",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of this path is no folder",
    errno.EISDIR: "this is a folder, not a file",
    errno.EEXIST: "this is there already",
    errno.ELOOP: "the links of this path lead in a circle",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk is full",
    errno.EROFS: "this place cannot be written to",
    errno.EIO: "the disk does not answer",
    errno.ENXIO: "this is no file that can be read",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}


class OutputLostError(Exception):
    """What a command had to say did not arrive."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.strerror)
        self.reader_left = isinstance(cause, BrokenPipeError)


def sentence_of(error: OSError) -> UserFacingError:
    """The refusal of a file or folder as one sentence."""
    what = _WORDS.get(error.errno or 0, f"the system refuses it ({error.strerror or error})")
    named = error.filename
    return UserFacingError(
        what, path=os.fsdecode(named) if isinstance(named, str | bytes) else None
    )


def say(text: str, stream: TextIO | None, end: str = "\n") -> None:
    """Writes a line at once.

    Raises:
        OutputLostError: If nobody takes it.
    """
    if stream is None:
        raise OutputLostError(OSError(errno.EBADF, os.strerror(errno.EBADF)))
    try:
        stream.write(text + end)
        stream.flush()
    except OSError as error:
        raise OutputLostError(error) from error


@contextlib.contextmanager
def whole_output() -> Iterator[None]:
    """What is still on its way when it ends is written, and what cannot be is let go.

    Raises:
        OutputLostError: If nobody takes what went to stdout, however the command ended.
    """
    try:
        yield
    finally:
        try:
            if sys.stderr is not None:
                sys.stderr.flush()
        except OSError:
            let_go(sys.stderr)
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError as error:
            raise OutputLostError(error) from error


def let_go(stream: TextIO | None) -> None:
    """Sends nowhere what a stream still holds: else the end of the program complains about it."""
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError):
        number = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)


def fill_closed() -> None:
    """Puts nothing where stdin, stdout or stderr are closed: else another file takes the place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
