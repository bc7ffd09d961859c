import dataclasses
import subprocess
import sys

import pytest

from ahash_desktop.bootstrap.environment import Environment, Stamp, choose_environment
from tests import patience


def make_python(environment):
    environment.python.parent.mkdir(parents=True, exist_ok=True)
    environment.python.touch()


def test_a_finished_environment_is_ready(environment, checkout):
    make_python(environment)
    environment.write_stamp(Stamp(str(checkout.folder), frozenset({"torch>=2.6"})))
    assert environment.is_ready(checkout, ())
    assert not environment.is_ready(checkout, ("dev",))


def test_an_environment_without_its_stamp_is_not_ready(environment, checkout):
    make_python(environment)
    assert not environment.is_ready(checkout, ())


def test_an_environment_whose_python_is_gone_is_not_ready(environment, checkout):
    make_python(environment)
    environment.write_stamp(Stamp(str(checkout.folder), frozenset({"torch>=2.6"})))
    environment.python.unlink()
    assert not environment.is_ready(checkout, ())


def test_an_environment_of_another_checkout_is_not_ready(environment, checkout, tmp_path):
    make_python(environment)
    environment.write_stamp(Stamp(str(tmp_path / "elsewhere"), frozenset({"torch>=2.6"})))
    assert not environment.is_ready(checkout, ())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"checkout": 1}', '{"requirements": []}'])
def test_a_damaged_stamp_counts_as_none(environment, content):
    make_python(environment)
    (environment.folder / "ready.json").write_text(content)
    assert environment.read_stamp() is None


def test_ahash_env_overrides_the_place(checkout, tmp_path):
    environment = choose_environment(checkout, {"AHASH_ENV": str(tmp_path / "mine")})
    assert environment == Environment(tmp_path / "mine")


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="XDG folders are of Linux")
def test_checkouts_with_the_same_dependencies_share_an_environment(checkout, tmp_path):
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    one = choose_environment(checkout, environ)
    moved = dataclasses.replace(checkout, folder=tmp_path / "elsewhere")
    newer = dataclasses.replace(checkout, dependencies=("torch>=2.7",))
    assert one.folder.parent == tmp_path / "ahash-desktop"
    assert choose_environment(moved, environ) == one
    assert choose_environment(newer, environ) != one


def test_a_second_process_waits_for_the_first(environment):
    code = (
        "import sys, pathlib\n"
        "from ahash_desktop.bootstrap.environment import Environment\n"
        "environment = Environment(pathlib.Path(sys.argv[1]))\n"
        "with environment.locked(lambda: print('waiting', flush=True)):\n"
        "    print('inside')\n"
    )
    command = [sys.executable, "-c", code, str(environment.folder)]
    with environment.locked(lambda: pytest.fail("nobody else is there")):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "waiting\n"
    assert process.communicate(timeout=patience.SOON_S)[0] == "inside\n"


@pytest.mark.skipif(sys.platform == "win32", reason="locks are not inherited there")
def test_a_pip_that_outlives_its_parent_keeps_the_lock(environment):
    code = (
        "import sys, pathlib, subprocess\n"
        "from ahash_desktop.bootstrap.environment import Environment\n"
        "with Environment(pathlib.Path(sys.argv[1])).locked(lambda: None):\n"
        "    child = [sys.executable, '-c', 'input()']\n"
        "    subprocess.Popen(child, close_fds=False)\n"
        "    print('started', flush=True)\n"
        "    import os; os._exit(0)\n"
    )
    command = [sys.executable, "-c", code, str(environment.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"started\n"
        parent.wait(timeout=patience.SOON_S)
        waited = []

        def let_the_child_end():
            waited.append(True)
            parent.stdin.write(b"\n")
            parent.stdin.close()

        with environment.locked(let_the_child_end):
            assert waited == [True]


@pytest.mark.parametrize("named", ["~nobody-of-this-name/env", "~", "env", "/somewhere/env"])
def test_an_environment_may_be_named_in_any_way(checkout, monkeypatch, tmp_path, named):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    folder = choose_environment(checkout, {"AHASH_ENV": named}).folder
    assert folder.is_absolute()
    assert folder == (tmp_path / "home" if named == "~" else tmp_path / named)
