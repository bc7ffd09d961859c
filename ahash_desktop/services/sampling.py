"""A few photos of a folder, quickly found, to be shown while the rest is read."""

from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.imaging.scan import ScanRules, scan


def sample_of(
    folders: Sequence[Path], n_wanted: int, token: CancelToken, exclude: str = ""
) -> tuple[Path, ...]:
    """Photos of some folders, evenly from the first of each; fewer where there are not so many.

    Only the first thousand or so of each folder are looked at, and none of them is opened whose
    name says what it is.

    Args:
        folders: Where photos are looked for.
        n_wanted: How many at most.
        token: Cancels between two files.
        exclude: What the user leaves out, as in the settings.

    Raises:
        Cancelled: When the token says so.
        ShortageError: If too many files are open to read any folder.
    """
    rules = ScanRules(Excludes.parse(exclude))
    found: list[Path] = []
    for folder in folders:
        batch = next(scan(folder, token, rules))
        found += [folder / file.relative_path for file in batch.files]
    if len(found) <= n_wanted:
        return tuple(found)
    step = len(found) / n_wanted
    return tuple(found[int((number + 0.5) * step)] for number in range(n_wanted))
