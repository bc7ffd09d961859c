"""The portable archive: unpack it anywhere and start it; a script puts it into the menu."""

import gzip
import tarfile
from pathlib import Path

from installer.archive import PackedTar
from installer.desktop_files import desktop_files
from installer.product import COMPONENT_ID, PACKAGE, TITLE, VERSION

_MARK = "@PROGRAM@"

_ADD = f"""\
#!/bin/sh
# Puts {TITLE} into this user's menu and file managers; with --remove, takes it out again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
share=${{XDG_DATA_HOME:-$HOME/.local/share}}
bin=$HOME/.local/bin
places="@PLACES@"
for place in $places; do
    if [ "${{1:-}}" = --remove ]; then
        rm -f "$share/$place"
    else
        mkdir -p "$(dirname "$share/$place")"
        # The program's place is written in, whatever letters it has.
        escaped=$(printf '%s' "$here/{PACKAGE}" | sed 's/[\\\\&|]/\\\\&/g')
        sed "s|{_MARK}|$escaped|g" "$here/share/$place" > "$share/$place"
    fi
done
for name in ahash-desktop ahash; do
    if [ "${{1:-}}" = --remove ]; then
        if [ "$(readlink "$bin/$name" 2>/dev/null)" = "$here/$name" ]; then rm "$bin/$name"; fi
    elif [ ! -e "$bin/$name" ]; then
        mkdir -p "$bin" && ln -s "$here/$name" "$bin/$name"
    fi
done
update-desktop-database "$share/applications" 2>/dev/null || true
"""

_README = f"""\
{TITLE} {VERSION}

./ahash-desktop        opens the window
./ahash --help         is the same program without a window
./add-to-menu.sh       puts it into your menu and file managers; --remove takes it out again

To be rid of it: ./add-to-menu.sh --remove, then delete this folder. Your library stays in
~/.local/share/AhashDesktop until you delete it. What others have made of this is named, with its
licences, in licences/.
"""


def archive_name(machine: str) -> str:
    """What the file is called."""
    return f"{PACKAGE}-{VERSION}-linux-{machine}.tar.gz"


def write_archive(target: Path, folder: Path, machine: str, made_at: float, level: int) -> None:
    """Writes the archive.

    Args:
        target: The file to be.
        folder: The programs.
        machine: As `uname -m` calls it.
        made_at: Seconds since 1970 that everything in it is dated with.
        level: How hard to compress, 1 … 9.
    """
    top = archive_name(machine).removesuffix(".tar.gz")
    files = desktop_files(_MARK, made_at)
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", max(level, 1), file, mtime=made_at) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        archive = PackedTar(tar, made_at)
        archive.add_bytes(f"{top}/README.txt", _README.encode())
        places = [entry.place for entry in files if COMPONENT_ID not in entry.place]
        script = _ADD.replace("@PLACES@", " ".join(places))
        archive.add_bytes(f"{top}/add-to-menu.sh", script.encode(), 0o755)
        archive.add_folder(folder, top)
        for entry in files:
            archive.add_bytes(f"{top}/share/{entry.place}", entry.data)
