"""Which module has which command, so that only that of the command that is typed is loaded."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType

MODULES: Mapping[str, tuple[str, ...]] = {
    "library_commands": ("index", "roots", "problems", "missing", "status"),
    "watch_command": ("watch",),
    "work_commands": ("pause", "resume", "settings"),
    "search_commands": ("search", "explain", "bits", "name-bit"),
    "subject_command": ("subject",),
    "model_commands": ("models",),
    "evaluate_command": ("evaluate",),
    "train_command": ("train",),
    "teach_command": ("teach",),
    "label_commands": ("labels", "suggest"),
    "export_commands": ("export", "import"),
    "archive_commands": ("library",),
    "machine_commands": ("doctor", "sample"),
}
"""The modules of commands in the order of the help, with the commands that each adds."""

_WITH_A_VALUE = ("--library", "--device")
_WITHOUT_VALUE = ("--json",)


def modules_for(arguments: Sequence[str]) -> Iterator[ModuleType]:
    """The module of the command that is typed; all where that is none, or anything is unclear.

    Loading all takes several times as long as a small command itself, and the engine's process
    would load them once more.
    """
    command = _command_in(arguments)
    for name, commands in MODULES.items():
        if command is None or command in commands:
            yield importlib.import_module(f"ahash_desktop.cli.{name}")


def _command_in(arguments: Sequence[str]) -> str | None:
    """The command behind options that all commands have; None if it is not plain."""
    words = iter(arguments)
    for word in words:
        if word in _WITH_A_VALUE:
            next(words, None)
        elif word not in _WITHOUT_VALUE and not word.startswith(
            tuple(f"{option}=" for option in _WITH_A_VALUE)
        ):
            return word if any(word in each for each in MODULES.values()) else None
    return None
