"""What a Linux desktop is told: menu entry, store page, "find similar" in file managers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from installer.product import (
    COMPONENT_ID,
    DESCRIPTION,
    FOLDER_TYPE,
    LICENCE,
    MIME_TYPES,
    PACKAGE,
    SUMMARY,
    SUMMARY_ZH,
    TITLE,
    VERSION,
    icon_file,
)

_FIND = "Find similar photos"
_FIND_ZH = "查找相似照片"
_KEYWORDS = "photo;picture;image;similar;search;duplicate;bird;hash;"


@dataclass(frozen=True, slots=True)
class DesktopFile:
    """A file by its place below `share/`."""

    place: str
    data: bytes


def desktop_files(program: str, made_at: float) -> list[DesktopFile]:
    """All files for the desktop.

    Args:
        program: How the program is started: its name where that is on the path, or its file.
        made_at: Seconds since 1970, the day of this release.
    """
    return [
        _text(f"applications/{PACKAGE}.desktop", menu_entry(program)),
        DesktopFile(f"icons/hicolor/scalable/apps/{PACKAGE}.svg", icon_file().read_bytes()),
        DesktopFile(f"metainfo/{COMPONENT_ID}.metainfo.xml", metainfo(made_at)),
        _text(f"kio/servicemenus/{PACKAGE}.desktop", dolphin_menu(program)),
        _text(f"nautilus-python/extensions/{PACKAGE}.py", nautilus_extension(program)),
        _text(f"nemo/actions/{PACKAGE}.nemo_action", nemo_action(program)),
    ]


def menu_entry(program: str) -> str:
    """The menu entry; it offers the program for pictures and folders under "open with"."""
    types = ";".join([*MIME_TYPES, FOLDER_TYPE])
    return f"""\
[Desktop Entry]
Type=Application
Version=1.1
Name={TITLE}
GenericName=Photo search
GenericName[zh_CN]=照片搜索
Comment={SUMMARY}
Comment[zh_CN]={SUMMARY_ZH}
Exec={_quoted(program)} %F
Icon={PACKAGE}
Terminal=false
Categories=Graphics;Photography;Qt;
Keywords={_KEYWORDS}
MimeType={types};
StartupNotify=true
StartupWMClass={PACKAGE}
"""


def metainfo(made_at: float) -> bytes:
    """What software centres show, in AppStream's XML."""
    root = ET.Element("component", type="desktop-application")
    for name, text in (
        ("id", COMPONENT_ID),
        ("name", TITLE),
        ("summary", SUMMARY),
        ("metadata_license", "FSFAP"),
        ("project_license", LICENCE),
    ):
        ET.SubElement(root, name).text = text
    ET.SubElement(
        root, "summary", {"{http://www.w3.org/XML/1998/namespace}lang": "zh-CN"}
    ).text = SUMMARY_ZH
    developer = ET.SubElement(root, "developer", id="org.ahash_desktop")
    ET.SubElement(developer, "name").text = "The makers of Ahash Desktop"
    description = ET.SubElement(root, "description")
    for paragraph in DESCRIPTION:
        ET.SubElement(description, "p").text = " ".join(paragraph.split())
    launchable = ET.SubElement(root, "launchable", type="desktop-id")
    launchable.text = f"{PACKAGE}.desktop"
    provides = ET.SubElement(root, "provides")
    for program in ("ahash-desktop", "ahash"):
        ET.SubElement(provides, "binary").text = program
    categories = ET.SubElement(root, "categories")
    for category in ("Graphics", "Photography"):
        ET.SubElement(categories, "category").text = category
    ET.SubElement(root, "content_rating", type="oars-1.1")
    releases = ET.SubElement(root, "releases")
    day = datetime.fromtimestamp(made_at, UTC).date().isoformat()
    ET.SubElement(releases, "release", version=VERSION, date=day)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def dolphin_menu(program: str) -> str:
    """The action in Dolphin and other programs of KDE."""
    return f"""\
[Desktop Entry]
Type=Service
MimeType={";".join(MIME_TYPES)};
Actions=findSimilar;
ServiceTypes=KonqPopupMenu/Plugin
X-KDE-RequiredNumberOfUrls=1

[Desktop Action findSimilar]
Name={_FIND}
Name[zh_CN]={_FIND_ZH}
Icon={PACKAGE}
Exec={_quoted(program)} %f
"""


def nemo_action(program: str) -> str:
    """The action in Nemo, the file manager of Cinnamon."""
    return f"""\
[Nemo Action]
Name={_FIND}
Name[zh_CN]={_FIND_ZH}
Comment={SUMMARY}
Exec={_quoted(program)} %F
Icon-Name={PACKAGE}
Selection=s
Mimetypes={";".join(MIME_TYPES)};
"""


def nautilus_extension(program: str) -> str:
    """The action in GNOME's Files; it appears where python3-nautilus is installed."""
    return f'''\
"""Adds "{_FIND}" to the menu of pictures in GNOME's Files."""

import locale
import subprocess

from gi.repository import GObject, Nautilus

PROGRAM = {program!r}
TYPES = frozenset({MIME_TYPES!r})
LABELS = {{"zh_CN": {_FIND_ZH!r}}}


class FindSimilar(GObject.GObject, Nautilus.MenuProvider):
    def get_file_items(self, *arguments):
        files = arguments[-1]
        if len(files) != 1 or files[0].get_mime_type() not in TYPES:
            return []
        place = files[0].get_location().get_path()
        if place is None:
            return []
        language = locale.getlocale()[0] or ""
        label = LABELS.get(language, {_FIND!r})
        item = Nautilus.MenuItem(name="AhashDesktop::FindSimilar", label=label, icon={PACKAGE!r})
        item.connect("activate", lambda _item: subprocess.Popen([PROGRAM, place]))
        return [item]
'''


def _quoted(program: str) -> str:
    """A program as the value of Exec wants it."""
    if all(letter.isalnum() or letter in "/-_.+" for letter in program):
        return program
    escaped = "".join(f"\\{letter}" if letter in '"`$\\' else letter for letter in program)
    # A backslash is an escape of the value itself, too, and % begins a field code.
    return '"' + escaped.replace("\\", "\\\\").replace("%", "%%") + '"'


def _text(place: str, text: str) -> DesktopFile:
    return DesktopFile(place, text.encode())
