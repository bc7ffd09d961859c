"""What indexing asks the library and records in it: files found, files to encode, outcomes."""

import json
from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.core.records import (
    EncodedPicture,
    EncodeOutcome,
    Fingerprint,
    Photo,
    PhotoState,
    Problem,
    ScannedFile,
    WorkItem,
)
from ahash_desktop.store.codes import OF_CODE, CodeTable, next_version
from ahash_desktop.store.connection import Connection
from ahash_desktop.store.corrections import FOLLOWED, NOT_FOLLOWING, OF_PHOTO
from ahash_desktop.store.ids import id_lists
from ahash_desktop.store.photos import PHOTO_SQL, photo_of

_LATEST_NS = 2**63 - 1
_SAMPLE_SIZE = 24

_RECORD = """
    INSERT INTO photos
      (root_id, relative_path, size_bytes, mtime_ns, state, added_at, local_time_s)
    VALUES (?1, ?2, ?3, ?4, 'pending', ?5, coalesce(
      CAST(strftime('%s', ?4 / 1000000000, 'unixepoch', 'localtime') AS INTEGER),
      ?4 / 1000000000
    ))
    ON CONFLICT (root_id, relative_path) DO UPDATE SET
      state = CASE
        WHEN size_bytes = excluded.size_bytes AND mtime_ns = excluded.mtime_ns
        THEN coalesce(state_when_seen, state) ELSE 'pending' END,
      size_bytes = excluded.size_bytes,
      mtime_ns = excluded.mtime_ns,
      state_when_seen = NULL,
      missing_since = NULL,
      trashed_at = NULL,
      local_time_s = CASE
        WHEN taken_at IS NULL THEN excluded.local_time_s ELSE local_time_s END
"""
_FINGERPRINTS = """
    SELECT relative_path, size_bytes, mtime_ns, photo_id
    FROM photos INDEXED BY photos_by_state
    WHERE root_id = ? AND state IN ('pending', 'indexed', 'problem', 'ignored')
"""
_SAMPLE = """
    SELECT photo_id, root_id, relative_path, size_bytes, mtime_ns, content_key
    FROM photos INDEXED BY photos_by_state
    WHERE root_id = ? AND state = 'indexed' AND content_key IS NOT NULL
    ORDER BY photo_id {direction} LIMIT ?
"""
# The ids come from indexes alone and the rows in the order they lie on disk: walking the index of
# paths instead takes twenty times as long for a million photos.
_WAITING = """
    SELECT photos.photo_id FROM (
      SELECT photo_id FROM photos INDEXED BY photos_by_state
      WHERE state = 'pending' AND root_id IN (SELECT value FROM json_each(:root_ids))
      UNION ALL
      SELECT photo_id FROM photos INDEXED BY photos_by_state
      WHERE state = 'indexed' AND root_id IN (SELECT value FROM json_each(:root_ids))
        AND NOT EXISTS (
          SELECT 1 FROM codes
          WHERE codes.model_key = :model_key AND codes.photo_id = photos.photo_id
        )
      UNION ALL {not_following}
    ) AS waiting CROSS JOIN photos ON photos.photo_id = waiting.photo_id
    CROSS JOIN roots ON roots.root_id = photos.root_id
    ORDER BY {order} LIMIT :limit
"""
_BY_PATH = _WAITING.format(order="roots.path, +photos.relative_path", not_following=NOT_FOLLOWING)
_NEWEST_FIRST = _WAITING.format(
    order="+photos.local_time_s DESC, +photos.photo_id DESC", not_following=NOT_FOLLOWING
)
_ITEMS = """
    SELECT photo_id, root_id, roots.path, relative_path, size_bytes, mtime_ns
    FROM json_each(?) AS wanted
    CROSS JOIN photos ON photos.photo_id = wanted.value JOIN roots USING (root_id)
    WHERE photos.state IN ('pending', 'indexed') ORDER BY wanted.key
"""
_SAME_CONTENT = f"""
    {PHOTO_SQL}
    WHERE content_key = ?
      AND (photos.state = 'pending' OR size_bytes = ? AND photos.state IN ('indexed', 'missing'))
      AND EXISTS (
        SELECT 1 FROM codes WHERE codes.model_key = ? AND codes.photo_id = photos.photo_id
          AND {FOLLOWED} IS {OF_PHOTO}
      )
    ORDER BY photo_id
"""  # noqa: S608 - fixed text
_FINISH = """
    UPDATE photos SET
      state = 'indexed', state_when_seen = NULL, missing_since = NULL, encoded_at = :now,
      content_key = :content_key, content_digest = :content_digest,
      width = :width, height = :height, format = :format,
      taken_at = :taken_at, camera = :camera, orientation = :orientation,
      local_time_s = coalesce(
        CAST(strftime('%s', :taken_at) AS INTEGER),
        CAST(strftime('%s', mtime_ns / 1000000000, 'unixepoch', 'localtime') AS INTEGER),
        mtime_ns / 1000000000
      ),
      problem_kind = NULL, problem_reason = NULL, problem_at = NULL
    WHERE photo_id = :photo_id
"""
_FORGET_OTHER_CONTENT = """
    DELETE FROM codes WHERE photo_id = :photo_id AND EXISTS (
      SELECT 1 FROM photos WHERE photo_id = :photo_id AND
        (content_key IS NOT :content_key OR content_digest IS NOT :content_digest)
    )
"""
_NOTE_PROBLEM = """
    UPDATE photos SET
      state = 'problem', state_when_seen = NULL, missing_since = NULL, encoded_at = NULL,
      content_key = NULL, content_digest = NULL,
      width = NULL, height = NULL, format = NULL,
      taken_at = NULL, camera = NULL, orientation = NULL,
      problem_kind = ?, problem_reason = ?, problem_at = ?
    WHERE photo_id = ?
"""
_NOTE_PROBLEM_OF_KNOWN = """
    UPDATE photos SET state = 'problem', problem_kind = ?1, problem_reason = ?2, problem_at = ?3
    WHERE photo_id = ?4 AND state = 'indexed'
      AND EXISTS (SELECT 1 FROM codes WHERE photo_id = ?4)
      AND NOT EXISTS (SELECT 1 FROM codes WHERE photo_id = ?4 AND model_key = ?5)
"""
_TAKE_BACK_PROBLEMS = """
    UPDATE photos SET
      state = 'indexed', problem_kind = NULL, problem_reason = NULL, problem_at = NULL
    WHERE state = 'problem' AND encoded_at IS NOT NULL AND problem_at >= ?
"""
_RETRY_UNREACHABLE = """
    UPDATE photos INDEXED BY photos_by_state SET state = 'pending'
    WHERE state = 'problem' AND root_id IN (SELECT value FROM json_each(?))
      AND problem_kind IN ('vanished', 'no-permission', 'unreadable')
"""
_REUSE = """
    UPDATE photos SET
      state = 'indexed', state_when_seen = NULL, missing_since = NULL, encoded_at = :now,
      (content_key, content_digest, width, height, format, taken_at, camera, orientation,
       problem_kind, problem_reason, problem_at, local_time_s) = (
        SELECT known.content_key, known.content_digest, known.width, known.height, known.format,
          known.taken_at, known.camera, known.orientation, NULL, NULL, NULL, coalesce(
            CAST(strftime('%s', known.taken_at) AS INTEGER), photos.local_time_s
          )
        FROM photos AS known WHERE known.photo_id = :from_photo_id
      )
    WHERE photo_id = :photo_id AND EXISTS (
      SELECT 1 FROM codes WHERE model_key = :model_key AND photo_id = :from_photo_id
    )
"""


