"""What a checkout needs installed, read from its `pyproject.toml`, and whether it is."""

import importlib.metadata
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

_PROJECT = "ahash-desktop"
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*?)\s*$")
_CLAUSE = re.compile(r"^(>=|<)\s*([0-9]+(?:\.[0-9]+)*)$")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A source checkout: where it lies and what it needs.

    `dependencies` and the values of `extras` are requirements as `pyproject.toml` words them.
    """

    folder: Path
    dependencies: tuple[str, ...]
    extras: dict[str, tuple[str, ...]]

    def requirements(self, extras: tuple[str, ...]) -> tuple[str, ...]:
        """The dependencies and those of the named extras.

        Raises:
            KeyError: If there is no such extra.
        """
        return self.dependencies + tuple(line for name in extras for line in self.extras[name])


def find_checkout(package: Path) -> Checkout | None:
    """The checkout a package folder belongs to; None if it is an installed copy.

    Raises:
        tomllib.TOMLDecodeError: If the checkout's `pyproject.toml` cannot be read as such.
    """
    try:
        text = (package.parent / "pyproject.toml").read_text(encoding="utf-8")
    except OSError:
        return None
    project = tomllib.loads(text).get("project", {})
    if project.get("name") != _PROJECT:
        return None  # a stray file beside an installed copy
    extras = project.get("optional-dependencies", {})
    return Checkout(
        package.parent,
        tuple(project["dependencies"]),
        {name: tuple(lines) for name, lines in extras.items()},
    )


def unmet(requirements: tuple[str, ...]) -> list[str]:
    """Those requirements that the running interpreter does not meet."""
    return [requirement for requirement in requirements if not is_met(requirement)]


def is_met(requirement: str) -> bool:
    """Whether a distribution in the wanted range is installed here.

    Raises:
        ValueError: If the requirement is more than a name and a range of `>=` and `<`.
    """
    match = _REQUIREMENT.match(requirement)
    if match is None:
        raise ValueError(f"requirement {requirement!r} is not understood")
    name, specifier = match.groups()
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return all(
        _holds(clause.strip(), installed) for clause in specifier.split(",") if clause.strip()
    )


def _holds(clause: str, installed: str) -> bool:
    match = _CLAUSE.match(clause)
    if match is None:
        raise ValueError(f"version range {clause!r} is not understood")
    operator, bound = match.groups()
    at_least = _release(installed) >= _release(bound)
    return at_least if operator == ">=" else not at_least


def _release(version: str) -> tuple[int, ...]:
    """The release numbers of a version, without trailing zeros: "2.13.0+cpu" gives (2, 13)."""
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    numbers = [int(part) for part in match.group().split(".")] if match else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
