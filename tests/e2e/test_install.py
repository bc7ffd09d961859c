import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from ahash_desktop.bootstrap.compiling import COMPILERS, INSTALLED_FOLDER, SOURCE, compile_scan
from ahash_desktop.search import compiled
from ahash_desktop.search.compiled import library_name
from tests import patience

ROOT = Path(__file__).resolve().parents[2]


def run(command, folder, **environ):
    """What a command prints, run away from the checkout and without its import path."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    finished = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**clean, **environ},
        capture_output=True,
        text=True,
        timeout=patience.LATER_S,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as `pip install .` builds it, but without fetching anything."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    run([*pip, "--no-build-isolation", "--wheel-dir", folder, ROOT], folder)
    (built,) = folder.glob("ahash_desktop-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel, which finds its dependencies where these tests do."""
    folder = tmp_path_factory.mktemp("installed")
    run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], folder)
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    run([*pip, "--no-deps", "--no-index", wheel], folder)
    own = Path(
        run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder
        ).strip()
    )
    # Last on the path, and without running its .pth files: the checkout stays out of sight.
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return scripts


def shipped_files():
    """Every file of the checkout that an installed program needs beside its code."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in ("resources", "models")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }


def test_the_wheel_carries_resources_and_models(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"ahash_desktop/_shipped/{name}" for name in shipped_files()} <= names
    assert "ahash_desktop/_shipped/resources/icons/app.svg" in names


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="there is no C compiler")
def test_the_wheel_carries_the_compiled_search(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert f"ahash_desktop/search/{library_name()}" in names
    assert "-py3-none-" in wheel.name
    assert not wheel.name.endswith("-any.whl")


def test_without_a_compiler_the_wheel_is_built_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert compile_scan(ROOT / SOURCE, tmp_path) is None
    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)  # fails at such options
    assert compile_scan(ROOT / SOURCE, tmp_path) is None


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="there is no C compiler")
def test_what_is_compiled_is_what_the_program_looks_for(tmp_path):
    made = compile_scan(ROOT / SOURCE, tmp_path)
    assert made is not None
    assert made.name == library_name()
    assert INSTALLED_FOLDER == compiled.INSTALLED_FOLDER
    compiled.CompiledSearch(made)


def test_the_wheel_carries_no_tests_or_benchmarks(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ahash_desktop"}


def test_the_source_archive_carries_all_that_is_needed_to_build(tmp_path):
    run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path], ROOT)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {
        *shipped_files(),
        "pyproject.toml",
        "LICENSE",
        "README.md",
        "tests/conftest.py",
    } <= names


def test_an_installed_program_runs_from_any_folder(installed, tmp_path):
    code = "import ahash_desktop; print(ahash_desktop.__file__)"
    package = run([installed / "python", "-c", code], tmp_path).strip()
    assert Path(package).is_relative_to(installed.parent)


def test_an_installed_program_finds_what_it_shipped_with(installed, tmp_path):
    code = (
        "from ahash_desktop.core import paths\n"
        "print(paths.resources_folder()); print(paths.shipped_models_folder())"
    )
    resources, models = map(Path, run([installed / "python", "-c", code], tmp_path).split("\n")[:2])
    assert resources.is_relative_to(installed.parent)
    assert (resources / "icons" / "app.svg").is_file()
    assert sorted(path.name for path in models.iterdir()) == sorted(
        path.name for path in (ROOT / "models").iterdir()
    )


def test_both_programs_start_from_their_entry_points(installed, tmp_path):
    assert run([installed / "ahash-desktop", "--version"], tmp_path).startswith("ahash-desktop ")
    assert run([installed / "ahash", "--version"], tmp_path).startswith("ahash ")


def test_an_installed_program_finds_its_models_whole(installed, tmp_path):
    ahash = [installed / "ahash", "--library", tmp_path / "library", "--json"]
    verified = json.loads(run([*ahash, "models", "verify"], tmp_path))["verified"]
    assert sorted(verified) == sorted(
        path.parent.name for path in ROOT.glob("models/*/bundle.json")
    )
