"""Compiling the quick part of searching, where there is a C compiler."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

SOURCE = Path("ahash_desktop/search/scan.c")
INSTALLED_FOLDER = "ahash_desktop_compiled"
COMPILERS = ("cc", "gcc", "clang")
SECONDS_AT_MOST = 120


def provide_compiled(checkout: Path, packages: Path | None = None) -> None:
    """Compiles a checkout's source anew if it is another than that of the last installation.

    Without a compiler, or where nothing can be written, it is left as it is: then the program does
    without, and that is not tried again.

    Args:
        checkout: The source checkout.
        packages: Where packages are installed; None for the running interpreter's.
    """
    folder = (packages or Path(sysconfig.get_path("purelib"))) / INSTALLED_FOLDER
    try:
        name = library_name((checkout / SOURCE).read_bytes())
        if (folder / name).exists() or (folder / f"{name}.failed").exists():
            return
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = compile_scan(checkout / SOURCE, Path(scratch))
            if made is None:
                (folder / f"{name}.failed").touch()
            else:
                made.replace(folder / name)
    except OSError:
        return


def library_name(source: bytes) -> str:
    """How the library made of a source is called on this system."""
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    return f"scan-{hashlib.sha256(source).hexdigest()[:12]}{suffix}"


def compile_scan(source: Path, folder: Path) -> Path | None:
    """The library made of a source, in a folder; None if no compiler can make it."""
    target = folder / library_name(source.read_bytes())
    # Sums and products are rounded one by one, as NumPy rounds them.
    arithmetic = ["-ffp-contract=off", "-fno-math-errno"]
    options = ["-O3", "-std=c11", *arithmetic, "-shared", "-fvisibility=hidden"]
    if sys.platform != "win32":
        options.append("-fPIC")
    for name in COMPILERS:
        compiler = shutil.which(name)
        if compiler is None:
            continue
        command = [compiler, *options, "-o", str(target), str(source)]
        try:
            finished = subprocess.run(  # noqa: S603 - a compiler that was found, and our own source
                command, capture_output=True, check=False, timeout=SECONDS_AT_MOST
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if finished.returncode == 0 and target.is_file():
            return target
    return None
