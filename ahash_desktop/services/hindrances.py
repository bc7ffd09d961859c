"""What keeps one file from being read, and what keeps a whole run from going on."""

import errno

from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.records import Hold, HoldKind, Problem, ProblemKind

_OUT_OF_HANDLES = {errno.EMFILE, errno.ENFILE}


def find_shortage(error: OSError) -> Hold | None:
    """The shortage behind an error that is no fault of the file; None if there is none."""
    if error.errno not in _OUT_OF_HANDLES:
        return None
    return Hold(
        HoldKind.SHORTAGE,
        "too many files are open. Close other programs, or allow more open files.",
    )


def hold_of(error: ShortageError) -> Hold:
    """What is told of a shortage while a run waits for its end."""
    return Hold(HoldKind.SHORTAGE, f"{error.what}. {error.remedy}." if error.remedy else error.what)


def problem_of(error: OSError) -> Problem:
    """Why one file cannot be read."""
    match error:
        case FileNotFoundError():
            return Problem(ProblemKind.VANISHED, "the file was gone when its turn came")
        case PermissionError():
            return Problem(ProblemKind.NO_PERMISSION, "there is no permission to read the file")
        case _:
            reason = error.strerror or str(error)
            return Problem(ProblemKind.UNREADABLE, f"the file cannot be read ({reason})")
