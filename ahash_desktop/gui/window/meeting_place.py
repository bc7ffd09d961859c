"""Where the starts of one user meet: a folder that nobody else can enter, and who is met there."""

import hashlib
import os
import socket
import stat
import struct
import sys
import tempfile
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import machine_cache_folder
from ahash_desktop.gui.base.wording import translate

_LONGEST_PATH_BYTES = 100  # some systems allow 104 for a socket, its end included
_MACOS_LOCAL_PEERCRED = 1


def meeting_place(library: Path) -> str:
    """The name of the socket for a library.

    Raises:
        UserFacingError: If the folder it belongs into is not this user's own.
    """
    digest = hashlib.sha256(str(library.absolute()).encode(errors="surrogateescape")).hexdigest()
    name = digest[:16]
    return f"ahash-desktop-{name}" if os.name == "nt" else str(_own_folder(len(name)) / name)


def peer_user(descriptor: int) -> int | None:
    """The id of the user at the other end of a socket; None where the system does not say."""
    if not hasattr(socket, "AF_UNIX"):
        return None
    with socket.socket(fileno=os.dup(descriptor)) as end:
        if hasattr(socket, "SO_PEERCRED"):
            told = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return int(struct.unpack("3i", told)[1])
        if sys.platform == "darwin":
            told = end.getsockopt(0, _MACOS_LOCAL_PEERCRED, struct.calcsize("2I"))
            return int(struct.unpack("2I", told)[1])
    return None


def is_this_user(user: int | None) -> bool:
    """Whether a peer is this very user, as far as the system says."""
    return user is None or not hasattr(os, "getuid") or user == os.getuid()


def _own_folder(name_length: int) -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    places = [machine_cache_folder() / "run", Path(tempfile.gettempdir(), f"ahash-{os.getuid()}")]
    if runtime and _is_own(Path(runtime)):
        places.insert(0, Path(runtime, "ahash-desktop"))
    short = [p for p in places if len(os.fsencode(p)) + 1 + name_length <= _LONGEST_PATH_BYTES]
    folder = (short or places[-1:])[0]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _refusal(folder) from error
    if not _is_own(folder):
        raise _refusal(folder)
    return folder


def _is_own(folder: Path) -> bool:
    """Whether a folder is this user's own and nobody else may enter it."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    is_shut = not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and is_shut


def _refusal(folder: Path) -> UserFacingError:
    return UserFacingError(
        translate("instance", "Later starts cannot be noticed: another user may use this folder"),
        path=folder,
        remedy=translate(
            "instance", "The program works all the same. Remove this folder, or have it removed"
        ),
    )
