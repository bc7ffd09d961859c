"""Where the program's own virtual environment lies, and whether it is whole."""

import contextlib
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ahash_desktop.bootstrap.requirements import Checkout

_CACHE_NAME = "ahash-desktop"
_STAMP = "ready.json"
_LOCK_RETRY_S = 0.5


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a finished environment holds; written last, so that a half-made one has none."""

    checkout: str
    requirements: frozenset[str]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment in a folder that is this program's own."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        if os.name == "nt":
            return self.folder / "Scripts" / "python.exe"
        return self.folder / "bin" / "python"

    @property
    def log(self) -> Path:
        """What pip and apt-get said; beside the folder, so that it outlives it."""
        return self.folder.with_name(f"{self.folder.name}.log")

    @property
    def is_running(self) -> bool:
        """Whether this very process runs in it."""
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def is_ready(self, checkout: Checkout, extras: tuple[str, ...]) -> bool:
        """Whether it was finished, for this checkout, with all that is required."""
        stamp = self.read_stamp()
        return (
            stamp is not None
            and stamp.checkout == str(checkout.folder)
            and stamp.requirements.issuperset(checkout.requirements(extras))
        )

    def read_stamp(self) -> Stamp | None:
        """What it holds; None unless it is whole."""
        if not self.python.exists():
            return None
        try:
            stored = json.loads((self.folder / _STAMP).read_text(encoding="utf-8"))
            return Stamp(stored["checkout"], frozenset(stored["requirements"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write_stamp(self, stamp: Stamp) -> None:
        """Says that it is whole now."""
        stored = {"checkout": stamp.checkout, "requirements": sorted(stamp.requirements)}
        aside = self.folder / f"{_STAMP}.part"
        aside.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
        aside.replace(self.folder / _STAMP)

    def remove_stamp(self) -> None:
        """Says that it is not whole until the stamp is written again."""
        (self.folder / _STAMP).unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Only one process at a time is within; the system frees the lock of a killed one.

        The processes it starts may inherit the lock, so that a pip that outlives its killed parent
        is waited for.

        Args:
            on_wait: Called once if another process is within and has to be waited for.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.folder.with_name(f"{self.folder.name}.lock").open("a") as file:
            os.set_inheritable(file.fileno(), True)
            if not _try_lock(file.fileno()):
                on_wait()
                while not _try_lock(file.fileno()):
                    time.sleep(_LOCK_RETRY_S)
            yield


def choose_environment(checkout: Checkout, environ: Mapping[str, str]) -> Environment:
    """The environment for a checkout: AHASH_ENV, else one in the user's cache folder.

    Checkouts with the same dependencies share one, for it is large.
    """
    named = environ.get("AHASH_ENV")
    if named:
        return Environment(_typed(named).absolute())
    content = "\n".join([platform.machine(), *sorted(checkout.dependencies)])
    key = hashlib.sha256(content.encode()).hexdigest()[:8]
    name = f"env-{sys.version_info.major}.{sys.version_info.minor}-{key}"
    return Environment(cache_folder(environ) / name)


def _typed(text: str) -> Path:
    """A path as it was typed; `~` of a user nobody knows stays as it is, as in a shell."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def cache_folder(environ: Mapping[str, str]) -> Path:
    """This program's folder in the platform's cache folder, found without any dependency."""
    if sys.platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / _CACHE_NAME


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
