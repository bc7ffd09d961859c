"""Every command there is, with any path in every place where one may be typed."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ahash_desktop.cli.main import make_parser


@dataclass(frozen=True)
class Command:
    """A command and what its parser takes.

    Attributes:
        words: What is typed first, such as ("models", "show").
        required: What must follow, positional ones first.
        paths: All that may be a path or a name.
    """

    words: tuple[str, ...]
    required: tuple[argparse.Action, ...]
    paths: tuple[argparse.Action, ...]

    def __str__(self) -> str:
        return " ".join(self.words)

    def usual(self, usual: dict[str, str]) -> list[str]:
        """The command line with what is usual in each place that must be filled."""
        return self._line({action: usual[action.dest] for action in self.required})

    def lines(self, usual: dict[str, str], odd: str) -> Iterator[list[str]]:
        """Command lines with something odd in each place, and what is usual in all others."""
        for place in self.paths:
            needed = {action: usual[action.dest] for action in self.required}
            yield self._line({**needed, place: odd})

    def _line(self, values: dict[argparse.Action, str]) -> list[str]:
        """Options first: else "--to A B" would take what follows."""
        line = list(self.words)
        for action in sorted(values, key=lambda each: not _is_option(each)):
            value = values[action]
            if not _is_option(action):
                line += ["--", value] if value.startswith("-") else [value]
            elif action.nargs in (None, "?"):
                line.append(f"{action.option_strings[0]}={value}")
            else:
                line += [action.option_strings[0], *[value] * _n_values(action)]
        return line


def all_commands() -> list[Command]:
    """Each command that the parser knows."""
    return [_read(words, parser) for words, parser in _leaves(make_parser())]


def _leaves(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    below = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not below:
        yield words, parser
    for each in below:
        for word, command in each.choices.items():
            yield from _leaves(command, (*words, word))


def _read(words: tuple[str, ...], parser: argparse.ArgumentParser) -> Command:
    taking = [each for each in parser._actions if each.nargs != 0 and each.dest != "help"]
    own = [each for each in taking if each.dest not in ("library", "device")]
    must = [each for each in own if each.required and each.nargs != "*"]
    return Command(words, tuple(must), tuple(each for each in own if _may_be_a_path(each)))


def _may_be_a_path(action: argparse.Action) -> bool:
    return action.choices is None and action.type in (None, str, Path)


def _is_option(action: argparse.Action) -> bool:
    return bool(action.option_strings)


def _n_values(action: argparse.Action) -> int:
    return action.nargs if isinstance(action.nargs, int) else 1
