"""What macOS wants: the bundle's properties and entitlements, signing, notarising, the disk image.

Nothing here needs a Mac but `make_disk_image` and what it runs; signing happens where
`AHASH_SIGN_IDENTITY` names an identity, notarising where `AHASH_NOTARY_PROFILE` names a profile of
`notarytool`'s.
"""

import os
import plistlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from installer.product import FOLDER_NAME, TITLE, VERSION

BUNDLE_ID = "org.ahash-desktop.AhashDesktop"
IDENTITY_VARIABLE = "AHASH_SIGN_IDENTITY"
PROFILE_VARIABLE = "AHASH_NOTARY_PROFILE"
_OLDEST_SYSTEM = "13.0"


def info_plist() -> dict[str, object]:
    """What the bundle says of itself, beside what PyInstaller writes."""
    return {
        "CFBundleDisplayName": TITLE,
        "CFBundleShortVersionString": VERSION,
        "LSMinimumSystemVersion": _OLDEST_SYSTEM,
        "LSApplicationCategoryType": "public.app-category.photography",
        "NSHighResolutionCapable": True,
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Picture",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": ["public.image", "public.camera-raw-image"],
            },
            {
                "CFBundleTypeName": "Folder",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": ["public.folder"],
            },
        ],
        "NSDesktopFolderUsageDescription": "To read the photos of folders that you add.",
        "NSDocumentsFolderUsageDescription": "To read the photos of folders that you add.",
        "NSDownloadsFolderUsageDescription": "To read the photos of folders that you add.",
        "NSRemovableVolumesUsageDescription": "To read the photos of folders that you add.",
        "NSNetworkVolumesUsageDescription": "To read the photos of folders that you add.",
    }


def entitlements() -> bytes:
    """What the hardened runtime lets the program do: load the libraries it came with, no more."""
    return plistlib.dumps(
        {
            "com.apple.security.cs.disable-library-validation": True,
            "com.apple.security.cs.allow-unsigned-executable-memory": True,
        }
    )


def signing_commands(
    bundle: Path, entitlements_file: Path, environ: Mapping[str, str]
) -> list[list[str]]:
    """The commands that sign a bundle; none where no identity is named."""
    identity = environ.get(IDENTITY_VARIABLE)
    if not identity:
        return []
    sign = ["codesign", "--force", "--timestamp", "--options", "runtime", "--sign", identity]
    own = [*sign, "--entitlements", str(entitlements_file), str(bundle)]
    return [own, ["codesign", "--verify", "--deep", "--strict", str(bundle)]]


def notarising_commands(image: Path, environ: Mapping[str, str]) -> list[list[str]]:
    """The commands that have a disk image notarised; none where no profile is named."""
    profile = environ.get(PROFILE_VARIABLE)
    if not profile:
        return []
    submit = ["xcrun", "notarytool", "submit", str(image), "--keychain-profile", profile, "--wait"]
    return [submit, ["xcrun", "stapler", "staple", str(image)]]


def image_name(machine: str) -> str:
    """What the disk image is called."""
    return f"{FOLDER_NAME}-{VERSION}-macos-{machine}.dmg"


def make_disk_image(bundle: Path, image: Path) -> None:
    """Signs the bundle and puts it on a disk image beside a link to Applications.

    Raises:
        subprocess.CalledProcessError: If one of the system's programs fails.
    """
    with tempfile.TemporaryDirectory(prefix="ahash-image-") as scratch:
        rights = Path(scratch) / "entitlements.plist"
        rights.write_bytes(entitlements())
        for command in signing_commands(bundle, rights, os.environ):
            subprocess.run(command, check=True)
        shown = Path(scratch) / "shown"
        shutil.copytree(bundle, shown / bundle.name, symlinks=True)
        (shown / "Applications").symlink_to("/Applications")
        words = ["-volname", TITLE, "-srcfolder", str(shown), "-ov", "-format", "UDZO"]
        subprocess.run(["hdiutil", "create", *words, str(image)], check=True)
    for command in notarising_commands(image, os.environ):
        subprocess.run(command, check=True)
