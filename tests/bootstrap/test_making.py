import subprocess

import pytest

from ahash_desktop.bootstrap import debian, making, torch_build
from ahash_desktop.bootstrap.environment import Stamp
from ahash_desktop.bootstrap.installing import ProgressLine
from ahash_desktop.bootstrap.making import EnvironmentMaker
from ahash_desktop.core.errors import UserFacingError


class FakeSystem:
    """Plays venv, pip and the interpreter of the environment; remembers what was run."""

    def __init__(self, environment):
        self.environment = environment
        self.commands = []
        self.failing = set()
        self.has_pip = False

    def run(self, command, **options):
        words = [str(word) for word in command]
        line = " ".join(words)
        self.commands.append(line)
        failing = any(word in line for word in self.failing)
        if " -m venv " in line and not failing:
            self.environment.python.parent.mkdir(parents=True, exist_ok=True)
            self.environment.python.touch()
        return subprocess.CompletedProcess(words, 1 if failing else 0, stdout="2.13.0\n")

    def run_pip(self, command, log, progress):
        line = " ".join(command)
        self.commands.append(line)
        if any(word in line for word in self.failing):
            raise UserFacingError("pip failed")

    def ran(self, *words):
        return [line for line in self.commands if all(word in line for word in words)]


@pytest.fixture
def system(environment, monkeypatch):
    fake = FakeSystem(environment)
    monkeypatch.setattr(making.subprocess, "run", fake.run)
    monkeypatch.setattr(making, "run_pip", fake.run_pip)
    monkeypatch.setattr(debian, "may_install", lambda environ: False)
    monkeypatch.setattr(debian.shutil, "which", lambda name: "/usr/bin/apt-get")
    monkeypatch.setattr(torch_build, "wants_cpu_build", lambda environ: False)
    monkeypatch.setattr(torch_build, "answers", lambda index: True)
    return fake