class WorkTable:
    """Keeps track of the files of a library and of what is still to be done with them.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._codes = CodeTable(connection)

    def fingerprints(self, root_id: int) -> dict[str, Fingerprint]:
        """What is known of the files of a folder that are not missing, by relative path."""
        return {row[0]: row for row in self._connection.rows(_FINGERPRINTS, (root_id,))}

    def sample(self, root_id: int) -> list[tuple[WorkItem, bytes]]:
        """Some photos to know a folder again by: its first and its last ones, with content keys.

        Their paths are relative to the folder.
        """
        rows = {
            row[0]: row
            for direction in ("ASC", "DESC")
            for row in self._connection.rows(
                _SAMPLE.format(direction=direction), (root_id, _SAMPLE_SIZE // 2)
            )
        }
        return [
            (WorkItem(photo_id, root_id, Path(relative_path), size_bytes, mtime_ns), key)
            for photo_id, root_id, relative_path, size_bytes, mtime_ns, key in rows.values()
        ]

    def record_scanned(self, root_id: int, files: Sequence[ScannedFile], now: float) -> None:
        """Records files that a scan found.

        A new file, or one whose size or time has changed, is pending. One that was missing and
        is unchanged is back in the state it was in; all others stay as they are.
        """
        self._connection.run_many(
            _RECORD,
            [
                (root_id, file.relative_path, file.size_bytes, _kept_ns(file.mtime_ns), now)
                for file in files
            ],
        )

    def mark_missing(self, photo_ids: Sequence[int], now: float) -> None:
        """Notes files that a scan did not find; what is known of them is kept."""
        for ids in id_lists(photo_ids):
            self._connection.run(
                "UPDATE photos SET state_when_seen = state, state = 'missing', missing_since = ?"
                " WHERE photo_id IN (SELECT value FROM json_each(?)) AND state <> 'missing'",
                (now, ids),
            )

    def forget(self, photo_ids: Sequence[int]) -> None:
        """Takes files out of the library that never were photos, with their codes."""
        for ids in id_lists(photo_ids):
            self._connection.run(
                "DELETE FROM photos WHERE photo_id IN (SELECT value FROM json_each(?))", (ids,)
            )

    def waiting_ids(
        self,
        model_key: int,
        root_ids: Sequence[int],
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[int]:
        """Ids of the files whose code of a model is still to be made.

        These are the pending ones, and the indexed ones that have no code of this model, or one
        of another part of the picture than people say.

        Args:
            model_key: The model.
            root_ids: The folders to look into.
            newest_first: Whether the latest photos come first, rather than by folder and path.
            limit: How many to give at most; all by default.
        """
        parameters = {
            "model_key": model_key,
            "root_ids": json.dumps([int(root_id) for root_id in root_ids]),
            "limit": -1 if limit is None else limit,
        }
        sql = _NEWEST_FIRST if newest_first else _BY_PATH
        return [photo_id for (photo_id,) in self._connection.rows(sql, parameters)]

    def items(self, photo_ids: Sequence[int]) -> list[WorkItem]:
        """The files with these ids, in this order; those that no longer wait are left out."""
        return [
            WorkItem(photo_id, root_id, Path(root) / relative_path, size_bytes, mtime_ns)
            for ids in id_lists(photo_ids)
            for photo_id, root_id, root, relative_path, size_bytes, mtime_ns in (
                self._connection.rows(_ITEMS, (ids,))
            )
        ]

    def awaiting(
        self, model_key: int, root_ids: Sequence[int], limit: int | None = None
    ) -> list[WorkItem]:
        """The files of `waiting_ids`, by folder and path."""
        return self.items(self.waiting_ids(model_key, root_ids, limit=limit))

    def finish(self, outcome: EncodeOutcome, model_key: int, now: float) -> None:
        """Records what became of a file; part of the caller's transaction.

        Codes of other models are kept as long as the content stays the same. A file that has
        been removed from the library meanwhile stays removed.

        Raises:
            ValueError: If the outcome holds neither a code nor a problem.
        """
        if outcome.problem is not None:
            self._note_problem(outcome.photo_id, outcome.problem, model_key, now)
        elif outcome.encoded is not None:
            self._store(outcome, outcome.encoded, model_key, now)
        else:
            raise ValueError(f"photo {outcome.photo_id} has neither a code nor a problem")

    def reuse(self, photo_id: int, from_photo_id: int, model_key: int, now: float) -> None:
        """Gives a file all that is known of another with the same content, codes included.

        Part of the caller's transaction. If the other file has lost its code of this model
        meanwhile, nothing changes and the file awaits its turn.
        """
        both = {
            "photo_id": photo_id,
            "from_photo_id": from_photo_id,
            "model_key": model_key,
            "now": now,
        }
        if self._connection.run(_REUSE, both).rowcount == 0:
            return
        self._forget_codes(photo_id)
        self._connection.run(
            f"INSERT INTO codes (model_key, photo_id, {OF_CODE}, version)"  # noqa: S608 - fixed names
            f" SELECT model_key, ?, {OF_CODE}, {next_version('codes.model_key')}"
            " FROM codes WHERE photo_id = ?",
            (photo_id, from_photo_id),
        )

    def find_same_content(self, key: bytes, size_bytes: int, model_key: int) -> list[Photo]:
        """Indexed or missing photos with this content key and size that have a code of a model.

        One whose code is not of the part that people say does not count.
        Pending ones, whose file has been touched or changed, are given for what they held before.
        """
        return self._connection.records(_SAME_CONTENT, (key, size_bytes, model_key), photo_of)

    def retry_unreachable(self, root_ids: Sequence[int]) -> None:
        """Has files read again that could not be reached, whose content was never seen.

        Nothing of the file itself changes when permission is given or a cable is mended.
        """
        self._connection.run(_RETRY_UNREACHABLE, (json.dumps(list(root_ids)),))

    def retry(self, photo_ids: Sequence[int]) -> None:
        """Has files that were problems or ignored read again with the next indexing run."""
        self._change_state(photo_ids, PhotoState.PENDING, "state IN ('problem', 'ignored')")

    def take_back_problems(self, since: float) -> None:
        """Has files that were encoded before be what they were, despite problems noted since."""
        with self._connection.transaction():
            self._connection.run(_TAKE_BACK_PROBLEMS, (since,))

    def ignore(self, photo_ids: Sequence[int]) -> None:
        """Leaves files alone until they change; what is known of them is kept."""
        self._change_state(photo_ids, PhotoState.IGNORED, "state <> 'missing'")

    def keep_missing(self, photo_ids: Sequence[int], now: float) -> None:
        """Counts those of these photos that are missing as missing since now."""
        sql = (
            "UPDATE photos SET missing_since = ?"
            " WHERE photo_id IN (SELECT value FROM json_each(?)) AND state = 'missing'"
        )
        with self._connection.transaction():
            for ids in id_lists(photo_ids):
                self._connection.run(sql, (now, ids))

    def forget_missing(self, photo_ids: Sequence[int]) -> None:
        """Takes those of these photos that are missing out of the library, with their codes."""
        sql = (
            "DELETE FROM photos"
            " WHERE photo_id IN (SELECT value FROM json_each(?)) AND state = 'missing'"
        )
        with self._connection.transaction():
            for ids in id_lists(photo_ids):
                self._connection.run(sql, (ids,))

    def _change_state(self, photo_ids: Sequence[int], state: PhotoState, condition: str) -> None:
        sql = (
            "UPDATE photos SET state = ?"  # noqa: S608 - the condition is fixed text
            f" WHERE photo_id IN (SELECT value FROM json_each(?)) AND {condition}"
        )
        with self._connection.transaction():
            for ids in id_lists(photo_ids):
                self._connection.run(sql, (state, ids))

    def _note_problem(self, photo_id: int, problem: Problem, model_key: int, now: float) -> None:
        """Records why a file cannot be read.

        One that has not changed since another model encoded it keeps what is known of it: the
        reason may be the machine's, or the new model's.
        """
        values = (problem.kind, problem.reason, now, photo_id)
        known = self._connection.run(_NOTE_PROBLEM_OF_KNOWN, (*values, model_key))
        if known.rowcount == 0:
            self._connection.run(_NOTE_PROBLEM, values)
            self._forget_codes(photo_id)

    def _store(
        self, outcome: EncodeOutcome, encoded: EncodedPicture, model_key: int, now: float
    ) -> None:
        content, facts, photo_id = outcome.content, outcome.facts, outcome.photo_id
        values = {
            "photo_id": photo_id,
            "now": now,
            "content_key": content.key if content else None,
            "content_digest": content.digest if content else None,
            "width": facts.width if facts else None,
            "height": facts.height if facts else None,
            "format": facts.format if facts else None,
            "taken_at": facts.taken_at if facts else None,
            "camera": facts.camera if facts else None,
            "orientation": facts.orientation if facts else None,
        }
        self._connection.run(_FORGET_OTHER_CONTENT, values)
        if self._connection.run(_FINISH, values).rowcount == 0:
            return
        self._codes.store(photo_id, model_key, encoded, facts)

    def _forget_codes(self, photo_id: int) -> None:
        self._connection.run("DELETE FROM codes WHERE photo_id = ?", (photo_id,))


def _kept_ns(mtime_ns: int) -> int:
    """A time as SQLite can keep it: some file systems know years after 2262."""
    return max(-_LATEST_NS, min(mtime_ns, _LATEST_NS))
