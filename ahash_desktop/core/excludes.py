"""Which names are passed over: those of the systems themselves, and what the user excludes."""

import fnmatch
import re
import unicodedata
from dataclasses import dataclass

from ahash_desktop.core.suffixes import EXCLUDED_NAMES


@dataclass(frozen=True, slots=True)
class Excludes:
    """What is passed over: hidden names, what systems keep for themselves, the user's patterns.

    Patterns have `*`, `?` and `[…]`, and each also stands for the name that it is itself. One
    without a slash is for names of files and folders, one with a slash for paths below the
    library's folder; neither case nor the way an accent is written matters.
    """

    patterns: tuple[str, ...] = ()
    _names: re.Pattern[str] | None = None
    _paths: re.Pattern[str] | None = None

    @classmethod
    def parse(cls, text: str) -> "Excludes":
        """The user's patterns, written with semicolons between them: `*.psd; Export; 2019/raw`."""
        patterns = tuple(part.strip().strip("/") for part in text.split(";") if part.strip(" /"))
        names = [pattern for pattern in patterns if "/" not in pattern]
        paths = [pattern for pattern in patterns if "/" in pattern]
        return cls(patterns, _any_of(names), _any_of(paths))

    def covers(self, name: str, relative_path: str) -> bool:
        """Whether a file or folder is passed over.

        Args:
            name: Its name.
            relative_path: Its path below the library's folder, with slashes.
        """
        if name[0] == "." or name.casefold() in EXCLUDED_NAMES:
            return True
        if not self.patterns:
            return False
        return _matches(self._names, name) or _matches(self._paths, relative_path)

    def covers_part_of(self, relative_path: str) -> bool:
        """Whether a path, or a folder that it goes through, is passed over."""
        parts = relative_path.split("/")
        return any(
            self.covers(name, "/".join(parts[: depth + 1]))
            for depth, name in enumerate(parts)
            if name
        )


def _any_of(patterns: list[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    alike = [_alike(pattern) for pattern in patterns]
    forms = [*map(fnmatch.translate, alike), *(rf"{re.escape(text)}\Z" for text in alike)]
    return re.compile("|".join(forms))


def _matches(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and pattern.match(_alike(text)) is not None


def _alike(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