@pytest.fixture
def without_ensurepip(monkeypatch):
    monkeypatch.setattr(making.importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def maker(environment, checkout):
    return EnvironmentMaker(environment, checkout, ProgressLine(None))


def test_a_new_environment_gets_the_checkout_installed(maker, environment, checkout, system):
    maker.provide(("dev",))
    assert system.ran("-m venv")
    assert system.ran("pip install", "--editable", f"{checkout.folder}[dev]")
    assert environment.is_ready(checkout, ("dev",))
    assert environment.is_ready(checkout, ())


def test_a_ready_environment_is_left_alone(maker, system):
    maker.provide(())
    system.commands.clear()
    maker.provide(())
    assert system.commands == []


def test_an_extra_is_added_to_what_is_there(maker, environment, checkout, system):
    maker.provide(())
    system.commands.clear()
    maker.provide(("dev",))
    assert not system.ran("-m venv")
    assert system.ran("pip install")
    assert environment.is_ready(checkout, ("dev",))


def test_another_checkout_is_only_pointed_at(maker, environment, checkout, system, tmp_path):
    maker.provide(("dev",))
    stamp = environment.read_stamp()
    environment.write_stamp(Stamp(str(tmp_path / "elsewhere"), stamp.requirements))
    system.commands.clear()
    maker.provide(())
    assert len(system.commands) == 1
    assert system.ran("pip install", "--no-deps", str(checkout.folder))
    assert environment.read_stamp() == stamp


@pytest.mark.parametrize("failing", ["--editable", "import importlib"])
def test_a_half_made_environment_is_made_again(maker, environment, checkout, system, failing):
    system.failing.add(failing)
    with pytest.raises(UserFacingError):
        maker.provide(())
    leftover = environment.folder / "half-a-package.py"
    leftover.touch()
    assert not environment.is_ready(checkout, ())
    system.failing.clear()
    maker.provide(())
    assert not leftover.exists()
    assert environment.is_ready(checkout, ())


def test_a_failed_extra_takes_the_stamp_away(maker, environment, checkout, system):
    maker.provide(())
    system.failing.add("--editable")
    with pytest.raises(UserFacingError):
        maker.provide(("dev",))
    assert not environment.is_ready(checkout, ())


def test_a_folder_of_someone_else_is_not_touched(maker, environment, system):
    environment.folder.mkdir(parents=True)
    theirs = environment.folder / "thesis.odt"
    theirs.touch()
    with pytest.raises(UserFacingError, match="in use by something else"):
        maker.provide(())
    assert theirs.exists()
    assert system.commands == []


def test_packages_that_do_not_fit_are_named(maker, environment, system, monkeypatch):
    system.failing.add("import importlib, sys\n")

    def run(command, **options):
        finished = system.run(command, **options)
        if finished.returncode:
            options["stdout"].write(b"RuntimeError: operator torchvision::nms does not exist\n")
        return finished

    monkeypatch.setattr(making.subprocess, "run", run)
    with pytest.raises(UserFacingError) as raised:
        maker.provide(())
    assert "torch 2.13.0, torchvision 2.13.0" in str(raised.value)
    assert "torchvision::nms does not exist" in str(raised.value)
    assert str(environment.log) in str(raised.value)


def test_without_ensurepip_the_systems_pip_serves(
    maker, environment, checkout, system, without_ensurepip
):
    maker.provide(())
    assert system.ran("-m venv --without-pip")
    assert system.ran("-m pip --python", "install pip")
    assert environment.is_ready(checkout, ())


def test_without_any_pip_root_gets_debians_venv(
    maker, environment, checkout, system, without_ensurepip, monkeypatch
):
    system.failing.add("-m pip --python")
    asked = []
    monkeypatch.setattr(debian, "may_install", lambda environ: True)
    monkeypatch.setattr(debian, "install", lambda packages, log: asked.extend(packages))
    maker.provide(())
    assert len(asked) == 1
    assert asked[0].endswith("-venv")
    assert environment.is_ready(checkout, ())


def test_without_any_pip_the_index_serves(
    maker, environment, checkout, system, without_ensurepip, monkeypatch
):
    system.failing.add("-m pip --python")
    monkeypatch.setattr(making, "download_pip_wheel", lambda folder: folder / "pip-26.whl")
    maker.provide(())
    assert system.ran("pip-26.whl", "install --no-index")
    assert environment.is_ready(checkout, ())


def test_without_any_pip_offline_a_user_is_told_what_to_type(
    maker, system, without_ensurepip, monkeypatch
):
    def offline(folder):
        raise OSError("no route to host")

    system.failing.add("-m pip --python")
    monkeypatch.setattr(making, "download_pip_wheel", offline)
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(debian.sys, "platform", "linux")
    with pytest.raises(UserFacingError, match=r"Type `sudo apt-get install -y python3\.\d+-venv`"):
        maker.provide(())


def test_a_full_disk_is_told_plainly(maker, system, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making.shutil, "rmtree", full)
    monkeypatch.setattr(EnvironmentMaker, "_create", full)
    with pytest.raises(UserFacingError, match=r"No space left on device.*AHASH_ENV"):
        maker.provide(())


def test_without_such_a_gpu_torch_comes_from_its_own_index_first(
    maker, checkout, system, monkeypatch
):
    monkeypatch.setattr(torch_build, "wants_cpu_build", lambda environ: True)
    maker.provide(())
    [own, rest] = system.ran("pip install", "--progress-bar=off")
    assert own.endswith(f"--index-url {torch_build.CPU_INDEX} torch>=2.6")
    assert rest.endswith(f"--editable {checkout.folder}")


@pytest.mark.parametrize("trouble", ["out of reach", "fails"])
def test_where_torchs_own_index_does_not_do_all_comes_as_before(
    maker, environment, checkout, system, monkeypatch, capsys, trouble
):
    monkeypatch.setattr(torch_build, "wants_cpu_build", lambda environ: True)
    if trouble == "fails":
        system.failing.add("--index-url")
    else:
        monkeypatch.setattr(torch_build, "answers", lambda index: False)
    maker.provide(())
    assert len(system.ran("--index-url")) == (trouble == "fails")
    assert system.ran("pip install", "--editable", str(checkout.folder))
    assert environment.is_ready(checkout, ())


def test_a_pip_that_resumes_downloads_is_looked_for_and_not_needed(
    maker, environment, checkout, system
):
    system.failing.add("pip>=25.1")
    maker.provide(())
    assert system.ran("--upgrade pip>=25.1")
    assert environment.is_ready(checkout, ())
