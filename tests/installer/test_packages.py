"""The Debian package and the portable archive, of a small folder that plays the programs."""

import os
import shutil
import subprocess
import tarfile

import pytest

from installer.archive import release_time
from installer.debian_package import architecture, write_package
from installer.desktop_files import desktop_files
from installer.portable import archive_name, write_archive
from installer.product import PACKAGE, VERSION

MADE_AT = 1_764_000_000.0


@pytest.fixture
def folder(tmp_path):
    """Two programs, a library, a link and a licence."""
    folder = tmp_path / "AhashDesktop"
    (folder / "_internal").mkdir(parents=True)
    for name in ("ahash-desktop", "ahash"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho {name} runs\n")
        program.chmod(0o755)
    (folder / "_internal" / "library.so.1").write_bytes(b"\x7fELF of a kind")
    (folder / "_internal" / "library.so").symlink_to("library.so.1")
    (folder / "licences").mkdir()
    (folder / "licences" / "README.txt").write_text("licences")
    return folder


@pytest.fixture
def package(folder, tmp_path):
    target = tmp_path / "package.deb"
    made = desktop_files(PACKAGE, MADE_AT)
    write_package(target, folder, made, ["libc6 (>= 2.28)", "libgl1"], "x86_64", MADE_AT, 0)
    return target


def told(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_machines_have_debians_names():
    assert [architecture(word) for word in ("x86_64", "aarch64", "riscv64")] == [
        "amd64",
        "arm64",
        "riscv64",
    ]


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg")
def test_dpkg_reads_what_the_package_says(package):
    fields = dict(
        line.split(": ", 1)
        for line in told("dpkg-deb", "--field", package).splitlines()
        if line[:1].strip()
    )
    assert (fields["Package"], fields["Version"]) == (PACKAGE, VERSION)
    assert (fields["Architecture"], fields["Depends"]) == ("amd64", "libc6 (>= 2.28), libgl1")
    assert int(fields["Installed-Size"]) > 0


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg")
def test_what_dpkg_unpacks_is_the_folder_and_runs(package, folder, tmp_path):
    root = tmp_path / "root"
    told("dpkg-deb", "--extract", package, root)
    assert told(root / "usr/bin/ahash") == "ahash runs\n"
    placed = root / "usr/lib" / PACKAGE
    assert (placed / "_internal/library.so").readlink().name == "library.so.1"
    assert sorted(path.name for path in placed.rglob("*")) == sorted(
        path.name for path in folder.rglob("*")
    )
    assert (root / f"usr/share/applications/{PACKAGE}.desktop").is_file()
    assert (root / f"usr/share/icons/hicolor/scalable/apps/{PACKAGE}.svg").is_file()
    told("dpkg-deb", "--control", package, tmp_path / "control")
    sums = tmp_path / "control" / "md5sums"
    subprocess.run(["md5sum", "--quiet", "--check", sums], cwd=root, check=True)


def test_equal_folders_make_equal_packages(package, folder, tmp_path):
    again = tmp_path / "again.deb"
    made = desktop_files(PACKAGE, MADE_AT)
    write_package(again, folder, made, ["libc6 (>= 2.28)", "libgl1"], "x86_64", MADE_AT, 0)
    assert again.read_bytes() == package.read_bytes()
    for name in ("one", "two"):
        write_archive(tmp_path / name, folder, "x86_64", MADE_AT, 1)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_the_portable_program_goes_into_the_menu_and_out_again(folder, tmp_path):
    archive = tmp_path / archive_name("x86_64")
    write_archive(archive, folder, "x86_64", MADE_AT, 1)
    place = tmp_path / "odd & | place"
    with tarfile.open(archive) as tar:
        tar.extractall(place, filter="fully_trusted")  # noqa: S202 - made above
    (top,) = place.iterdir()
    home = tmp_path / "home"
    home.mkdir()
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    subprocess.run([top / "add-to-menu.sh"], env=environ, check=True)
    entry = (home / f".local/share/applications/{PACKAGE}.desktop").read_text(encoding="utf-8")
    assert f'Exec="{top}/ahash-desktop" %F' in entry
    assert told(home / ".local/bin/ahash") == "ahash runs\n"
    subprocess.run([top / "add-to-menu.sh", "--remove"], env=environ, check=True)
    left = [path.name for path in home.rglob("*") if not path.is_dir()]
    assert [name for name in left if name != "mimeinfo.cache"] == []


def test_packages_are_dated_as_they_are_told(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764000000")
    assert release_time() == MADE_AT
