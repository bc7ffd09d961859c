"""Tries the Debian package in a bare Debian: `python3 -m installer.bare_root PACKAGE.deb`, as root.

A minimal Debian is unpacked (debootstrap), the package installed there, and a user who is not root
tries every part on a screen of its own, indexes a hundred photos, searches, teaches three kinds.
Then the package is purged, and nothing of it may be left but what is the user's. With `--readme`
that user types the README's two commands, too, in a clone of this checkout. Mounts are seen by this
process alone and end with it.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from installer.product import PACKAGE, ROOT

_USER = "visitor"
_SUITE = "bookworm"
_MIRROR = "http://deb.debian.org/debian"
_SCREEN = "-screen 0 1280x800x24"
_PASSED_ON = ("PIP_CERT", "PIP_FIND_LINKS", "PIP_DEFAULT_TIMEOUT", "AHASH_TORCH")
_APT = "apt-get -q -y -o Dpkg::Use-Pty=0"

_AS_VISITOR = (
    "ahash-desktop --self-test",
    "ahash sample photos --classes 5 --photos 20",
    "ahash index photos",
    "ahash status",
    "ahash search photos/001_*/000.jpg --top 3",
    "ahash explain photos/001_*/000.jpg --bit 3 --heatmap bit3.png",
    "mkdir kinds && cp -r photos/00[123]_* kinds",
    "ahash teach kinds --name three-kinds",
    "ahash models list",
)
"""What a person does with the installed program."""

_LOG = "$HOME/.local/share/AhashDesktop/logs/window.log"


def _opened(command: str) -> str:
    """Opens the window, leaves it open for a while, ends it as a session does at its end."""
    return (
        f"touch $HOME/started; {command} & window=$!; "
        f"until [ {_LOG} -nt $HOME/started ]; do kill -0 $window && sleep 1 || exit 1; done; "
        "sleep 30; kill -TERM $window; wait $window; "
        f"! grep -E 'ERROR|CRITICAL|Traceback' {_LOG}"
    )


_WINDOW = _opened("ahash-desktop")
_README = (
    "cd checkout && " + _opened("python3 -m ahash_desktop ../photos"),
    "cd checkout && python3 -m tests tests/core",
)
"""The README's commands."""


