"""The files of the library as a person sees them: photos, counts and problems."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import real_path
from ahash_desktop.core.records import (
    ContentId,
    LibraryCounts,
    MissingEntry,
    Photo,
    PhotoState,
    PictureFacts,
    Problem,
    ProblemEntry,
    ProblemKind,
)
from ahash_desktop.store.connection import Connection, Parameters, Row
from ahash_desktop.store.ids import ROWS_AT_ONCE, as_columns, id_lists

PHOTO_SQL = """
    SELECT photo_id, root_id, roots.path, relative_path, size_bytes, mtime_ns, photos.state,
      content_key, content_digest,
      width, height, format, taken_at, camera, orientation,
      problem_kind, problem_reason
    FROM photos JOIN roots USING (root_id)
"""
"""Selects what `photo_of` needs; conditions follow it."""

_BY_IDS = f"{PHOTO_SQL} WHERE photo_id IN (SELECT value FROM json_each(?))"  # noqa: S608 - fixed text
_BY_PATH = f"{PHOTO_SQL} WHERE root_id = ? AND relative_path = ?"

_SHOWN = "SELECT photo_id FROM photos WHERE is_shown = 1"
_TIMES = "SELECT photo_id, local_time_s FROM photos WHERE is_shown = 1"
_PATHS = """
    SELECT photos.photo_id, roots.path || '/' || photos.relative_path
    FROM photos JOIN roots USING (root_id) WHERE photos.is_shown
"""
_SHOWN_NEWEST_FIRST = f"{_SHOWN} ORDER BY local_time_s DESC, photo_id DESC"
_ALL_BY_PATH = "SELECT photo_id FROM photos WHERE root_id = ? ORDER BY relative_path"
_PROBLEMS = """
    SELECT photo_id, roots.path, relative_path, problem_kind, problem_reason, problem_at, root_id
    FROM photos JOIN roots USING (root_id)
    WHERE photos.state IN (SELECT value FROM json_each(?)) AND problem_kind IS NOT NULL
    ORDER BY roots.path, relative_path
"""
# "0" comes right after "/": the range that the index on paths can answer.
_AWAY = """
    SELECT photo_id FROM photos
    WHERE root_id IN (SELECT root_id FROM roots WHERE state = 'offline') AND is_shown = 1
    UNION
    SELECT photo_id FROM mounts CROSS JOIN photos ON photos.root_id = mounts.root_id
      AND photos.relative_path > mounts.relative_path || '/'
      AND photos.relative_path < mounts.relative_path || '0'
    WHERE NOT is_there AND is_shown = 1
"""
_MISSING = """
    SELECT photo_id, roots.path, relative_path, missing_since
    FROM photos JOIN roots USING (root_id)
    WHERE photos.state = 'missing' AND roots.state = 'online' AND trashed_at IS NULL
    ORDER BY missing_since, roots.path, relative_path
"""
_READ_BEFORE = """
    SELECT 1 FROM photos WHERE photo_id = ? AND state = 'pending' AND content_key IS NOT NULL
