"""Finds the photos that a filter asks for, and what there is to filter by."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.filters import FilterChoices, Folder, Orientation, PhotoFilter
from ahash_desktop.core.kinds import kind_of_directory
from ahash_desktop.store.connection import Connection
from ahash_desktop.store.favourites import ARE_FAVOURITES
from ahash_desktop.store.ids import ROWS_AT_ONCE, as_columns

_DEEPEST = 200
_DIRECTORY = "rtrim(relative_path, replace(relative_path, '/', ''))"
_HELD = f"SELECT DISTINCT root_id, {_DIRECTORY} FROM photos WHERE is_shown = 1"  # noqa: S608 - fixed text
COUNTED = f"""
    SELECT root_id, {_DIRECTORY} AS directory, count(*) FROM photos WHERE is_shown = 1
    GROUP BY root_id, directory
"""  # noqa: S608 - fixed text
"""How many photos are right in each folder: root id, directory, count."""
MONTHS = """
    WITH RECURSIVE starts (at) AS (
      SELECT min(local_time_s) FROM photos
      WHERE is_shown = 1 AND local_time_s BETWEEN -62135596800 AND 253402300799
      UNION ALL
      SELECT (
        SELECT min(local_time_s) FROM photos WHERE is_shown = 1
          AND local_time_s >= unixepoch(starts.at, 'unixepoch', 'start of month', '+1 month')
          AND local_time_s <= 253402300799
      ) FROM starts WHERE starts.at IS NOT NULL
    )
    SELECT strftime('%Y', at, 'unixepoch'), strftime('%m', at, 'unixepoch'), (
      SELECT count(*) FROM photos WHERE is_shown = 1
        AND local_time_s >= unixepoch(starts.at, 'unixepoch', 'start of month')
        AND local_time_s < unixepoch(starts.at, 'unixepoch', 'start of month', '+1 month')
    ) FROM starts WHERE at IS NOT NULL ORDER BY at DESC
"""
"""How many photos were taken in each month, newest first: "2024", "05", 7."""
LABELLED = f"""
    SELECT labels.name, {_DIRECTORY} AS directory, count(*) FROM labels
    CROSS JOIN photos ON photos.content_key = labels.content_key
      AND photos.content_digest = labels.content_digest
    WHERE is_shown = 1 GROUP BY labels.name, directory
"""  # noqa: S608 - fixed text
"""How many photos of each label are right in each folder: label, directory, count."""
_RIGHT_IN = f"SELECT photo_id FROM photos WHERE root_id = ? AND {_DIRECTORY} = ?"  # noqa: S608 - fixed text
_NAMED = """
    SELECT photo_id FROM labels CROSS JOIN photos ON photos.content_key = labels.content_key
      AND photos.content_digest = labels.content_digest
    WHERE labels.name = ?
"""
_ANY_NAME = """
    SELECT photo_id FROM labels CROSS JOIN photos ON photos.content_key = labels.content_key
      AND photos.content_digest = labels.content_digest
