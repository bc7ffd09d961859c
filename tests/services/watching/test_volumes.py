"""Which file systems are trusted to tell of changes."""

from pathlib import Path

import pytest

from ahash_desktop.services.watching.volumes import (
    file_system_of,
    is_silent,
    parse_apple_mounts,
    parse_mountinfo,
)

LINUX = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /mnt/my\\040nas rw,relatime shared:20 - cifs //nas/photos rw,vers=3
41 22 0:36 / /home/me/Cloud rw,nosuid - fuse.rclone remote: rw
42 22 8:17 / /media/stick rw - fuseblk /dev/sdb1 rw
43 42 8:18 / /media/stick rw - vfat /dev/sdb2 rw
"""
APPLE = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//me@nas/photos on /Volumes/photos (smbfs, nodev, nosuid, mounted by me)
"""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/home/me/photos", "ext4"),
        ("/mnt/my nas/2019", "cifs"),
        ("/mnt/my nasty", "ext4"),
        ("/home/me/Cloud", "fuse.rclone"),
        ("/media/stick/DCIM", "vfat"),
    ],
)
def test_the_innermost_and_latest_mount_is_found(folder: str, expected: str) -> None:
    assert file_system_of(Path(folder), parse_mountinfo(LINUX)) == expected


def test_mounts_of_macos_are_understood() -> None:
    mounts = parse_apple_mounts(APPLE)

    assert file_system_of(Path("/Volumes/photos/a"), mounts) == "smbfs"
    assert file_system_of(Path("/Users/me"), mounts) == "apfs"


def test_network_and_cloud_drives_are_not_trusted() -> None:
    assert all(is_silent(name) for name in ("nfs4", "cifs", "smbfs", "fuse.rclone", "9p"))
    assert not any(is_silent(name) for name in ("ext4", "btrfs", "fuseblk", "apfs", "vfat", ""))
