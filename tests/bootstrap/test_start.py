import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from ahash_desktop.bootstrap import start
from ahash_desktop.bootstrap.environment import Environment, Stamp


class Replaced(Exception):
    """This process would have become another program."""


class FakeMaker:
    made: ClassVar[list[tuple[str, ...]]] = []

    def __init__(self, environment, checkout, progress):
        self.environment = environment
        self.checkout = checkout

    def provide(self, extras):
        self.made.append(extras)


@pytest.fixture
def surroundings(monkeypatch, checkout, environment):
    def replace(command):
        raise Replaced(command)

    monkeypatch.setattr(start, "find_checkout", lambda package: checkout)
    monkeypatch.setattr(start, "choose_environment", lambda checkout, environ: environment)
    monkeypatch.setattr(start, "unmet", list)
    monkeypatch.setattr(start, "EnvironmentMaker", FakeMaker)
    monkeypatch.setattr(start, "_replace_process", replace)
    monkeypatch.setattr(FakeMaker, "made", [])


def finish(environment, checkout):
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    environment.write_stamp(Stamp(str(checkout.folder), frozenset(checkout.dependencies)))


def test_a_bare_python_makes_the_environment_and_goes_on_there(surroundings, environment):
    with pytest.raises(Replaced) as raised:
        start.enter_environment("ahash_desktop", ["a folder"], extras=("dev",))
    assert FakeMaker.made == [("dev",)]
    (command,) = raised.value.args
    assert command == [str(environment.python), "-m", "ahash_desktop", "a folder"]


def test_a_ready_environment_is_entered_at_once(surroundings, environment, checkout):
    finish(environment, checkout)
    with pytest.raises(Replaced):
        start.enter_environment("ahash_desktop", [])
    assert FakeMaker.made == []


def test_within_the_environment_the_program_just_runs(
    surroundings, environment, checkout, monkeypatch
):
    finish(environment, checkout)
    monkeypatch.setattr(sys, "prefix", str(environment.folder))
    start.enter_environment("ahash_desktop", [])


def test_within_the_environment_a_missing_extra_is_added(
    surroundings, environment, checkout, monkeypatch
):
    finish(environment, checkout)
    monkeypatch.setattr(sys, "prefix", str(environment.folder))
    with pytest.raises(Replaced):
        start.enter_environment("tests", [], extras=("dev",))
    assert FakeMaker.made == [("dev",)]


def test_a_developers_own_environment_is_left_as_it_is(surroundings, monkeypatch):
    monkeypatch.setattr(start, "unmet", lambda requirements: [])
    start.enter_environment("ahash_desktop", [])
    assert FakeMaker.made == []


def test_an_installed_program_just_runs(surroundings, monkeypatch):
    monkeypatch.setattr(start, "find_checkout", lambda package: None)
    start.enter_environment("ahash_desktop", [])


def test_a_frozen_program_just_runs(surroundings, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    start.enter_environment("ahash_desktop", [])


def test_going_on_elsewhere_keeps_the_exit_code(tmp_path):
    code = (
        "import sys; from ahash_desktop.bootstrap.start import _replace_process\n"
        "print('before'); _replace_process([sys.executable, '-c', 'raise SystemExit(7)'])"
    )
    root = Path(__file__).resolve().parents[2]
    finished = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True)
    assert finished.returncode == 7
    assert finished.stdout.split() == [b"before"]


def test_an_environment_knows_whether_it_runs(tmp_path):
    assert Environment(Path(sys.prefix)).is_running
    assert not Environment(tmp_path).is_running
