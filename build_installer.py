"""Builds what people install, for the system it runs on: `python build_installer.py`.

From a bare checkout it makes an environment for itself, the program as a folder that needs no
Python, tries every part of that, and packs it: a `.deb` and a portable `.tar.gz` on Linux, the
script for Inno Setup on Windows, an `.app` on a `.dmg` on macOS. Beside them lie a list of all
files and the bill of materials; the licences of everything are in the packages.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ahash_desktop.bootstrap.installing import stderr_progress
from ahash_desktop.core.errors import UserFacingError
from installer import (
    archive,
    bill,
    building_place,
    collected,
    contents,
    debian_package,
    desktop_files,
    freezing,
    licences,
    mac,
    portable,
    shared_libraries,
    windows,
)
from installer.product import PACKAGE, ROOT, VERSION

_DEFAULT_LEVEL = 6
_KEPT_VARIABLES = frozenset(("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMPDIR", "LANG"))


def main() -> int:
    """Builds, tries and packs; returns 0 if all of it worked."""
    options = parse_arguments()
    try:
        if options.here:
            python = Path(sys.executable)
        else:
            python = building_place.provide(stderr_progress(), options.torch)
        return build(options, python)
    except UserFacingError as error:
        sys.stderr.write(f"{error}\n")
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{error}\n")
    return 1


def parse_arguments() -> argparse.Namespace:
    """The options of this script."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=ROOT / "dist", metavar="DIR", help="where the packages go"
    )
    parser.add_argument(
        "--torch", metavar="REQUIREMENT", help="pack this torch, as in torch==2.14.1; by default "
        "the newest that brings no libraries of NVIDIA's, if there is one to be had",
    )  # fmt: skip
    parser.add_argument(
        "--here", action="store_true", help="build with the packages of this very Python"
    )
    parser.add_argument(
        "--level", type=int, choices=range(10), default=_DEFAULT_LEVEL, metavar="0…9",
        help=f"how hard to compress (default: {_DEFAULT_LEVEL})",
    )  # fmt: skip
    return parser.parse_args()


def build(options: argparse.Namespace, python: Path) -> int:
    """Freezes, tries and packs with an interpreter that has everything for that."""
    out = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ahash-installer-") as scratch:
        work = Path(scratch)
        folder = freezing.freeze(python, out, work)
        _describe(folder, out, python, work)
    try_out(folder)
    packages = _pack(folder, out, options.level)
    _tell_sizes(folder, packages)
    return 0


def _describe(folder: Path, out: Path, python: Path, work: Path) -> None:
    """Puts licences and the bill of materials into the folder, and the list of files beside it."""
    site_packages = Path(
        subprocess.run(
            [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    components = collected.find_components(freezing.read_origins(work), site_packages)
    for name in licences.gather(components, folder):
        print(f"no licence text came with {name}")
    told = bill.bill_of_materials(components, contents.packed_files(folder), archive.release_time())
    bill.write_bill(told, folder / bill.FILE_NAME)
    shutil.copyfile(folder / bill.FILE_NAME, out / f"{PACKAGE}-{VERSION}.cdx.json")
    files = contents.packed_files(folder)
    (out / f"{PACKAGE}-{VERSION}-files.txt").write_text(contents.listing(files), encoding="utf-8")


def try_out(folder: Path) -> None:
    """Runs what was built, away from the checkout, as someone would who has nothing else.

    Raises:
        subprocess.CalledProcessError: If one of the programs fails.
    """
    environ = {name: text for name, text in os.environ.items() if name.upper() in _KEPT_VARIABLES}
    elsewhere = tempfile.mkdtemp(prefix="ahash-tried-")
    if sys.platform != "win32":  # nothing that this machine has made before shall help
        environ["HOME"] = elsewhere
    try:
        for name, word in (
            ("ahash", "--version"),
            ("ahash-desktop", "--version"),
            ("ahash-desktop", "--self-test"),
        ):
            print(">", name, word, flush=True)
            program = str(freezing.program_file(folder, name))
            subprocess.run([program, word], cwd=elsewhere, env=environ, check=True)
    finally:
        shutil.rmtree(elsewhere)


def _pack(folder: Path, out: Path, level: int) -> list[Path]:
    """The packages of this system."""
    machine, made_at = platform.machine(), archive.release_time()
    if sys.platform == "win32":
        script = out / f"{PACKAGE}.iss"
        signed = bool(os.environ.get("AHASH_SIGN"))
        script.write_text(windows.inno_script(folder, signed=signed), encoding="utf-8-sig")
        compiler = shutil.which("iscc")
        if compiler is not None:
            subprocess.run([compiler, str(script)], check=True)
        return [script]
    if sys.platform == "darwin":
        image = out / mac.image_name(machine)
        mac.make_disk_image(folder.with_suffix(".app"), image)
        return [image]
    deb = out / debian_package.package_name(machine)
    depends = shared_libraries.dependencies(folder)
    desktop = desktop_files.desktop_files(PACKAGE, made_at)
    debian_package.write_package(deb, folder, desktop, depends, machine, made_at, level)
    tarball = out / portable.archive_name(machine)
    portable.write_archive(tarball, folder, machine, made_at, level)
    return [deb, tarball]


def _tell_sizes(folder: Path, packages: list[Path]) -> None:
    files = contents.packed_files(folder)
    for part, size_bytes in contents.large_parts(files):
        print(f"{size_bytes / 1e6:8.1f} MB  {part}")
    total = sum(file.size_bytes for file in files)
    print(f"{total / 1e6:8.1f} MB  installed, {len(files):,} files, in {folder}")
    for package in packages:
        print(f"{package.stat().st_size / 1e6:8.1f} MB  {package}")


if __name__ == "__main__":
    sys.exit(main())
