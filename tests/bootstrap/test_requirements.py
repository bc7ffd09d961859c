import importlib.metadata
from pathlib import Path

import pytest

from ahash_desktop.bootstrap.requirements import find_checkout, is_met, unmet

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def installed(monkeypatch):
    versions = {}

    def version(name):
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    return versions


def write_project(folder, name="ahash-desktop"):
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\ndependencies = ["torch>=2.6"]\n'
        '[project.optional-dependencies]\ndev = ["ruff"]\n'
    )
    return folder / "ahash_desktop"


def test_a_package_beside_its_project_file_is_a_checkout(tmp_path):
    checkout = find_checkout(write_project(tmp_path))
    assert checkout.folder == tmp_path
    assert checkout.requirements(()) == ("torch>=2.6",)
    assert checkout.requirements(("dev",)) == ("torch>=2.6", "ruff")


def test_an_installed_package_is_no_checkout(tmp_path):
    assert find_checkout(tmp_path / "ahash_desktop") is None


def test_another_projects_file_makes_no_checkout(tmp_path):
    assert find_checkout(write_project(tmp_path, name="something-else")) is None


def test_every_requirement_of_this_project_is_understood():
    checkout = find_checkout(ROOT / "ahash_desktop")
    for requirement in checkout.requirements(tuple(checkout.extras)):
        assert is_met(requirement) in (True, False)


@pytest.mark.parametrize(
    ("version", "requirement", "met"),
    [
        ("2.6", "torch>=2.6", True),
        ("2.6.0", "torch>=2.6", True),
        ("2.13.0+cpu", "torch>=2.6", True),
        ("2.5.9", "torch>=2.6", False),
        ("6.11.3", "torch>=6.8,<6.12", True),
        ("6.12.0", "torch>=6.8,<6.12", False),
        ("6.12", "torch[extra] >= 6.8, < 6.12.0", False),
        ("1", "torch", True),
    ],
)
def test_ranges_are_judged_by_release_numbers(installed, version, requirement, met):
    installed["torch"] = version
    assert is_met(requirement) is met


def test_what_is_not_installed_is_unmet(installed):
    installed["numpy"] = "2.2"
    assert unmet(("numpy>=2.1", "torch>=2.6")) == ["torch>=2.6"]


@pytest.mark.parametrize("requirement", ["torch==2.6", "torch>=2.6; python_version > '3'", "!"])
def test_a_requirement_of_another_form_is_a_bug(installed, requirement):
    installed["torch"] = "2.6"
    with pytest.raises(ValueError, match="not understood"):
        is_met(requirement)
