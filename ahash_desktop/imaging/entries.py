"""What can be told of an entry of a folder: whether it is a folder, hidden, or still changing."""

import os

from ahash_desktop.core.errors import shortage_of
from ahash_desktop.imaging.reading import is_cloud_only, open_regular
from ahash_desktop.imaging.sniff import SNIFF_BYTES, sniff

ON_WINDOWS = os.name == "nt"

_HIDDEN_ATTRIBUTE = 0x2
_JUNCTION_TAG = 0xA0000003
_STILL_CHANGING_S = 60.0


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def may_be_changing(status: os.stat_result, unsettled_after: float) -> bool:
    """Whether a file was changed a moment ago, whatever time it bears itself.

    A time in the future says nothing: the clock was wrong then, or is now.
    """
    changed_at = status.st_mtime if ON_WINDOWS else status.st_ctime
    return unsettled_after < changed_at <= unsettled_after + _STILL_CHANGING_S


def shows_a_picture(path: str, status: os.stat_result) -> bool:
    """Whether a file with a name that says nothing begins like a picture the program opens."""
    if status.st_size == 0 or is_cloud_only(status):
        return False
    try:
        with open_regular(path) as file:
            sniffed = sniff(file.read(SNIFF_BYTES))
    except ValueError:
        return False
    except OSError as error:
        raise_if_short(error)
        return False
    return sniffed is not None and sniffed.is_accepted


def is_set_apart_on_windows(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is a junction, which may lead in circles, or hidden."""
    if not ON_WINDOWS:
        return False
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return getattr(status, "st_reparse_tag", 0) == _JUNCTION_TAG or is_hidden_on_windows(status)


def is_hidden_on_windows(status: os.stat_result) -> bool:
    """Whether Windows is told to hide a file or folder."""
    return bool(getattr(status, "st_file_attributes", 0) & _HIDDEN_ATTRIBUTE)


def raise_if_short(error: OSError) -> None:
    """Ends the walk if nothing could be read now, which says nothing of any file."""
    shortage = shortage_of(error)
    if shortage is not None:
        raise shortage from error