"""
_NAMES = "SELECT DISTINCT name FROM labels"

_SHAPES = {
    Orientation.LANDSCAPE: "width > height",
    Orientation.PORTRAIT: "width < height",
    Orientation.SQUARE: "width = height",
}


class FilterQueries:
    """Answers filters from the table of photos.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ids(self, wanted: PhotoFilter) -> NDArray[np.int64]:
        """The shown photos that have all that is asked, int64 (n,), ascending."""
        parts = [*_conditions(wanted)]
        where = " AND ".join(["is_shown = 1", *(sql for sql, _ in parts)])
        sql = f"SELECT photo_id FROM photos WHERE {where}"  # noqa: S608 - fixed texts
        values = tuple(value for _, held in parts for value in held)
        ids = as_columns(self._connection.batches(sql, values, ROWS_AT_ONCE), 1).ravel()
        if wanted.label is not None:
            ids = ids[np.isin(ids, self._labelled(wanted.label))]
        return np.sort(ids)

    def kinds(self) -> list[tuple[str, int, int]]:
        """The kinds that there are photos of, by name: each with how many, and how many others."""
        with self._connection.snapshot():
            counted = self._connection.rows(COUNTED)
            labelled = self._connection.rows(LABELLED)
        counts, n_shown, _ = kind_counts(counted, labelled)
        return [(kind, count, n_shown - count) for kind, count in sorted(counts.items())]

    def choices(self) -> FilterChoices:
        """The folders that hold photos and those above them, the kinds, and the cameras."""
        with self._connection.snapshot():
            roots = self._roots()
            held = self._connection.rows(_HELD)
            cameras = self._connection.rows(
                "SELECT DISTINCT camera FROM photos WHERE is_shown = 1 AND camera IS NOT NULL"
            )
            months = self._connection.rows(MONTHS)
        found = {
            Folder(root_id, above)
            for root_id, directory in held
            for above in directories_above(directory)
        }
        folders = [
            (folder, str(Path(roots[folder.root_id], folder.path)))
            for folder in found
            if folder.root_id in roots
        ]
        labels = {kind for _, path in held if (kind := kind_of_directory(path)) is not None}
        labels |= {str(row[0]) for row in self._connection.rows(_NAMES)}
        return FilterChoices(
            folders=tuple(sorted(folders, key=lambda pair: pair[1])),
            labels=tuple(sorted(labels)),
            cameras=tuple(sorted(row[0] for row in cameras if row[0])),
            months=tuple((int(year), int(month)) for year, month, _ in months),
        )

    def _roots(self) -> dict[int, str]:
        rows = self._connection.rows("SELECT root_id, path FROM roots")
        return {row[0]: row[1] for row in rows}

    def _labelled(self, kind: str) -> NDArray[np.int64]:
        """Photos that have a kind as their label, or lie right in folders named after it.

        "" is no kind: photos without a label in folders that are named after none.
        """
        held = self._connection.rows(_HELD)
        named = {row[0] for row in self._connection.rows(_NAMED, (kind,))}
        if not kind:
            named = {row[0] for row in self._connection.rows(_ANY_NAME)}
        ids: list[int] = []
        for root_id, directory in held:
            if (kind_of_directory(directory) or "") == kind:
                rows = self._connection.rows(_RIGHT_IN, (root_id, directory))
                ids += [row[0] for row in rows]
        chosen = set(ids) | named if kind else set(ids) - named
        return np.array(sorted(chosen), dtype=np.int64)


def _conditions(wanted: PhotoFilter) -> Iterable[tuple[str, tuple[object, ...]]]:
    if wanted.folder is not None:
        path = wanted.folder.path
        yield "root_id = ?", (wanted.folder.root_id,)
        if path:
            # "0" comes right after "/": the range that the index on paths can answer.
            yield "relative_path >= ? AND relative_path < ?", (path, path[:-1] + "0")
    if wanted.since_s is not None:
        yield "local_time_s >= ?", (wanted.since_s,)
    if wanted.until_s is not None:
        yield "local_time_s < ?", (wanted.until_s,)
    if wanted.camera is not None:
        yield "coalesce(camera, '') = ?", (wanted.camera,)
    if wanted.is_favourite:
        yield ARE_FAVOURITES, ()
    if wanted.orientation is not None:
        yield _SHAPES[wanted.orientation], ()
    if wanted.is_raw is not None:
        yield f"format {'=' if wanted.is_raw else '!='} 'RAW'", ()


def kind_counts(
    counted: Sequence[tuple[int, str, int]], labelled: Sequence[tuple[str, str, int]]
) -> tuple[Counter[str], int, int]:
    """How many photos each kind has, by label or folder; how many there are, and without any kind.

    Args:
        counted: Rows of `COUNTED`.
        labelled: Rows of `LABELLED`.
    """
    kinds: Counter[str] = Counter()
    n_shown = n_unnamed = 0
    for _, directory, count in counted:
        n_shown += count
        kind = kind_of_directory(directory)
        if kind is None:
            n_unnamed += count
        else:
            kinds[kind] += count
    for name, directory, count in labelled:
        kind = kind_of_directory(directory)
        if kind is None:
            n_unnamed -= count
        if kind != name:
            kinds[name] += count
    return kinds, n_shown, n_unnamed


def directories_above(directory: str) -> list[str]:
    """A directory and all above it, each with "/" at its end; "" for the root.

    Nothing is so deep that it would take long.
    """
    names = directory.split("/")[:-1][:_DEEPEST]
    return ["/".join(names[:n]) + "/" if n else "" for n in range(len(names) + 1)]
