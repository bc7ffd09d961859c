"""Counts what a library holds by folder, month, kind and camera, without reading every photo."""

from collections import Counter

from ahash_desktop.core.filters import Folder
from ahash_desktop.core.overview import FolderCount, LibraryOverview, MonthCount
from ahash_desktop.store.connection import Connection
from ahash_desktop.store.filtering import COUNTED, LABELLED, MONTHS, directories_above, kind_counts

_CAMERAS = """
    SELECT coalesce(camera, ''), count(*) FROM photos WHERE is_shown = 1
    GROUP BY 1 ORDER BY 1
"""
_FAVOURITES = """
    SELECT count(*) FROM favourites CROSS JOIN photos USING (content_key, content_digest)
    WHERE photos.is_shown = 1
"""


class Overviews:
    """Reads the ways into a library.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self) -> LibraryOverview:
        """How many photos are where, of when, of what and by which camera, as of one moment."""
        with self._connection.snapshot():
            counted = self._connection.rows(COUNTED)
            roots = self._connection.rows("SELECT root_id, path, state FROM roots ORDER BY path")
            months = self._connection.rows(MONTHS)
            cameras = self._connection.rows(_CAMERAS)
            n_favourites = int(self._connection.value(_FAVOURITES))
            labelled = self._connection.rows(LABELLED)
        kinds, n_photos, n_unnamed = kind_counts(counted, labelled)
        return LibraryOverview(
            folders=_folders(counted, roots),
            months=tuple(MonthCount(int(y), int(m), n) for y, m, n in months),
            kinds=tuple(sorted(kinds.items(), key=lambda pair: pair[0].casefold())),
            cameras=tuple((camera, count) for camera, count in cameras),
            n_photos=n_photos,
            n_unnamed=n_unnamed,
            n_favourites=n_favourites,
        )


def _folders(
    counted: list[tuple[int, str, int]], roots: list[tuple[int, str, str]]
) -> tuple[FolderCount, ...]:
    """All folders with photos in or below them, roots without any included, as a tree is read."""
    counts: Counter[tuple[int, str]] = Counter()
    for root_id, directory, count in counted:
        for above in directories_above(directory):
            counts[root_id, above] += count
    made = []
    for root_id, path, state in roots:
        below = sorted(directory for known, directory in counts if known == root_id and directory)
        below.sort(key=lambda directory: directory.casefold().split("/"))
        for directory in ["", *below]:
            name = directory.rstrip("/").rpartition("/")[2] or path
            n_photos = counts[root_id, directory]
            made.append(FolderCount(Folder(root_id, directory), name, n_photos, state == "offline"))
    return tuple(made)