"""
_IN_TRASH = "SELECT count(*) FROM photos WHERE trashed_at IS NOT NULL"


class PhotoTable:
    """Reads the files of a library.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, photo_id: int) -> Photo:
        """The photo with this id.

        Raises:
            UserFacingError: If it has been removed with its folder.
        """
        found = self.get_many([photo_id])
        if not found:
            raise UserFacingError(
                "this photo is no longer in the library", remedy="Add its folder again to see it"
            )
        return found[0]

    def has_stray_paths(self) -> bool:
        """Whether a path leads out of its folder, as none that a scan has found does."""
        return bool(
            self._connection.value(
                "SELECT EXISTS (SELECT 1 FROM photos WHERE relative_path LIKE '/%'"
                " OR '/' || replace(relative_path, char(92), '/') || '/' LIKE '%/../%')"
            )
        )

    def get_many(self, photo_ids: Sequence[int]) -> list[Photo]:
        """The photos with these ids, in this order; unknown ids are left out."""
        found: dict[int, Photo] = {}
        with self._connection.snapshot():
            for ids in id_lists(photo_ids):
                photos = self._connection.records(_BY_IDS, (ids,), photo_of)
                found.update((photo.photo_id, photo) for photo in photos)
        return [found[photo_id] for photo_id in photo_ids if photo_id in found]

    def waits_to_be_read_again(self, photo_id: int) -> bool:
        """Whether a photo's file has been touched or changed since its content was read."""
        return self._connection.find_row(_READ_BEFORE, (photo_id,)) is not None

    def find_by_path(self, path: Path) -> Photo | None:
        """The photo at this path, if the library knows it.

        The path is tried as it stands, then with the links in its folder followed.
        """
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 - links stay as they are
        with self._connection.snapshot():
            found = self._find_at(absolute)
            if found is None:
                found = self._find_at(real_path(absolute.parent) / absolute.name)
        return found

    def ids(self, *, newest_first: bool = False) -> NDArray[np.int64]:
        """Ids of all photos that can be shown: those with a code, unless their file is missing.

        Args:
            newest_first: Order by when they were taken, or else last written, instead of by path.

        Returns:
            int64 (n,).
        """
        if newest_first:
            return self._ids(_SHOWN_NEWEST_FIRST)
        # Two lists from indexes alone are many times faster than reading every row.
        with self._connection.snapshot():
            shown = self._ids(_SHOWN)
            roots = self._connection.rows("SELECT root_id FROM roots ORDER BY path")
            by_path = [self._ids(_ALL_BY_PATH, root) for root in roots]
        ids = np.concatenate(by_path) if by_path else shown
        return ids[np.isin(ids, shown)]

    def times(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The photos to show and when each was taken, both int64 (n,), the ids ascending.

        In seconds of local time since 1970; when it was written last, if nobody knows.
        """
        ids, times = as_columns(self._connection.batches(_TIMES, (), ROWS_AT_ONCE), 2)
        order = np.argsort(ids)
        return ids[order], times[order]

    def folders(self) -> tuple[NDArray[np.int64], list[str]]:
        """The shown photos and the names of the folders that hold them: int64 (n,), and n names.

        A photo right in a root has the root's own name.
        """
        ids: list[NDArray[np.int64]] = []
        names: list[str] = []
        known: dict[str, str] = {}
        for batch in self._connection.batches(_PATHS, (), ROWS_AT_ONCE):
            ids.append(_as_array(batch))
            for _, path in batch:
                name = path.replace("\\", "/").rsplit("/", 2)[-2]
                names.append(known.setdefault(name, name))
        return np.concatenate(ids) if ids else np.empty(0, dtype=np.int64), names

    def counts(self) -> LibraryCounts:
        """How many files are in each state; those in the trash are in none."""
        with self._connection.snapshot():
            states = self._connection.records(
                "SELECT state, count(*) FROM photos GROUP BY state",
                (),
                lambda row: (PhotoState(row[0]).value, int(row[1])),
            )
            n_in_trash = self._connection.value(_IN_TRASH)
        counts = LibraryCounts(**dict(states))
        return replace(counts, missing=counts.missing - n_in_trash)

    def has_indexed(self) -> bool:
        """Whether there is any photo with a code."""
        return bool(
            self._connection.value("SELECT EXISTS (SELECT 1 FROM photos WHERE state = 'indexed')")
        )

    def counts_in(self, root_ids: Sequence[int]) -> LibraryCounts:
        """How many files of these folders are in each state; those in the trash are in none."""
        counts = dict.fromkeys(PhotoState, 0)
        for root_id in set(root_ids):
            for state in PhotoState:
                counts[state] += self._connection.value(
                    "SELECT count(*) FROM photos WHERE state = ? AND root_id = ?",
                    (state, int(root_id)),
                )
            counts[PhotoState.MISSING] -= self._connection.value(
                f"{_IN_TRASH} AND root_id = ?", (int(root_id),)
            )
        return LibraryCounts(**{state.value: count for state, count in counts.items()})

    def problems(self, *, include_ignored: bool = False) -> list[ProblemEntry]:
        """Files that could not be read, by path; those set to be ignored only if asked for."""
        states = '["problem", "ignored"]' if include_ignored else '["problem"]'
        return self._connection.records(_PROBLEMS, (states,), _problem_entry)

    def away(self) -> NDArray[np.int64]:
        """The shown photos whose folders or drives are offline, int64 (n,), in no order."""
        return self._ids(_AWAY)

    def missing(self) -> list[MissingEntry]:
        """Photos whose files are gone, those gone longest first.

        Not those of folders offline, nor those that their user has moved to the trash.
        """
        return self._connection.records(
            _MISSING, (), lambda row: MissingEntry(row[0], Path(row[1], row[2]), row[3])
        )

    def content_keys(self, photo_ids: Sequence[int]) -> dict[int, bytes]:
        """The content keys of those of these photos that have one."""
        sql = (
            "SELECT photo_id, content_key FROM photos"
            " WHERE photo_id IN (SELECT value FROM json_each(?)) AND content_key IS NOT NULL"
        )
        keys: dict[int, bytes] = {}
        for ids in id_lists(photo_ids):
            keys.update(self._connection.rows(sql, (ids,)))
        return keys

    def _ids(self, sql: str, parameters: Parameters = ()) -> NDArray[np.int64]:
        """The first column of a query, int64 (n,)."""
        columns = as_columns(self._connection.batches(sql, parameters, ROWS_AT_ONCE), 1)
        return columns.ravel()

    def _find_at(self, path: Path) -> Photo | None:
        roots = self._connection.rows("SELECT root_id, path FROM roots ORDER BY length(path) DESC")
        for root_id, root in roots:
            if not path.is_relative_to(root):
                continue
            relative_path = path.relative_to(root).as_posix()
            if not _is_text(relative_path):
                return None
            found = self._connection.records(_BY_PATH, (root_id, relative_path), photo_of)
            if found:
                return found[0]
        return None


def photo_of(row: Row) -> Photo:
    """The photo in a row of `PHOTO_SQL`."""
    photo_id, root_id, root, relative_path, size_bytes, mtime_ns, state_name, *rest = row
    state = PhotoState(state_name)
    return Photo(
        photo_id=photo_id,
        root_id=root_id,
        path=Path(root, relative_path),
        relative_path=relative_path,
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        state=state,
        content=None if rest[0] is None else ContentId(rest[0], rest[1]),
        facts=_facts_of(rest[2:8]),
        problem=_problem_of(state, *rest[8:]),
    )


def _problem_entry(row: Row) -> ProblemEntry:
    photo_id, root, relative_path, kind, reason, noted_at, root_id = row
    return ProblemEntry(
        photo_id=photo_id,
        path=Path(root, relative_path),
        problem=Problem(ProblemKind(kind), reason),
        noted_at=noted_at,
        root_id=root_id,
    )


def _facts_of(values: list[Any]) -> PictureFacts | None:
    width, height, picture_format, taken_at, camera, orientation = values
    if width is None:
        return None
    return PictureFacts(width, height, picture_format, taken_at, camera, orientation)


def _problem_of(state: PhotoState, kind: str | None, reason: str) -> Problem | None:
    """What was wrong, while it still stands in the way."""
    if kind is None or state not in (PhotoState.PROBLEM, PhotoState.IGNORED):
        return None
    return Problem(ProblemKind(kind), reason)


def _as_array(rows: list[Row]) -> NDArray[np.int64]:
    return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
