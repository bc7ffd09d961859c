"""Errors a person can act on; everything else that is raised is a bug."""

import errno
from pathlib import Path

_OUT_OF_HANDLES = {errno.EMFILE, errno.ENFILE}


class UserFacingError(Exception):
    """Something the user can act on: what happened, to which file, what to do next.

    Args:
        what: What happened, as a sentence without its full stop.
        path: The file or folder it happened to, named in the message.
        remedy: What the user can do, as a sentence without its full stop.
    """

    def __init__(self, what: str, *, path: Path | str | None = None, remedy: str = "") -> None:
        self.what = what
        self.path = path
        self.remedy = remedy
        named = f"{what}: {path}" if path is not None else what
        super().__init__(f"{named}. {remedy}." if remedy else f"{named}.")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.path, self.remedy)


def _rebuild(
    kind: type[UserFacingError], what: str, path: Path | str | None, remedy: str
) -> UserFacingError:
    return kind(what, path=path, remedy=remedy)


class ShortageError(UserFacingError):
    """The machine is out of something for now; the same can be tried again when it has some."""


def shortage_of(error: OSError) -> ShortageError | None:
    """The shortage behind an error that is no fault of a file; None if there is none."""
    if error.errno not in _OUT_OF_HANDLES:
        return None
    return ShortageError(
        "too many files are open", remedy="Close other programs, or allow more open files"
    )


class ModelMissingError(UserFacingError):
    """There is no model of that name; another one can take its place."""


class LibraryDamagedError(UserFacingError):
    """The library's database is damaged; a copy of it may take its place."""


class LibraryForeignError(UserFacingError):
    """The library's database is whole, but holds what no version of this program writes."""


class LibraryLostError(UserFacingError):
    """The library's database is no longer the one that was opened."""


class LibraryDeletedError(LibraryLostError):
    """The library's database is gone; what is still open of it can be put back."""


class Cancelled(Exception):
    """The user cancelled the job; everything finished so far is kept."""