class BareRoot:
    """A bare Debian in a folder.

    Args:
        folder: Where it lies or is to lie.
        mirror: Where Debian's packages are fetched from.
    """

    def __init__(self, folder: Path, mirror: str = _MIRROR) -> None:
        self._folder = folder
        self._mirror = mirror

    def provide(self) -> None:
        """Unpacks it, unless that was done before."""
        if not (self._folder / "etc" / "debian_version").exists():
            words = ["--variant=minbase", "--include=ca-certificates", _SUITE]
            _run(["debootstrap", *words, str(self._folder), self._mirror])
        for name in ("etc/resolv.conf", "etc/hosts"):
            shutil.copyfile(Path("/") / name, self._folder / name)
        for kept in filter(None, map(os.environ.get, ("PIP_CERT",))):
            self._take_along(Path(kept))
        self.run("id visitor >/dev/null 2>&1 || useradd --create-home visitor")

    def run(self, command: str, user: str = "root") -> None:
        """Runs a command line in it, with its own mounts.

        Raises:
            subprocess.CalledProcessError: If it fails.
        """
        print(f"[{user}] {command}", flush=True)
        passed_on = [f"{name}={os.environ[name]}" for name in _PASSED_ON if name in os.environ]
        home = "/root" if user == "root" else f"/home/{user}"
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", *passed_on]
        inner = f"cd {home} && export HOME={home} DEBIAN_FRONTEND=noninteractive && {command}"
        become = ["chroot", str(self._folder)]
        if user != "root":
            become.insert(1, f"--userspec={user}:{user}")
        place = shlex.quote(str(self._folder))
        mounts = (
            f"mount -t proc proc {place}/proc && mount --rbind /dev {place}/dev && "
            f"mount -t tmpfs tmpfs {place}/dev/shm"  # noqa: S108 - in a folder of its own
        )
        wheels = os.environ.get("PIP_FIND_LINKS", "")
        if Path(wheels).is_dir():
            inside = f"{place}{shlex.quote(wheels)}"
            mounts += f" && mkdir -p {inside} && mount --bind {shlex.quote(wheels)} {inside}"
        line = f"{mounts} && exec {shlex.join([*clean, *become, 'sh', '-c', inner])}"
        _run(["unshare", "--mount", "--propagation=private", "sh", "-c", line])

    def put(self, source: Path, place: str) -> None:
        """Copies a file or folder of this machine into it."""
        target = self._folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copyfile(source, target)

    def files(self) -> set[str]:
        """All files outside the user's home and what apt and dpkg keep for themselves."""
        own = ("home", "proc", "dev", "sys", "tmp", "var/cache", "var/lib/apt", "var/lib/dpkg",
               "var/log")  # fmt: skip
        found: set[str] = set()
        for folder, folders, names in os.walk(self._folder):
            inside = Path(folder).relative_to(self._folder).as_posix()
            if inside in own:
                folders.clear()
                continue
            found.update(f"{inside}/{name}" for name in names)
        return found

    def _take_along(self, file: Path) -> None:
        if file.is_file():
            target = self._folder / file.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def main() -> int:
    """Tries a package; returns 0 only if all of it worked and nothing was left."""
    options = _parse()
    if sys.platform != "linux" or os.geteuid() != 0:
        raise UserFacingError("Only root on Linux can unpack a bare Debian")
    with tempfile.TemporaryDirectory(prefix="ahash-bare-") as scratch:
        root = BareRoot(options.root or Path(scratch) / "root", options.mirror)
        root.provide()
        left = try_package(root, options.package.resolve())
        if options.readme:
            try_readme(root, Path(scratch))
    print("nothing is left" if not left else f"LEFT: {', '.join(left)}")
    return int(bool(left))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("package", type=Path, metavar="PACKAGE.deb")
    parser.add_argument("--root", type=Path, metavar="DIR", help="keep the bare Debian here")
    parser.add_argument("--mirror", default=_MIRROR, metavar="URL")
    parser.add_argument("--readme", action="store_true", help="the README's two commands, too")
    return parser.parse_args()


def try_package(root: BareRoot, package: Path) -> list[str]:
    """Installs, uses and purges the package; returns what it left outside the user's home.

    Raises:
        subprocess.CalledProcessError: If any of it fails.
    """
    root.run(f"{_APT} update && {_APT} install --no-install-recommends xvfb xauth adduser")
    before = root.files()
    root.put(package, f"root/{PACKAGE}.deb")
    root.run(f"{_APT} install --no-install-recommends ./{PACKAGE}.deb && rm {PACKAGE}.deb")
    root.run(f"dpkg --verify {PACKAGE} && du -sm /usr/lib/{PACKAGE}")
    for command in _AS_VISITOR:
        root.run(on_screen(command), _USER)
    root.run(on_screen(_WINDOW), _USER)
    root.run(f"{_APT} purge {PACKAGE} && {_APT} autoremove --purge")
    root.run("ls -d .local/share/AhashDesktop/library.db", _USER)
    return sorted(root.files() - before)


def try_readme(root: BareRoot, scratch: Path) -> None:
    """Types the README's commands in a clone, as a user who is not root.

    Raises:
        subprocess.CalledProcessError: If one of them fails.
    """
    needed: Sequence[str] = ("python3", "python3-venv", "git", "gcc", "libc6-dev")
    root.run(f"{_APT} install --no-install-recommends {shlex.join(needed)}")
    root.run(f"{_APT} install --no-install-recommends {shlex.join(_qt_packages())}")
    clone = scratch / "checkout"
    _run(["git", "clone", "--quiet", str(ROOT), str(clone)])
    root.put(clone, f"home/{_USER}/checkout")
    root.run(f"chown -R {_USER}:{_USER} /home/{_USER}/checkout")
    for command in _README:
        root.run(on_screen(command), _USER)


def _qt_packages() -> list[str]:
    from ahash_desktop.bootstrap.debian import QT_LIBRARIES

    return [library.package for library in QT_LIBRARIES]


def on_screen(command: str) -> str:
    """A command line that runs with a screen of its own."""
    return f"xvfb-run --auto-servernum -s {shlex.quote(_SCREEN)} sh -c {shlex.quote(command)}"


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (UserFacingError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
