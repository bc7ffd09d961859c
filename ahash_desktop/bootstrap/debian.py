"""Debian packages that Qt and venv need from the system, and how to get them."""

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError


@dataclass(frozen=True, slots=True)
class SystemLibrary:
    """A shared library that Qt loads, and the Debian package it comes in."""

    soname: str
    package: str
    for_x11: bool = False


QT_LIBRARIES = (
    SystemLibrary("libglib-2.0.so.0", "libglib2.0-0"),
    SystemLibrary("libEGL.so.1", "libegl1"),
    SystemLibrary("libGL.so.1", "libgl1"),
    SystemLibrary("libxkbcommon.so.0", "libxkbcommon0"),
    SystemLibrary("libdbus-1.so.3", "libdbus-1-3"),
    SystemLibrary("libfontconfig.so.1", "libfontconfig1"),
    SystemLibrary("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", for_x11=True),
    SystemLibrary("libxcb-cursor.so.0", "libxcb-cursor0", for_x11=True),
    SystemLibrary("libxcb-icccm.so.4", "libxcb-icccm4", for_x11=True),
    SystemLibrary("libxcb-keysyms.so.1", "libxcb-keysyms1", for_x11=True),
    SystemLibrary("libxcb-shape.so.0", "libxcb-shape0", for_x11=True),
)


def needs_display(environ: Mapping[str, str]) -> bool:
    """Whether the window would have no screen to open on."""
    if sys.platform in {"darwin", "win32"}:
        return False
    platform = environ.get("QT_QPA_PLATFORM", "")
    if platform and not platform.startswith(("xcb", "wayland")):
        return False
    return not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY")


def missing_qt_libraries(environ: Mapping[str, str]) -> list[SystemLibrary]:
    """Libraries that Qt will look for and not find; on Linux only.

    Those for X11 count only where Qt will speak to an X server.
    """
    if sys.platform != "linux":
        return []
    platform = environ.get("QT_QPA_PLATFORM", "")
    on_x11 = platform.startswith("xcb") or (not platform and not environ.get("WAYLAND_DISPLAY"))
    wanted = [library for library in QT_LIBRARIES if on_x11 or not library.for_x11]
    return [library for library in wanted if not _can_load(library.soname)]


def provide_qt_libraries(environ: Mapping[str, str], log: Path) -> None:
    """Makes sure that Qt finds what it needs of the system.

    Root outside a terminal (a CI run, a container) gets the packages installed.

    Raises:
        UserFacingError: If something is missing and cannot be installed from here; says what to
            type.
    """
    missing = missing_qt_libraries(environ)
    if not missing:
        return
    packages = [library.package for library in missing]
    if may_install(environ):
        install(packages, log)
        missing = missing_qt_libraries(environ)
        if not missing:
            return
    sonames = ", ".join(library.soname for library in missing)
    raise UserFacingError(
        f"Qt, which draws the window, needs libraries that this system lacks ({sonames})",
        remedy=how_to_install(packages),
    )


def may_install(environ: Mapping[str, str]) -> bool:
    """Whether packages may be installed without asking: as root, where nobody sits."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    attended = sys.stdin is not None and sys.stdin.isatty()
    return bool(environ.get("CI")) or not attended


def how_to_install(packages: list[str]) -> str:
    """What a person has to type, as a sentence without its full stop."""
    if shutil.which("apt-get") is None:
        return "Install them with your system's package manager and start again"
    command = shlex.join(["apt-get", "install", "-y", *packages])
    as_root = sys.platform == "linux" and os.geteuid() == 0
    return f"Type `{command if as_root else f'sudo {command}'}` and start again"


def install(packages: list[str], log: Path) -> None:
    """Installs Debian packages, fetching the package lists if they are too old or not there.

    Raises:
        UserFacingError: If apt-get fails; its output is in the log.
    """
    sys.stderr.write(f"Installing {' '.join(packages)} with apt-get\n")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if _apt(command, log) or (_apt(["apt-get", "update"], log) and _apt(command, log)):
        return
    raise UserFacingError(
        "apt-get could not install what the window needs",
        remedy=f"Its output is in {log}; {how_to_install(packages)}",
    )


def _apt(command: list[str], log: Path) -> bool:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        finished = subprocess.run(  # noqa: S603 - our own words only
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            check=False,
        )
    return finished.returncode == 0


def _can_load(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
