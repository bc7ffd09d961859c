import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import ahash_desktop
from ahash_desktop import __main__ as program
from ahash_desktop.bootstrap import debian, start
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import LibraryPaths, default_library_folder

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def window(monkeypatch):
    """Plays the window; remembers what it was opened with."""
    opened = []

    def main(folders, library):
        opened.append((folders, library))
        return 0

    app = types.SimpleNamespace(main=main)
    monkeypatch.setitem(sys.modules, "ahash_desktop.app", app)
    monkeypatch.setattr(ahash_desktop, "app", app, raising=False)
    monkeypatch.setattr(start, "enter_environment", lambda module, arguments: None)
    monkeypatch.setattr(debian, "needs_display", lambda environ: False)
    monkeypatch.setattr(debian, "provide_qt_libraries", lambda environ, log: None)
    return opened


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    folder = tmp_path / "my pictures"
    folder.mkdir()
    monkeypatch.setattr("ahash_desktop.core.paths.pictures_folder", lambda: folder)
    return folder


def test_the_window_opens_on_the_folders_named(window, tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path)
    assert program.main(["a", str(tmp_path), "--library", "lib"]) == 0
    assert window == [([tmp_path / "a", tmp_path], tmp_path / "lib")]


def test_the_first_start_opens_on_the_pictures_folder(window, pictures):
    assert program.main([]) == 0
    assert window == [([pictures], None)]


def test_later_starts_open_the_library_as_it_is(window, pictures):
    database = LibraryPaths(default_library_folder()).database
    database.parent.mkdir(parents=True)
    database.touch()
    assert program.main([]) == 0
    assert window == [([], None)]


def test_without_a_pictures_folder_the_window_opens_empty(window, pictures):
    pictures.rmdir()
    assert program.main([]) == 0
    assert window == [([], None)]


def test_a_folder_that_is_not_there_is_named(window, tmp_path, capsys):
    assert program.main([str(tmp_path / "gone")]) == 1
    assert str(tmp_path / "gone") in capsys.readouterr().err
    assert window == []


def test_the_window_opens_on_a_picture_too(window, tmp_path):
    picture = tmp_path / "a.jpg"
    picture.touch()
    assert program.main([str(picture)]) == 0
    assert window == [([picture], None)]


def test_without_a_display_the_like_of_a_picture_is_found_by_the_command_line(
    window, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(debian, "needs_display", lambda environ: True)
    picture = tmp_path / "a b.jpg"
    picture.touch()
    assert program.main([str(picture)]) == 1
    assert f"ahash search '{picture}'" in capsys.readouterr().err


def test_the_self_test_needs_no_display(window, monkeypatch):
    monkeypatch.setattr(debian, "needs_display", lambda environ: True)
    monkeypatch.setenv("QT_QPA_PLATFORM", "")
    tried = types.SimpleNamespace(main=lambda: 3)
    monkeypatch.setitem(sys.modules, "ahash_desktop.self_test", tried)
    monkeypatch.setattr(ahash_desktop, "self_test", tried, raising=False)
    assert program.main(["--self-test"]) == 3
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert window == []


def test_without_a_display_the_command_line_is_shown(window, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(debian, "needs_display", lambda environ: True)
    folder = tmp_path / "two words"
    folder.mkdir()
    assert program.main([str(folder)]) == 1
    told = capsys.readouterr().err
    assert "no display" in told
    assert f"ahash index '{folder}'" in told
    assert "ahash search PICTURE" in told
    assert window == []


def test_an_environment_that_cannot_be_made_is_told_in_a_sentence(window, monkeypatch, capsys):
    def fail(module, arguments):
        raise UserFacingError("The disk is full", remedy="Free space")

    monkeypatch.setattr(start, "enter_environment", fail)
    assert program.main([]) == 1
    assert capsys.readouterr().err == "The disk is full. Free space.\n"


def test_an_interrupted_installation_ends_quietly(window, monkeypatch, capsys):
    def interrupt(module, arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "enter_environment", interrupt)
    assert program.main([]) == 130
    assert "Interrupted" in capsys.readouterr().err


def test_an_older_python_is_told_what_it_takes(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert program.main([]) == 1
    assert "needs Python 3.11" in capsys.readouterr().err


def test_nothing_but_the_standard_library_is_needed_to_say_the_version():
    command = [sys.executable, "-S", "-m", "ahash_desktop", "--version"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert finished.stdout == f"ahash-desktop {ahash_desktop.__version__}\n"


def test_the_bootstrap_imports_nothing_but_the_standard_library():
    code = "import ahash_desktop.bootstrap.start, ahash_desktop.bootstrap.debian"
    finished = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True)
    assert finished.returncode == 0, finished.stderr


def test_spawned_children_may_import_the_program_again():
    code = "import runpy; runpy.run_module('ahash_desktop.__main__', run_name='__mp_main__')"
    finished = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert finished.returncode == 0
    assert finished.stdout == b""


@pytest.mark.parametrize("library", ["~nobody-of-this-name", "x" * 300])
def test_a_library_may_be_named_in_any_way(window, pictures, tmp_path, monkeypatch, library):
    monkeypatch.chdir(tmp_path)
    assert program.main([str(pictures), "--library", library]) == 0
    assert window == [([pictures], tmp_path / library)]


def test_a_name_too_long_is_no_folder(window, capsys):
    assert program.main(["x" * 300]) == 1
    assert "no such folder" in capsys.readouterr().err
