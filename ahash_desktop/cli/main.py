"""`ahash`: the program without a window, for scripts and for the impatient."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from ahash_desktop import __version__
from ahash_desktop.cli.commands import modules_for
from ahash_desktop.cli.output import Output
from ahash_desktop.cli.refusals import (
    EXIT_OUTPUT_LOST,
    EXIT_READER_LEFT,
    OutputLostError,
    fill_closed,
    let_go,
    say,
    sentence_of,
    whole_output,
)
from ahash_desktop.cli.remedies import told
from ahash_desktop.core.errors import Cancelled, UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths, default_library_folder, typed_path
from ahash_desktop.core.plain_text import PlainFormatter, plain_lines
from ahash_desktop.core.settings import DEVICES

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

_log = logging.getLogger(__name__)

EXIT_DONE = 0
EXIT_USER_ERROR = 1
EXIT_INTERRUPTED = 130


def make_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of what is typed: of all commands unless that plainly begins with one of them."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--library", metavar="DIR", help="the library's folder")
    common.add_argument("--device", choices=DEVICES, help="where the network runs")
    common.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser = _Parser(
        prog="ahash",
        description="Search your own photos by example and see what each bit of the match saw.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", parser_class=_parser_class(common)
    )
    for module in modules_for(arguments):
        module.add_commands(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
        0 done; 1 an error the user can act on, told in one sentence on stderr; 130 interrupted,
        with everything finished so far kept; 141 whoever read its output has left. Wrong usage
        exits with 2.
    """
    fill_closed()
    try:
        with whole_output():
            return _run(arguments)
    except OutputLostError as lost:
        let_go(sys.stdout)
        if lost.reader_left:
            return EXIT_READER_LEFT
        Output(as_json=False).note(f"the output could not be written: {lost}.")
        return EXIT_OUTPUT_LOST


def _run(arguments: Sequence[str] | None) -> int:
    from ahash_desktop.cli.context import Context  # the engine's process loads this module too

    words = sys.argv[1:] if arguments is None else arguments
    options = make_parser(words).parse_args(words)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    token = CancelToken()
    context = Context(
        paths=LibraryPaths(_library_folder(options)),
        output=Output(as_json=getattr(options, "json", False)),
        token=token,
        device=getattr(options, "device", None),
    )
    try:
        with _cancelling_on_interrupt(token):
            options.run(context, options)
    except (Cancelled, KeyboardInterrupt) as error:
        how_on = f"; {error}" if str(error) else ""
        context.output.note(f"interrupted; everything finished so far is kept{how_on}")
        return EXIT_INTERRUPTED
    except UserFacingError as error:
        context.output.note(told(error))
        return EXIT_USER_ERROR
    except UnicodeEncodeError as error:
        _log.debug("not text", exc_info=True)
        typed = UserFacingError("this holds what is no character", path=str(error.object))
        context.output.note(told(typed))
        return EXIT_USER_ERROR
    except OSError as error:
        _log.debug("refused", exc_info=True)
        context.output.note(told(sentence_of(error)))
        return EXIT_USER_ERROR
    return EXIT_DONE


@contextlib.contextmanager
def _cancelling_on_interrupt(token: CancelToken) -> Iterator[None]:
    """The first Ctrl-C asks the job to stop cleanly, the second one ends the program.

    So does a terminal that is closed, unless that is to be ignored (`nohup`).
    """

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if token.is_cancelled:
            signal.default_int_handler(number, frame)
        token.cancel()

    signals = [signal.SIGINT, signal.SIGTERM]
    if os.name != "nt" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    before = [signal.signal(number, on_interrupt) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _library_folder(options: argparse.Namespace) -> Path:
    given = getattr(options, "library", None)
    return typed_path(given).absolute() if given else default_library_folder()


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints about what was typed, or expanded by a shell, are plain text."""

    def error(self, message: str) -> NoReturn:
        super().error(plain_lines(message))

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Help is output as any other: argparse would not notice that nobody takes it."""
        is_output = file is not None and file is sys.stdout
        if is_output:
            say(message, sys.stdout, end="")
        else:
            super()._print_message(message, file)


def _parser_class(common: argparse.ArgumentParser) -> type[argparse.ArgumentParser]:
    """Parsers of commands that take the common options too, so that order does not matter."""

    class CommandParser(_Parser):
        def __init__(self, *args: object, **kwargs: object) -> None:
            kwargs.setdefault("parents", [common])
            super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # argparse's own arguments

    return CommandParser


if __name__ == "__main__":
    sys.exit(main())
