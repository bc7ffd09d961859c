"""Compiles `ahash_desktop/search/scan.c` into what is installed, where there is a compiler."""

import atexit
import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("ahash_desktop/search/scan.c")
INSTALLED_FOLDER = "ahash_desktop_compiled"
COMPILERS = ("cc", "gcc", "clang")
SECONDS_AT_MOST = 120


class CompiledScan(BuildHookInterface):  # type: ignore[type-arg] - hatchling's own is not typed
    """Adds the compiled part of searching; without a compiler the program does without it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles, and says where the result goes."""
        if self.target_name != "wheel":
            return
        # It stays until the process ends, for it is taken in after this.
        self._scratch = tempfile.TemporaryDirectory(prefix="ahash-compiled-")
        atexit.register(self._scratch.cleanup)
        made = compile_scan(Path(self.root) / SOURCE, Path(self._scratch.name))
        if made is None:
            self.app.display_warning("no C compiler: searching will be done in NumPy alone")
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        if version == "editable":
            target = f"{INSTALLED_FOLDER}/{made.name}"
            build_data["force_include_editable"][str(made)] = target
        else:
            build_data["force_include"][str(made)] = f"{SOURCE.parent.as_posix()}/{made.name}"


def compile_scan(source: Path, folder: Path) -> Path | None:
    """The library made of a source, in a folder; None if no compiler can make it."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    target = folder / f"scan-{digest}{suffix}"
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
