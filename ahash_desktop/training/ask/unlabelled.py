"""Photos that nobody labelled and that are learned from all the same, by what a teacher says."""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.suffixes import OPENED_SUFFIXES
from ahash_desktop.training.ask.labels import is_text, shown

MOST_UNLABELLED = 3000
"""So many are taken where there are more: each takes a third of a megabyte while it is learned."""


def find_unlabelled(
    sources: Iterable[Path],
    apart_from: Collection[Path],
    seed: int,
    most: int = MOST_UNLABELLED,
) -> tuple[Path, ...]:
    """The photos of some folders, and photos given one by one, each once.

    Hidden files and folders are passed over, links to folders not followed; folders below the first
    that cannot be read are left out.

    Args:
        sources: Folders, which are looked through with all they hold, and photos.
        apart_from: Photos that have labels.
        seed: Of the choice where there are too many.
        most: So many at most.

    Returns:
        Sorted paths.

    Raises:
        UserFacingError: If a source is not there or cannot be read.
    """
    found: set[Path] = set()
    for source in sources:
        if source.is_dir():
            found.update(_walk(source))
        elif source.is_file():
            found.add(source)
        else:
            raise UserFacingError("There is no such folder or photo", path=shown(source))
    labelled = {_place(path) for path in apart_from}
    paths = sorted(path for path in found if _place(path) not in labelled)
    if len(paths) > most:
        chosen = np.random.default_rng([seed, len(paths)]).choice(len(paths), most, replace=False)
        paths = [paths[row] for row in np.sort(chosen)]
    return tuple(paths)


def _place(path: Path) -> str:
    return os.path.normcase(path.resolve())


def _walk(folder: Path) -> Iterator[Path]:
    covers = Excludes().covers
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as error:
            if place == folder:
                raise UserFacingError(
                    f"The folder cannot be read ({error.strerror})",
                    path=shown(folder),
                    remedy="Check the path and its permissions",
                ) from error
            continue
        for entry in entries:
            if covers(entry.name, entry.name) or not is_text(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif entry.name.rpartition(".")[2].lower() in OPENED_SUFFIXES and entry.is_file():
                yield Path(entry.path)
