"""Which libraries of the system the program needs, and in which Debian packages they come."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ahash_desktop.bootstrap.debian import QT_LIBRARIES
from installer.collected import debian_package_of

_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
_GLIBC = re.compile(r"Name: GLIBC_(\d+)\.(\d+)")
_AT_ONCE = 100
_OF_GLIBC = re.compile(
    r"^(libc|libm|libdl|librt|libpthread|libutil|libresolv|ld-linux.*|libmvec|libanl|libnsl)\.so"
)
_RENAMED = {"libglib2.0-0": "libglib2.0-0t64", "libssl3": "libssl3t64"}
"""Packages that have another name where time has 64 bits on every machine."""

_ALWAYS_THERE = ("linux-vdso", "linux-gate")


def dependencies(folder: Path) -> list[str]:
    """What the package depends on, as Debian words it, found by what the files ask for.

    Raises:
        RuntimeError: If `readelf` is missing.
    """
    libraries = elf_files(folder)
    told = _readelf(libraries)
    inside = {path.name for path in libraries}
    needed = set(_NEEDED.findall(told)) | {library.soname for library in QT_LIBRARIES}
    outside = {
        name
        for name in needed - inside
        if not _OF_GLIBC.match(name) and not name.startswith(_ALWAYS_THERE)
    }
    packages = {package for name in outside if (package := _package_of(name)) is not None}
    packages |= {library.package for library in QT_LIBRARIES if library.soname not in inside}
    newest = max(((int(a), int(b)) for a, b in _GLIBC.findall(told)), default=(2, 28))
    return [f"libc6 (>= {newest[0]}.{newest[1]})", *sorted(map(_with_other_name, packages))]


def unknown_libraries(folder: Path) -> list[str]:
    """Libraries that are asked for, lie neither in the folder nor in any package of this system."""
    libraries = elf_files(folder)
    inside = {path.name for path in libraries}
    outside = set(_NEEDED.findall(_readelf(libraries))) - inside
    return sorted(
        name for name in outside if not _OF_GLIBC.match(name) and _package_of(name) is None
    )


def elf_files(folder: Path) -> list[Path]:
    """Programs and libraries of the folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and _is_elf(path))


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _readelf(files: Iterable[Path]) -> str:
    """What readelf says of dynamic sections and versions; without packages' own sonames."""
    reader = shutil.which("readelf")
    if reader is None:
        raise RuntimeError("readelf is missing: install binutils")
    names = [str(path) for path in files]
    told = []
    for start in range(0, len(names), _AT_ONCE):
        command = [reader, "-d", "-V", "-W", *names[start : start + _AT_ONCE]]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        told.append(finished.stdout)
    return "".join(told)


def _package_of(soname: str) -> str | None:
    """The package of a library by its name, looked up among those this system can load."""
    listed = subprocess.run(
        ["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False
    ).stdout
    for line in listed.splitlines():
        name, _, path = line.strip().partition(" => ")
        if name.split(" ")[0] == soname and path:
            return debian_package_of(path)
    return None


def _with_other_name(package: str) -> str:
    plain = package.removesuffix("t64")
    other = _RENAMED.get(plain)
    return f"{other} | {plain}" if other else package
