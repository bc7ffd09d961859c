import ast
import configparser
import shutil
import subprocess
from xml.etree import ElementTree as ET

import pytest

from installer.desktop_files import (
    desktop_files,
    dolphin_menu,
    menu_entry,
    metainfo,
    nautilus_extension,
    nemo_action,
)
from installer.product import COMPONENT_ID, MIME_TYPES, PACKAGE, VERSION

MADE_AT = 1_764_000_000.0


def entry_of(text):
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read_string(text)
    return parser


def test_the_menu_entry_opens_pictures_and_folders():
    entry = entry_of(menu_entry("ahash-desktop"))["Desktop Entry"]
    assert entry["Exec"] == "ahash-desktop %F"
    types = entry["MimeType"].rstrip(";").split(";")
    assert set(types) == {*MIME_TYPES, "inode/directory"}
    assert len(types) == len(set(types))


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("/opt/a b/ahash-desktop", '"/opt/a b/ahash-desktop" %F'),
        ("/opt/50%/ahash", '"/opt/50%%/ahash" %F'),
        ('/opt/"$x`/ahash', '"/opt/\\\\"\\\\$x\\\\`/ahash" %F'),
    ],
)
def test_odd_places_of_the_program_are_quoted(program, value):
    assert entry_of(menu_entry(program))["Desktop Entry"]["Exec"] == value


def test_file_managers_find_the_like_of_one_picture():
    dolphin = entry_of(dolphin_menu("ahash-desktop"))
    assert dolphin["Desktop Entry"]["Actions"] == "findSimilar;"
    assert dolphin["Desktop Action findSimilar"]["Exec"] == "ahash-desktop %f"
    nemo = entry_of(nemo_action("ahash-desktop"))["Nemo Action"]
    assert nemo["Selection"] == "s"
    assert nemo["Mimetypes"].rstrip(";").split(";") == list(MIME_TYPES)
    ast.parse(nautilus_extension('/opt/"odd" place/ahash-desktop'))


def test_the_store_page_names_the_menu_entry_and_this_version():
    root = ET.fromstring(metainfo(MADE_AT))  # noqa: S314 - made here
    assert root.findtext("id") == COMPONENT_ID
    assert root.findtext("launchable") == f"{PACKAGE}.desktop"
    release = root.find("releases/release")
    assert (release.get("version"), release.get("date")) == (VERSION, "2025-11-24")


def test_files_come_out_the_same_each_time():
    assert desktop_files("ahash-desktop", MADE_AT) == desktop_files("ahash-desktop", MADE_AT)


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="needs desktop-file-utils")
def test_the_menu_entry_is_valid(tmp_path):
    file = tmp_path / f"{PACKAGE}.desktop"
    file.write_text(menu_entry("ahash-desktop"), encoding="utf-8")
    told = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.skipif(not shutil.which("appstreamcli"), reason="needs appstream")
def test_the_store_page_is_valid(tmp_path):
    file = tmp_path / f"{COMPONENT_ID}.metainfo.xml"
    file.write_bytes(metainfo(MADE_AT))
    command = ["appstreamcli", "validate", "--no-net", "--no-color", file]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout
