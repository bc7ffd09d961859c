"""Making the program's virtual environment, whatever the system's Python lacks."""

import importlib.util
import os
import shutil
import subprocess
import sys

from ahash_desktop.bootstrap import debian, torch_build
from ahash_desktop.bootstrap.environment import Environment, Stamp
from ahash_desktop.bootstrap.installing import ProgressLine, run_pip
from ahash_desktop.bootstrap.pip_wheel import download_pip_wheel
from ahash_desktop.bootstrap.requirements import Checkout
from ahash_desktop.core.errors import UserFacingError

_OWNER = "made-by-ahash-desktop.txt"
_OWNER_TEXT = "Ahash Desktop made this folder. It may be deleted; the next start makes it again.\n"
_TRIED_IMPORTS = (
    "numpy", "PIL", "pi_heif", "rawpy", "blake3", "sqlite_utils", "safetensors",
    "torch", "torchvision", "timm",
)  # fmt: skip


class EnvironmentMaker:
    """Makes an environment whole for one checkout.

    Args:
        environment: Which one.
        checkout: Whose requirements it is to hold, and which source it is to run.
        progress: Where a person reads how far it is.
        cpu_index: The index that has torch without NVIDIA's libraries.
    """

    def __init__(
        self,
        environment: Environment,
        checkout: Checkout,
        progress: ProgressLine,
        cpu_index: str = torch_build.CPU_INDEX,
    ) -> None:
        self._environment = environment
        self._checkout = checkout
        self._progress = progress
        self._cpu_index = cpu_index

    def provide(self, extras: tuple[str, ...]) -> None:
        """Makes it, completes it or points it at this checkout, unless it is ready.

        A half-made one is made again. Only one process at a time does so; others wait.

        Raises:
            UserFacingError: If it cannot be made, with the reason and what to do.
        """
        environment = self._environment
        try:
            with environment.locked(self._say_waiting):
                if not environment.is_ready(self._checkout, extras):
                    environment.log.write_text("", encoding="utf-8")
                    self._make(extras)
        except OSError as error:
            raise UserFacingError(
                f"The program's environment could not be made ({error.strerror or error})",
                path=environment.folder,
                remedy="Free space there or name another folder in AHASH_ENV, and start again",
            ) from error

    def _say_waiting(self) -> None:
        self._progress.say("Another start is making the environment; waiting for it.")

    def _make(self, extras: tuple[str, ...]) -> None:
        environment, checkout = self._environment, self._checkout
        required = frozenset(checkout.requirements(extras))
        stamp = environment.read_stamp()
        if stamp is not None and required <= stamp.requirements:
            # Whole, but made for another checkout: only the way to the source changes.
            self._install(extras, "--no-deps")
            environment.write_stamp(Stamp(str(checkout.folder), stamp.requirements))
            return
        if stamp is None:
            takes_cpu_build = torch_build.wants_cpu_build(os.environ) and torch_build.answers(
                self._cpu_index
            )
            size = "1.5 GB" if takes_cpu_build else "6 GB where torch comes for NVIDIA GPUs"
            self._progress.say(
                f"Making the program's environment in {environment.folder}\n"
                f"(once; it takes some minutes and {size})"
            )
            self._create()
            self._renew_pip()
            if takes_cpu_build:
                self._install_cpu_build(tuple(required))
        environment.remove_stamp()
        self._install(extras)
        self._progress.update("trying what was installed")
        self._try_imports()
        installed = stamp.requirements if stamp is not None else frozenset[str]()
        environment.write_stamp(Stamp(str(checkout.folder), installed | required))
        self._progress.say(f"The environment is ready ({self._progress.seconds:.0f} s).")

    def _install(self, extras: tuple[str, ...], *options: str) -> None:
        """Installs the checkout, editable, with its requirements unless told otherwise."""
        folder = str(self._checkout.folder)
        target = f"{folder}[{','.join(extras)}]" if extras else folder
        pip = [str(self._environment.python), "-m", "pip", "install", "--no-input"]
        command = [*pip, "--progress-bar=off", *options, "--editable", target]
        run_pip(command, self._environment.log, self._progress)

    def _renew_pip(self) -> None:
        """Gets a pip that resumes a download that broke off; an older one does without."""
        self._progress.update("looking for a pip that resumes downloads")
        python = str(self._environment.python)
        self._run(python, "-m", "pip", "install", "--no-input", "--upgrade", "pip>=25.1")

    def _install_cpu_build(self, requirements: tuple[str, ...]) -> None:
        """Installs torch without NVIDIA's libraries; if that fails, PyPI's comes with the rest."""
        wanted = torch_build.torch_requirements(requirements)
        pip = [str(self._environment.python), "-m", "pip", "install", "--no-input"]
        command = [*pip, "--progress-bar=off", "--index-url", self._cpu_index, *sorted(wanted)]
        try:
            run_pip(command, self._environment.log, self._progress)
        except UserFacingError:
            self._progress.say(
                "torch for the CPU alone could not be installed; the one for NVIDIA GPUs is taken"
                " (6 GB)."
            )

    def _create(self) -> None:
        """Makes an empty environment that has pip, in place of whatever was half made.

        Debian's Python comes without ensurepip; then pip comes from the system's own pip, from
        the package python3-venv, or from the package index.
        """
        python, folder = self._environment.python, str(self._environment.folder)
        base = getattr(sys, "_base_executable", None) or sys.executable
        self._claim_folder()
        if importlib.util.find_spec("ensurepip") and self._run(base, "-m", "venv", folder):
            return
        self._claim_folder()
        if not self._run(base, "-m", "venv", "--without-pip", folder):
            raise self._no_venv()
        if self._run(base, "-m", "pip", "--python", str(python), "install", "pip"):
            return
        if debian.may_install(os.environ):
            debian.install([_venv_package()], self._environment.log)
            if self._run(base, "-m", "venv", folder):
                return
        try:
            wheel = download_pip_wheel(self._environment.folder)
        except (OSError, ValueError) as error:
            with self._environment.log.open("a", encoding="utf-8") as log:
                log.write(f"fetching pip: {error}\n")
            raise self._no_venv() from error
        if not self._run(str(python), str(wheel / "pip"), "install", "--no-index", str(wheel)):
            raise self._no_venv()

    def _claim_folder(self) -> None:
        """Empties the folder and marks it as this program's own.

        Raises:
            UserFacingError: If something is in it that this program did not put there.
        """
        folder = self._environment.folder
        if folder.exists() and any(folder.iterdir()):
            if not (folder / _OWNER).is_file():
                raise UserFacingError(
                    "The folder for the program's environment is in use by something else",
                    path=folder,
                    remedy="Name a new or empty folder in AHASH_ENV",
                )
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _OWNER).write_text(_OWNER_TEXT, encoding="utf-8")

    def _no_venv(self) -> UserFacingError:
        return UserFacingError(
            "This Python has neither ensurepip nor pip, so no environment can be made",
            remedy=f"{debian.how_to_install([_venv_package()])}; "
            f"details are in {self._environment.log}",
        )

    def _try_imports(self) -> None:
        """Imports the compiled dependencies once, in a process of its own.

        Raises:
            UserFacingError: If one does not import, such as a torchvision that does not fit torch.
        """
        code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
        if self._run(str(self._environment.python), "-c", code, *_TRIED_IMPORTS):
            return
        log = self._environment.log
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last_line = lines[-1] if lines else "the interpreter ended without a word"
        versions = ", ".join(f"{name} {self._version(name)}" for name in ("torch", "torchvision"))
        raise UserFacingError(
            f"The installed packages do not work together ({versions}): {last_line}",
            remedy=f"Check which versions pip is set up to offer; details are in {log}",
        )

    def _version(self, name: str) -> str:
        code = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
        command = [str(self._environment.python), "-c", code, name]
        finished = subprocess.run(  # noqa: S603 - our own words only
            command, capture_output=True, text=True, check=False
        )
        return finished.stdout.strip() or "missing"

    def _run(self, *command: str) -> bool:
        """Whether a command succeeds; its output goes to the log."""
        with self._environment.log.open("ab") as output:
            finished = subprocess.run(  # noqa: S603 - our own words only
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PIP_USER": "0"},
                check=False,
            )
        return finished.returncode == 0


def _venv_package() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
