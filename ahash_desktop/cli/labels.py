"""What commands over labelled photos are told: which rows of a CSV, which classes."""

import argparse
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import typed_path


def add_where(parser: argparse.ArgumentParser) -> None:
    """Adds the option that picks rows of a CSV."""
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        type=condition,
        metavar="COLUMN=VALUE",
        help="only rows of the CSV with this value",
    )


def condition(text: str) -> tuple[str, str]:
    """A column and the value it must have, from "kind=bbox".

    Raises:
        argparse.ArgumentTypeError: If it is no such condition.
    """
    column, separator, value = text.partition("=")
    if not separator or not column:
        raise argparse.ArgumentTypeError(f"{text!r} is no condition like kind=bbox")
    return column, value


def read_classes(path: Path | None) -> frozenset[str]:
    """The classes in a text file, one a line; none without a file.

    Raises:
        UserFacingError: If the file cannot be read.
    """
    if path is None:
        return frozenset()
    unreadable = UserFacingError(
        "The list of classes cannot be read", path=path, remedy="Give a text file in UTF-8"
    )
    try:
        if not path.is_file():  # opening a pipe would wait for whoever writes
            raise unreadable
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable from error
    return frozenset(line.strip() for line in lines if line.strip())


def find_classes(text: str) -> frozenset[str]:
    """The classes in the text file of that name, one a line, or else the names between commas.

    Raises:
        UserFacingError: If the file cannot be read.
    """
    path = typed_path(text)
    if path.is_file():
        return read_classes(path)
    return frozenset(name.strip() for name in text.split(",") if name.strip())
