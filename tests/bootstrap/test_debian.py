import io
import subprocess
import sys

import pytest

from ahash_desktop.bootstrap import debian
from ahash_desktop.core.errors import UserFacingError


@pytest.fixture
def on_linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(debian.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())


@pytest.fixture
def as_root(on_linux, monkeypatch):
    monkeypatch.setattr(debian.os, "geteuid", lambda: 0, raising=False)


@pytest.fixture
def system(monkeypatch):
    """A system with all libraries but those in the set; apt-get adds what it is asked for."""
    missing = set()
    commands = []

    def run(command, **options):
        commands.append(command)
        for library in debian.QT_LIBRARIES:
            if library.package in command:
                missing.discard(library.soname)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(debian, "_can_load", lambda soname: soname not in missing)
    monkeypatch.setattr(debian.subprocess, "run", run)
    return missing, commands


@pytest.mark.parametrize(
    ("environ", "needs"),
    [
        ({}, True),
        ({"DISPLAY": ":0"}, False),
        ({"WAYLAND_DISPLAY": "wayland-0"}, False),
        ({"QT_QPA_PLATFORM": "offscreen"}, False),
        ({"QT_QPA_PLATFORM": "xcb"}, True),
        ({"QT_QPA_PLATFORM": "vnc:port=5900"}, False),
    ],
)
def test_a_window_needs_a_display_or_a_platform_without_one(on_linux, environ, needs):
    assert debian.needs_display(environ) is needs


def test_other_systems_always_have_a_display(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not debian.needs_display({})
    assert debian.missing_qt_libraries({}) == []


def test_libraries_of_x11_are_needed_only_for_x11(on_linux, system):
    missing, _ = system
    missing.update({"libEGL.so.1", "libxcb-cursor.so.0"})

    def packages(environ):
        return [library.package for library in debian.missing_qt_libraries(environ)]

    assert packages({"DISPLAY": ":0"}) == ["libegl1", "libxcb-cursor0"]
    assert packages({"QT_QPA_PLATFORM": "offscreen"}) == ["libegl1"]
    assert packages({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}) == ["libegl1"]


def test_root_in_a_ci_run_gets_the_packages_installed(as_root, system, tmp_path):
    missing, commands = system
    missing.add("libEGL.so.1")
    debian.provide_qt_libraries({"CI": "true", "DISPLAY": ":0"}, tmp_path / "logs" / "apt.log")
    assert commands == [["apt-get", "install", "-y", "--no-install-recommends", "libegl1"]]


def test_a_user_is_told_what_to_type(on_linux, system, tmp_path):
    missing, commands = system
    missing.update({"libEGL.so.1", "libxcb-cursor.so.0"})
    with pytest.raises(UserFacingError) as raised:
        debian.provide_qt_libraries({"DISPLAY": ":0"}, tmp_path / "apt.log")
    assert "`sudo apt-get install -y libegl1 libxcb-cursor0`" in str(raised.value)
    assert commands == []


def test_root_at_a_terminal_is_asked_not_overruled(as_root, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert not debian.may_install({})
    assert debian.may_install({"CI": "true"})
    assert debian.how_to_install(["libegl1"]).startswith("Type `apt-get install -y libegl1`")


def test_without_apt_the_libraries_are_named(on_linux, system, monkeypatch, tmp_path):
    missing, _ = system
    missing.add("libEGL.so.1")
    monkeypatch.setattr(debian.shutil, "which", lambda name: None)
    with pytest.raises(UserFacingError, match=r"libEGL\.so\.1.*package manager"):
        debian.provide_qt_libraries({"CI": "true"}, tmp_path / "apt.log")


def test_package_lists_are_fetched_only_when_an_install_fails(as_root, monkeypatch, tmp_path):
    commands = []

    def run(command, **options):
        commands.append(command[1])
        return subprocess.CompletedProcess(command, 100 if commands == ["install"] else 0)

    monkeypatch.setattr(debian.subprocess, "run", run)
    debian.install(["libegl1"], tmp_path / "apt.log")
    assert commands == ["install", "update", "install"]


def test_an_install_that_fails_names_the_log(as_root, monkeypatch, tmp_path):
    monkeypatch.setattr(
        debian.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 100)
    )
    with pytest.raises(UserFacingError, match=r"apt\.log"):
        debian.install(["libegl1"], tmp_path / "apt.log")
