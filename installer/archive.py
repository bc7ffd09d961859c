"""Tar archives that come out the same from the same files."""

import io
import os
import subprocess
import tarfile
from pathlib import Path, PurePosixPath

from installer.product import ROOT

_DIRECTORY_MODE = 0o755


class PackedTar:
    """Adds files in the order of their names, all of root and of one time.

    Args:
        tar: Open for writing.
        made_at: Seconds since 1970 that everything in it is dated with.
    """

    def __init__(self, tar: tarfile.TarFile, made_at: float) -> None:
        self._tar = tar
        self._made_at = int(made_at)
        self._folders: set[str] = set()
        self.sums: list[tuple[str, Path | bytes]] = []

    def add_folder(self, folder: Path, place: str) -> None:
        """Adds all of a folder below a place."""
        for path in sorted(folder.rglob("*"), key=lambda path: path.as_posix()):
            inside = f"{place}/{path.relative_to(folder).as_posix()}"
            if path.is_symlink():
                self.add_link(inside, str(path.readlink()))
            elif path.is_file():
                self.add_file(inside, path)

    def add_file(self, place: str, path: Path) -> None:
        """Adds a file; what its owner may run, all may."""
        info = self._info(place, 0o755 if os.access(path, os.X_OK) else 0o644)
        info.size = path.stat().st_size
        with path.open("rb") as file:
            self._tar.addfile(info, file)
        self.sums.append((place, path))

    def add_bytes(self, place: str, data: bytes, mode: int = 0o644) -> None:
        """Adds a file that is made here."""
        info = self._info(place, mode)
        info.size = len(data)
        self._tar.addfile(info, io.BytesIO(data))
        self.sums.append((place, data))

    def add_link(self, place: str, target: str) -> None:
        """Adds a link."""
        info = self._info(place, 0o777)
        info.type, info.linkname = tarfile.SYMTYPE, target
        self._tar.addfile(info)

    def _info(self, place: str, mode: int) -> tarfile.TarInfo:
        self._add_parents(place)
        info = tarfile.TarInfo(place)
        info.mode, info.mtime = mode, self._made_at
        info.uname = info.gname = "root"
        return info

    def _add_parents(self, place: str) -> None:
        for parent in reversed(PurePosixPath(place).parents):
            name = str(parent)
            if name == "." or name in self._folders:
                continue
            self._folders.add(name)
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.mtime = tarfile.DIRTYPE, _DIRECTORY_MODE, self._made_at
            info.uname = info.gname = "root"
            self._tar.addfile(info)


def release_time() -> float:
    """The time packages are dated with: SOURCE_DATE_EPOCH, else that of the last commit, else 0."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told is None:
        command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
        try:
            finished = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError:
            return 0.0
        told = finished.stdout.strip()
    return float(told) if told.isdigit() else 0.0
