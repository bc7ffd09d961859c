"""The Debian package, written by itself: an `ar` archive of two tars."""

import hashlib
import io
import lzma
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from installer.archive import PackedTar
from installer.contents import digest_of
from installer.desktop_files import DesktopFile
from installer.product import DESCRIPTION, PACKAGE, PROGRAMS, SUMMARY, VERSION

PLACE = f"./usr/lib/{PACKAGE}"
"""Where the folder goes."""

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
_AR_HEAD = b"!<arch>\n"
_LINE = 76


def package_name(machine: str) -> str:
    """What the file is called."""
    return f"{PACKAGE}_{VERSION}_{architecture(machine)}.deb"


def architecture(machine: str) -> str:
    """Debian's word for a machine, as `uname -m` calls it."""
    return _MACHINES.get(machine, machine)


def write_package(
    target: Path,
    folder: Path,
    desktop: Sequence[DesktopFile],
    depends: Sequence[str],
    machine: str,
    made_at: float,
    level: int,
) -> None:
    """Writes the package.

    Args:
        target: The file to be.
        folder: The programs.
        desktop: What the desktop is told, below `/usr/share`.
        depends: The packages it depends on, as Debian words them.
        machine: As `uname -m` calls it.
        made_at: Seconds since 1970 that everything in it is dated with.
        level: How hard to compress, 0 … 9.
    """
    data_file = target.with_suffix(".data.part")
    sums: list[tuple[str, Path | bytes]] = []

    def fill(packed: PackedTar) -> None:
        packed.add_folder(folder, PLACE)
        for file in desktop:
            packed.add_bytes(f"./usr/share/{file.place}", file.data)
        packed.add_file(f"./usr/share/doc/{PACKAGE}/copyright", _copyright(folder))
        for program in PROGRAMS:
            packed.add_link(f"./usr/bin/{program.name}", f"../lib/{PACKAGE}/{program.name}")
        sums.extend(packed.sums)

    try:
        with data_file.open("wb") as file:
            _write_tar(file, made_at, level, fill)
        installed_bytes = sum(_size(content) for _place, content in sums)
        control = _control(depends, machine, installed_bytes)

        def fill_control(packed: PackedTar) -> None:
            packed.add_bytes("./control", control.encode())
            packed.add_bytes("./md5sums", _md5sums(sums).encode())

        small = io.BytesIO()
        _write_tar(small, made_at, level, fill_control)
        with target.open("wb") as file:
            file.write(_AR_HEAD)
            _add_member(file, "debian-binary", io.BytesIO(b"2.0\n"), 4, made_at)
            size = small.tell()
            small.seek(0)
            _add_member(file, "control.tar.xz", small, size, made_at)
            with data_file.open("rb") as data:
                size = data_file.stat().st_size
                _add_member(file, "data.tar.xz", data, size, made_at)
    finally:
        data_file.unlink(missing_ok=True)


def _copyright(folder: Path) -> Path:
    return folder / "licences" / "README.txt"


def _write_tar(
    file: IO[bytes], made_at: float, level: int, fill: Callable[[PackedTar], None]
) -> None:
    with (
        lzma.open(file, "wb", preset=level) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        fill(PackedTar(tar, made_at))


def _control(depends: Sequence[str], machine: str, installed_bytes: int) -> str:
    return (
        f"Package: {PACKAGE}\n"
        f"Version: {VERSION}\n"
        f"Architecture: {architecture(machine)}\n"
        "Maintainer: The makers of Ahash Desktop <ahash-desktop@localhost>\n"
        f"Installed-Size: {-(-installed_bytes // 1024)}\n"
        f"Depends: {', '.join(depends)}\n"
        "Suggests: python3-nautilus\n"
        "Section: graphics\n"
        "Priority: optional\n"
        f"Description: {SUMMARY}\n" + "".join(f"{line}\n" for line in _description_lines())
    )


def _description_lines() -> list[str]:
    """The long description: each line after a space, a dot between paragraphs."""
    lines: list[str] = []
    for number, paragraph in enumerate(DESCRIPTION):
        if number:
            lines.append(" .")
        line = ""
        for word in paragraph.split():
            if len(line) + len(word) + 1 > _LINE:
                lines.append(line)
                line = ""
            line += f" {word}"
        lines.append(line)
    return lines


def _md5sums(sums: Sequence[tuple[str, Path | bytes]]) -> str:
    """What `dpkg --verify` compares the installed files with."""
    lines = []
    for place, content in sums:
        digest = (
            hashlib.md5(content, usedforsecurity=False).hexdigest()
            if isinstance(content, bytes)
            else digest_of(content, "md5")
        )
        lines.append(f"{digest}  {place.removeprefix('./')}\n")
    return "".join(sorted(lines, key=lambda line: line[34:]))


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _add_member(file: IO[bytes], name: str, data: IO[bytes], size: int, made_at: float) -> None:
    file.write(f"{name:<16}{int(made_at):<12}{0:<6}{0:<6}{'100644':<8}{size:<10}`\n".encode())
    while block := data.read(1 << 20):
        file.write(block)
    if size % 2:
        file.write(b"\n")
