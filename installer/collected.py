"""Whose the collected files are: Python distributions, Debian packages, and the program's own."""

import importlib.metadata
import platform
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from installer.product import ROOT

_LICENCE_NAME = re.compile(r"(?i)^(licen[cs]e|copying|copyright|notice|authors|lgpl|gpl)")
_TEXT_SUFFIXES = ("", ".txt", ".md", ".rst", ".html")
_UNKNOWN = "see its licence file"


@dataclass(frozen=True, slots=True)
class Component:
    """Something of others that is in the folder.

    `purl` names it as package URLs do; `licence` is an SPDX expression or what its makers write;
    `files` are the texts of it.
    """

    name: str
    version: str
    purl: str
    licence: str
    files: tuple[Path, ...] = field(default=(), compare=False)


def find_components(origins: Iterable[tuple[str, Path]], site_packages: Path) -> list[Component]:
    """The components that the collected files came from, by name.

    Args:
        origins: What was collected, see `freezing.read_origins`.
        site_packages: Where the environment keeps its distributions.
    """
    sources = {origin for _place, origin in origins}
    found = [*_distributions(sources, site_packages), *_debian_packages(sources), python()]
    return sorted(found, key=lambda component: component.name.lower())


def python() -> Component:
    """The interpreter itself."""
    library = Path(sysconfig.get_path("stdlib"))
    texts = tuple(path for path in (library / "LICENSE.txt", library / "LICENSE") if path.is_file())
    version = platform.python_version()
    return Component("CPython", version, f"pkg:generic/cpython@{version}", "PSF-2.0", texts)


def _distributions(sources: set[Path], site_packages: Path) -> list[Component]:
    """Distributions of which a file was collected."""
    owners: dict[Path, importlib.metadata.Distribution] = {}
    for distribution in importlib.metadata.distributions(path=[str(site_packages)]):
        for file in distribution.files or []:
            owners[site_packages / file] = distribution
    taken = {owners[source].name: owners[source] for source in sources if source in owners}
    return [_component_of(distribution) for distribution in taken.values()]


def _component_of(distribution: importlib.metadata.Distribution) -> Component:
    name, version = distribution.name, distribution.version
    normalised = re.sub(r"[-_.]+", "-", name).lower()
    return Component(
        name,
        version,
        f"pkg:pypi/{normalised}@{version.replace('+', '%2B')}",
        _licence_of(distribution.metadata),
        tuple(_licence_files(distribution)),
    )


def _licence_of(metadata: "importlib.metadata.PackageMetadata") -> str:
    said = [metadata["License-Expression"], metadata["License"]]
    for text in said:
        if text and "\n" not in text.strip() and len(text) < 100:
            return str(text.strip())
    prefix = "License :: "
    classified = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or []
        if line.startswith(prefix)
    ]
    return " AND ".join(classified) or _UNKNOWN


def _licence_files(distribution: importlib.metadata.Distribution) -> list[Path]:
    found = []
    for file in distribution.files or []:
        in_metadata = ".dist-info" in file.parts[0] if file.parts else False
        is_licence = "licenses" in file.parts or _LICENCE_NAME.match(file.name)
        if in_metadata and is_licence and file.suffix.lower() in _TEXT_SUFFIXES:
            path = Path(str(distribution.locate_file(file)))
            if path.is_file():
                found.append(path)
    return sorted(found)


def _debian_packages(sources: set[Path]) -> list[Component]:
    """Packages of the system whose libraries were collected; none without dpkg."""
    if shutil.which("dpkg-query") is None:
        return []
    outside = sorted({str(path) for path in sources if _is_of_system(path)})
    components: dict[str, Component] = {}
    for path in outside:
        package = debian_package_of(path)
        if package is not None and package not in components:
            components[package] = _debian_component(package)
    return list(components.values())


def _is_of_system(path: Path) -> bool:
    return path.parts[1:2] in (("lib",), ("usr",), ("lib64",)) and not path.is_relative_to(ROOT)


def debian_package_of(path: str) -> str | None:
    """The Debian package that a file belongs to, without its architecture; None if to none."""
    real = str(Path(path).resolve())
    places = [path, real, real.removeprefix("/usr"), f"/usr{path}"]
    for place in dict.fromkeys(places):
        told = subprocess.run(
            ["dpkg-query", "-S", place], capture_output=True, text=True, check=False
        )
        if told.returncode == 0 and not told.stdout.startswith("diversion"):
            return told.stdout.partition(":")[0].partition(",")[0].strip()
    return None


def _debian_component(package: str) -> Component:
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}\n", package],
        capture_output=True,
        text=True,
        check=False,
    )
    version = (told.stdout.splitlines() or ["unknown"])[0]
    text = Path("/usr/share/doc") / package / "copyright"
    files = (text,) if text.is_file() else ()
    purl = f"pkg:deb/debian/{package}@{version.replace(':', '%3A').replace('+', '%2B')}"
    return Component(package, version, purl, _UNKNOWN, files)
