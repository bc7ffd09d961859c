"""What is known of one labelled photo, and what is to be said of those that are left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NewType

TRAIN = "train"
VALIDATION = "val"
TEST = "test"
_SPLITS = {
    "train": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "test": TEST,
}
_ORDER = (TRAIN, VALIDATION, TEST, None)
_NAMED = 3

Notice = NewType("Notice", str)
"""A sentence without its full stop about photos or folders that are not what they should be."""


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """One photo, its class, and which split it belongs to (None where there is no split)."""

    path: Path
    class_name: str
    split: str | None


@dataclass(frozen=True, slots=True)
class UnreadablePhoto:
    """A photo that could not be read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class ReadLabels:
    """What a reader of labels found: photos in the order of their source, and what it noticed."""

    photos: tuple[LabelledPhoto, ...]
    notices: tuple[Notice, ...]


def find_split(word: str) -> str | None:
    """The split that a folder or a cell of a table names, in any case; None if it names none."""
    return _SPLITS.get(word.strip().casefold())


def split_rank(split: str | None) -> int:
    """The place of a split among train, validation and test; none comes last."""
    return _ORDER.index(split)


def shown(name: Path | str) -> str:
    """A name as text that can be kept and shown, whatever bytes it is made of."""
    return str(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def is_text(name: Path | str) -> bool:
    """Whether a name is valid text."""
    try:
        str(name).encode()
    except UnicodeEncodeError:
        return False
    return True


def enumerated(names: Sequence[Path | str]) -> str:
    """Some names, the first few of many."""
    first = ", ".join(shown(name) for name in names[:_NAMED])
    return f"{first}, …" if len(names) > _NAMED else first
