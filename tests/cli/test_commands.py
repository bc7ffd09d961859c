import argparse
import subprocess
import sys

import pytest

from ahash_desktop.cli.commands import MODULES, modules_for
from ahash_desktop.cli.main import make_parser

ALL = [f"ahash_desktop.cli.{name}" for name in MODULES]


def names_for(*arguments: str) -> list[str]:
    return [module.__name__ for module in modules_for(arguments)]


def test_each_module_adds_the_commands_it_is_listed_with() -> None:
    for module, listed in zip(modules_for(()), MODULES.values(), strict=True):
        commands = argparse.ArgumentParser().add_subparsers()
        module.add_commands(commands)
        assert tuple(commands.choices) == listed


@pytest.mark.parametrize(
    "arguments",
    [
        ("index",),
        ("index", "search"),
        ("--library", "search", "index"),
        ("--library=search", "--json", "--device", "cpu", "index", "--library", "bits"),
        ("status", "--help"),
    ],
)
def test_only_the_module_of_the_typed_command_is_loaded(arguments: tuple[str, ...]) -> None:
    assert names_for(*arguments) == ["ahash_desktop.cli.library_commands"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--help",),
        ("--help", "index"),
        ("--version",),
        ("--libr", "index", "search"),
        ("inde",),
        ("--library",),
        ("", "index"),
        ("\udcff",),
    ],
)
def test_all_modules_are_loaded_where_the_command_is_not_plain(arguments: tuple[str, ...]) -> None:
    assert names_for(*arguments) == ALL


@pytest.mark.parametrize("command", [each for listed in MODULES.values() for each in listed])
def test_the_help_of_a_command_is_the_same_with_and_without_the_others(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = []
    for parser in (make_parser(), make_parser([command])):
        with pytest.raises(SystemExit):
            parser.parse_args([command, "--help"])
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]


def test_a_small_command_loads_no_decoder_and_nothing_that_reaches_for_other_machines() -> None:
    code = """
import sys
from ahash_desktop.cli.main import main
try:
    main(["index", "--help"])
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    loaded = set(run.stderr.split())
    assert "ahash_desktop.services.session" in loaded
    for module in ("imaging.decode", "training.ask.lesson", "services.watching.watcher"):
        assert f"ahash_desktop.{module}" not in loaded
    assert not loaded & {"ssl", "http.client", "email", "pi_heif", "watchdog", "torch"}
