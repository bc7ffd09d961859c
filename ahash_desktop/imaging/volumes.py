"""Which volume a folder lies on, and where volumes are mounted now."""

import os
import plistlib
import subprocess
import sys
from pathlib import Path

import psutil

_BY_UUID = Path("/dev/disk/by-uuid")
_DISKUTIL = "/usr/sbin/diskutil"


def volume_of(folder: Path) -> str | None:
    """What the volume of a folder is called wherever it is mounted: its UUID or serial number.

    None if the system tells none, as for most network drives, or the folder cannot be reached.
    """
    try:
        device = folder.stat().st_dev
        if sys.platform == "win32":
            return f"{device:x}"
        if sys.platform == "darwin":
            return _volume_on_apple(folder)
        links = {link.stat().st_rdev: link.name for link in _BY_UUID.iterdir()}
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return links.get(device)


def mount_points() -> list[Path]:
    """Where volumes are mounted now; on Windows the roots of all drives."""
    try:
        return [Path(partition.mountpoint) for partition in psutil.disk_partitions()]
    except OSError:
        return []


def all_mount_points() -> list[Path]:
    """Where anything at all is mounted now: network drives and whatever systems make up too."""
    try:
        return [Path(partition.mountpoint) for partition in psutil.disk_partitions(all=True)]
    except OSError:
        return []


def number_of(folder: Path) -> str | None:
    """A folder's own number on its volume, which no other folder there has; None if unknown."""
    try:
        return str(folder.stat().st_ino or "") or None
    except (OSError, ValueError):
        return None


def _volume_on_apple(folder: Path) -> str | None:
    mount = folder.resolve()
    while not os.path.ismount(mount):
        mount = mount.parent
    told = subprocess.run(  # noqa: S603 - a program of the system, given a mount point
        [_DISKUTIL, "info", "-plist", str(mount)], capture_output=True, check=True, timeout=10
    )
    found = plistlib.loads(told.stdout).get("VolumeUUID")
    return str(found) if found else None
