"""Links to folders in a walk: passed by and told of, or followed, each folder once."""

import os
from pathlib import Path


class LinkedFolders:
    """Gathers the links to folders that a walk meets.

    Followed ones come after all other folders, so that a folder that can be reached without a link
    is known by that path. Which folder is which, their numbers on their volumes tell.

    Args:
        root: Where the walk began.
        covered: Folders that are looked through anyway; links into them are of no interest.
        follows: Whether links are followed.
    """

    def __init__(self, root: Path, covered: tuple[Path, ...], *, follows: bool) -> None:
        self._root = root.resolve()
        self._covered = (self._root, *covered)
        self._follows = follows
        self._waiting: list[tuple[str, str]] = []
        self._passed_by: list[str] = []
        self._visited: set[tuple[int, int]] = set()

    def note(self, path: str, relative_path: str) -> None:
        """Takes in a link, unless it leads into what is covered, or in a circle."""
        try:
            target = Path(path).resolve(strict=True)
        except (OSError, RuntimeError):
            return
        if self._root.is_relative_to(target) or any(
            target.is_relative_to(folder) for folder in self._covered
        ):
            return
        if self._follows:
            self._waiting.append((path, f"{relative_path}/"))
        else:
            self._passed_by.append(relative_path)

    def is_new(self, folder: str) -> bool:
        """Whether a folder has not been walked yet; always so where no links are followed."""
        if not self._follows:
            return True
        try:
            status = os.stat(folder)  # noqa: PTH116 - paths come as text to this hot function
        except OSError:
            return True
        identity = status.st_dev, status.st_ino
        is_new = identity not in self._visited
        self._visited.add(identity)
        return is_new

    def take_next(self) -> list[tuple[str, str]]:
        """The next link to follow, with its relative path and a slash; none if there is none."""
        return [self._waiting.pop(0)] if self._waiting else []

    def take_passed_by(self) -> tuple[str, ...]:
        """The links that were not followed, since this was asked last."""
        passed_by = tuple(self._passed_by)
        self._passed_by.clear()
        return passed_by
