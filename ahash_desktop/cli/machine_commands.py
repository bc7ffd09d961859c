"""Commands about this machine: doctor, and sample pictures to try things out with."""

import argparse
import importlib.metadata
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from ahash_desktop import __version__
from ahash_desktop.cli.context import Context
from ahash_desktop.cli.output import ProgressLine, size
from ahash_desktop.cli.remedies import told
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import (
    LibraryPaths,
    resources_folder,
    shipped_models_folder,
    typed_path,
)
from ahash_desktop.services.caring import network_warning
from ahash_desktop.services.machine import network_file_system
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.store.library import Library

_LIBRARIES = (
    "torch", "torchvision", "timm", "PySide6-Essentials", "numpy", "pillow", "pi-heif", "rawpy",
    "safetensors", "sqlite-utils", "watchdog",
)  # fmt: skip
_LOW_SPACE_BYTES = 2_000_000_000
_INOTIFY_LIMIT = Path("/proc/sys/fs/inotify/max_user_watches")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and whether it is as it should be."""

    topic: str
    told: str
    is_good: bool = True


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    doctor = commands.add_parser("doctor", help="devices, limits, versions; what may be wrong")
    doctor.set_defaults(run=run_doctor)

    sample = commands.add_parser("sample", help="render a small library of pictures to try with")
    sample.add_argument("folder", metavar="DIR")
    sample.add_argument("--classes", type=int, default=12, metavar="C")
    sample.add_argument("--photos", type=int, default=20, metavar="N", help="of each class")
    sample.add_argument("--seed", type=int, default=0, metavar="S")
    sample.set_defaults(run=run_sample)


def run_doctor(context: Context, _: argparse.Namespace) -> None:
    """Looks at everything that could be wrong."""
    findings = [
        *_versions(),
        *_places(context.paths),
        *_database(context.paths),
        *_models(context.paths),
        *_devices(context),
    ]
    data: dict[str, object] = {
        "findings": [{"topic": f.topic, "told": f.told, "good": f.is_good} for f in findings],
        "good": all(finding.is_good for finding in findings),
    }
    lines = [f"{'ok ' if f.is_good else 'BAD'}  {f.topic:18} {f.told}" for f in findings]
    context.output.result(data, lines)
    bad = [finding for finding in findings if not finding.is_good]
    if bad:
        raise UserFacingError(f"{len(bad)} of {len(findings)} checks found something wrong")


def run_sample(context: Context, arguments: argparse.Namespace) -> None:
    """Renders pictures with known attributes."""
    from ahash_desktop.imaging.sample import render_sample

    folder = typed_path(arguments.folder)
    line = ProgressLine(context.output.err)
    line.show_text("rendering pictures")
    summary = render_sample(
        folder,
        n_classes=arguments.classes,
        n_photos=arguments.photos,
        seed=arguments.seed,
    )
    line.finish()
    context.output.result(
        {
            "folder": str(folder),
            "photos": summary.n_photos,
            "classes": summary.n_classes,
            "labels": str(folder / "labels.csv"),
            "attributes": str(folder / "attributes.csv"),
        },
        [f"{summary.n_photos} pictures of {summary.n_classes} kinds of birds in {folder}"],
    )


def _versions() -> list[Finding]:
    findings = [
        Finding("Ahash", __version__),
        Finding("Python", f"{platform.python_version()} on {platform.platform()}"),
        Finding("processors", str(os.cpu_count())),
    ]
    for name in _LIBRARIES:
        try:
            findings.append(Finding(name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(name, "not installed", is_good=False))
    return findings


def _places(paths: LibraryPaths) -> list[Finding]:
    existing = next(p for p in (paths.folder, *paths.folder.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    findings = [
        Finding("library", str(paths.folder), is_good=os.access(existing, os.W_OK)),
        Finding("free space", size(free), is_good=free >= _LOW_SPACE_BYTES),
        Finding("resources", str(resources_folder()), is_good=resources_folder().is_dir()),
    ]
    file_system = network_file_system(paths.folder)
    if file_system is not None:
        warning = network_warning(paths, file_system)
        findings.append(Finding("library", str(warning), is_good=False))
    if _INOTIFY_LIMIT.exists():
        limit = int(_INOTIFY_LIMIT.read_text(encoding="ascii"))
        findings.append(Finding("watch limit", f"{limit:,} folders"))
    return findings


def _database(paths: LibraryPaths) -> list[Finding]:
    if not paths.database.exists():
        return [Finding("database", "none yet")]
    try:
        with Library.open(paths) as library:
            problems = library.integrity_problems()
    except UserFacingError as error:
        return [Finding("database", told(error), is_good=False)]
    return [Finding("database", "; ".join(problems) or "whole", is_good=not problems)]


def _models(paths: LibraryPaths) -> list[Finding]:
    shelf = ModelShelf(shipped_models_folder(), paths.models)
    findings = []
    for info in shelf.all():
        try:
            manifest = shelf.verify(str(info.folder))
        except UserFacingError as error:
            findings.append(Finding("model", told(error), is_good=False))
        else:
            needs = "" if info.lacking is None else "; needs its base weights"
            whole = f"{manifest.name}, {manifest.n_bits} bits: whole{needs}"
            findings.append(Finding("model", whole))
    return findings or [Finding("model", "none found", is_good=False)]


def _devices(context: Context) -> list[Finding]:
    """What torch can use, and what the engine really uses after its checks."""
    from ahash_desktop.hashing.device import available_devices
    from ahash_desktop.services.serving import start_engine

    findings = [Finding("devices", ", ".join(available_devices()))]
    settings = context.settings()
    shelf = ModelShelf(shipped_models_folder(), context.paths.models)
    try:
        engine = start_engine(context.paths, settings, shelf.get(settings.model))
        try:
            engine.warm_up()
            findings.append(Finding("engine", engine.note))
        finally:
            engine.close()
    except UserFacingError as error:
        findings.append(Finding("engine", told(error), is_good=False))
    return findings
