"""What the packages say of the program: its names, its words, what it opens."""

from dataclasses import dataclass
from pathlib import Path

from ahash_desktop import __version__

ROOT = Path(__file__).resolve().parent.parent
VERSION = __version__
FOLDER_NAME = "AhashDesktop"
TITLE = "Ahash Desktop"
PACKAGE = "ahash-desktop"
COMPONENT_ID = "org.ahash_desktop.AhashDesktop"
SUMMARY = "Search your own photos by example"
SUMMARY_ZH = "以图搜索自己的照片"
LICENCE = "Apache-2.0"

DESCRIPTION = (
    """\
Drop a picture on the window, and the nearest of your own photos come up, ranked. Every photo is
turned into a short code by a small neural network, on your machine.""",
    """\
For any two photos the program shows which marks they share, which tell them apart, and where in
each picture every bit of the code found its evidence. Photos are read where they lie and never
changed; nothing leaves the machine.""",
)


@dataclass(frozen=True, slots=True)
class Program:
    """One of the programs in the folder, and the module whose `main` it runs."""

    name: str
    module: str
    has_console: bool


PROGRAMS = (
    Program("ahash-desktop", "ahash_desktop.__main__", has_console=False),
    Program("ahash", "ahash_desktop.cli.main", has_console=True),
)

MIME_TYPES = (
    "image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp", "image/avif",
    "image/heif", "image/heic", "image/jp2", "image/x-portable-pixmap", "image/vnd.adobe.photoshop",
    "image/x-adobe-dng", "image/x-canon-cr2", "image/x-canon-cr3", "image/x-canon-crw",
    "image/x-fuji-raf", "image/x-kodak-dcr", "image/x-kodak-k25", "image/x-kodak-kdc",
    "image/x-minolta-mrw", "image/x-nikon-nef", "image/x-olympus-orf", "image/x-panasonic-rw2",
    "image/x-pentax-pef", "image/x-sigma-x3f", "image/x-sony-arw", "image/x-sony-sr2",
)  # fmt: skip
"""Pictures the program opens to find their like, by their names in shared-mime-info."""

FOLDER_TYPE = "inode/directory"
"""A folder is opened to be added to the library."""


def icon_file() -> Path:
    """The program's icon, drawn at any size."""
    return ROOT / "resources" / "icons" / "app.svg"
