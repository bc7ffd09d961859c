"""Who may read a library: its owner alone."""

import contextlib
import os
import re
import stat
from pathlib import Path

from ahash_desktop.core.paths import LibraryPaths

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FOR_OWNER = stat.S_IRUSR | stat.S_IWUSR
_FOLDER_FOR_OWNER = stat.S_IRWXU
_OWN_FILE = re.compile(r"library.*\.db.*|settings\..*|window\.ini.*|recent\.json|\w+\.(mark|lock)")


def make_private_folder(folder: Path) -> None:
    """Makes a folder and those above it; one that is made is for its owner alone.

    One that is there already stays as it is: it may hold other things and be meant for others.

    Raises:
        OSError: If it cannot be made.
    """
    folder.mkdir(mode=_FOLDER_FOR_OWNER, parents=True, exist_ok=True)


def keep_private(paths: LibraryPaths) -> None:
    """Takes a library's own files and folders away from everybody but their owner.

    Libraries of older versions could be read by all. Other things that lie in the folder stay as
    they are, and so does what cannot be changed, on a drive without owners for one.
    """
    own_folders = {
        paths.thumbnails, paths.maps, paths.codes, paths.models, paths.logs, paths.backups,
    }  # fmt: skip
    with contextlib.suppress(OSError), os.scandir(paths.folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                continue
            if Path(entry.path) in own_folders:
                _restrict(entry, _FOLDER_FOR_OWNER)
            elif _OWN_FILE.fullmatch(entry.name) and entry.is_file():
                _restrict(entry, _FOR_OWNER)


def _restrict(entry: os.DirEntry[str], mode: int) -> None:
    with contextlib.suppress(OSError):
        if entry.stat().st_mode & _OTHERS:
            Path(entry.path).chmod(mode)
