"""What keeps one file from being read, and what keeps a whole run from going on."""

import errno

from ahash_desktop.core.errors import ShortageError, shortage_of
from ahash_desktop.core.records import Problem, ProblemKind
from ahash_desktop.core.updates import Hold, HoldKind


def find_shortage(error: OSError) -> Hold | None:
    """The shortage behind an error that is no fault of the file; None if there is none."""
    shortage = shortage_of(error)
    return None if shortage is None else hold_of(shortage)


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
        case OSError(errno=errno.ESTALE):
            reason = "the network drive has lost the file; it is tried again by the next update"
            return Problem(ProblemKind.UNREADABLE, reason)
        case _:
            reason = error.strerror or str(error)
            return Problem(ProblemKind.UNREADABLE, f"the file cannot be read ({reason})")
