"""Commands that may be passed on: without the folders of the machine they were typed on."""

import re
import shlex
from collections.abc import Iterable

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+://")
_SLASHES = re.compile(r"[\\/]+")
_NAMELESS = {".", ".."}
_HOMES = {"home", "users", "documents and settings"}


def portable_command(words: Iterable[str]) -> str:
    """A command line of these words in which paths to places of one machine are names only.

    Absolute paths, those from a home folder and those that climb up keep their last part; relative
    ones, which tell nothing of who typed them, stay.
    """
    return shlex.join(_portable(word) for word in words)


def make_portable(command: str) -> str:
    """A command line as it was noted once, made so; one that cannot be parsed loses all of it."""
    try:
        return portable_command(shlex.split(command))
    except ValueError:
        return ""


def _portable(word: str) -> str:
    values = (word[at:] for at in [0, *(found.end() for found in re.finditer("=", word))])
    value = next((value for value in values if _is_local(value)), None)
    if value is None:
        return _as_text(word)
    parts = [part for part in _SLASHES.split(value) if part]
    name = parts[-1] if parts else "."
    is_home = len(parts) > 1 and parts[-2].casefold() in _HOMES
    if is_home or name in _NAMELESS or name.startswith("~") or name.endswith(":"):
        name = "…"
    return _as_text(word.removesuffix(value) + name)


def _is_local(value: str) -> bool:
    """Whether a word says where something lies on one machine."""
    if value.startswith(("/", "\\", "~")) or _DRIVE.match(value):
        return True
    return ".." in _SLASHES.split(value) and _ADDRESS.match(value) is None


def _as_text(word: str) -> str:
    return word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
