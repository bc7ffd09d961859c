"""Which drives tell of no changes: those of networks and clouds, where others write too."""

import os
import re
import subprocess
import sys
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_SILENT_TYPES = frozenset((
    "9p", "afpfs", "afs", "ceph", "cifs", "coda", "davfs", "fuse", "glusterfs", "lustre", "ncpfs",
    "nfs", "nfs4", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs", "webdav",
))  # fmt: skip
_APPLE_CLOUDS = ("Library/CloudStorage", "Library/Mobile Documents")
_APPLE_MOUNT = re.compile(r"^.+? on (?P<place>/.*) \((?P<type>\w+)[,)]")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_REMOTE_DRIVE = 4


def tells_of_changes(folder: Path) -> bool:
    """Whether the system tells of all changes below a folder, whoever makes them."""
    if sys.platform == "win32":
        return not _is_remote_on_windows(folder)
    if sys.platform == "darwin" and any(
        folder.is_relative_to(Path.home() / cloud) for cloud in _APPLE_CLOUDS
    ):
        return False
    return not is_silent(file_system_of(folder, _mounts()))


def is_silent(file_system: str) -> bool:
    """Whether a file system of this type tells only of what this machine does, or of nothing."""
    return file_system in _SILENT_TYPES or file_system.startswith("fuse.")


def file_system_of(folder: Path, mounts: list[tuple[Path, str]]) -> str:
    """The type of the file system a folder lies on, "" if unknown.

    Args:
        folder: An absolute path.
        mounts: Where file systems are mounted, and their types; later ones hide earlier ones.
    """
    found, depth = "", -1
    for place, file_system in mounts:
        if len(place.parts) >= depth and folder.is_relative_to(place):
            found, depth = file_system, len(place.parts)
    return found


def parse_mountinfo(text: str) -> list[tuple[Path, str]]:
    """Mount points and types as Linux lists them."""
    mounts = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) >= 5 and after:
            place = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[4])
            mounts.append((Path(place), after.split(" ")[0]))
    return mounts


def parse_apple_mounts(text: str) -> list[tuple[Path, str]]:
    """Mount points and types as macOS lists them."""
    found = (_APPLE_MOUNT.match(line) for line in text.splitlines())
    return [(Path(match["place"]), match["type"]) for match in found if match]


def _mounts() -> list[tuple[Path, str]]:
    try:
        if sys.platform == "darwin":
            listed = subprocess.run(["/sbin/mount"], capture_output=True, check=True, timeout=10)
            return parse_apple_mounts(os.fsdecode(listed.stdout))
        return parse_mountinfo(os.fsdecode(_MOUNTS.read_bytes()))
    except (OSError, subprocess.SubprocessError):
        return []


def _is_remote_on_windows(folder: Path) -> bool:
    import ctypes

    if folder.drive.startswith("\\\\"):
        return True
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has it
    return bool(kernel.GetDriveTypeW(f"{folder.drive}\\") == _REMOTE_DRIVE)
