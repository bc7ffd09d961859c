"""Compiles `ahash_desktop/search/scan.c` into what is installed, where there is a compiler."""

import atexit
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))  # pip builds apart from the checkout

from ahash_desktop.bootstrap.compiling import INSTALLED_FOLDER, SOURCE, compile_scan


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
