"""Photos that went from one place to another: one photo each, which keeps its id."""

from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.core.records import WorkItem
from ahash_desktop.store.codes import OF_CODE, next_version
from ahash_desktop.store.connection import Connection, Row
from ahash_desktop.store.ids import id_lists

_SAME_BUT_MISSING = """
    SELECT gone.photo_id, gone.root_id, gone.relative_path, here.root_id, here.relative_path
    FROM photos AS here JOIN photos AS gone ON gone.content_key = here.content_key
      AND gone.content_digest = here.content_digest AND gone.state = 'missing'
    WHERE here.photo_id = ? AND here.state = 'indexed'
"""
_SAME_BUT_NEW = """
    SELECT gone.photo_id, here.photo_id, here.root_id, roots.path, here.relative_path,
      here.size_bytes, here.mtime_ns
    FROM photos AS gone JOIN photos AS here ON here.content_key = gone.content_key
      AND here.content_digest = gone.content_digest AND here.state = 'indexed'
    JOIN roots ON roots.root_id = here.root_id
    WHERE gone.photo_id IN (SELECT value FROM json_each(?)) AND gone.state = 'missing'
      AND here.added_at > ?
    ORDER BY gone.photo_id, here.photo_id
"""
_KEEP_CODES = f"""
    INSERT OR IGNORE INTO codes (model_key, photo_id, {OF_CODE}, version)
    SELECT model_key, ?, {OF_CODE}, {next_version("codes.model_key")}
    FROM codes WHERE photo_id = ?
"""  # noqa: S608 - fixed names
_PLACE = """
    SELECT root_id, relative_path, size_bytes, mtime_ns, encoded_at, local_time_s,
      content_key, content_digest, width, height, format, taken_at, camera, orientation
    FROM photos WHERE photo_id = ?
"""
_TAKE_PLACE = """
    UPDATE photos SET
      root_id = ?, relative_path = ?, size_bytes = ?, mtime_ns = ?, encoded_at = ?,
      local_time_s = ?, content_key = ?, content_digest = ?, width = ?, height = ?, format = ?,
      taken_at = ?, camera = ?, orientation = ?,
      state = 'indexed', state_when_seen = NULL, missing_since = NULL, trashed_at = NULL,
      problem_kind = NULL, problem_reason = NULL, problem_at = NULL
    WHERE photo_id = ?
"""


class Moves:
    """Makes one photo of a missing one and the one that it has been recognised as.

    It is the older one, at the new place.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def settle(self, photo_id: int) -> None:
        """Has a photo be the missing one of the same content, if there is one.

        Of several, one of the same name is taken, or else one of the same folder of the library.
        Part of the caller's transaction.
        """
        rows = self._connection.rows(_SAME_BUT_MISSING, (photo_id,))
        if rows:
            self.unite(max(rows, key=_likeness)[0], photo_id)

    def candidates(self, photo_ids: Sequence[int], since: float) -> list[tuple[int, WorkItem]]:
        """Missing photos, each with an indexed one of the same content that has come since then.

        One that was there before is a copy: if the other is deleted, that one is gone.

        Args:
            photo_ids: The missing ones.
            since: When all of them were there, in seconds since the epoch.
        """
        return [
            (gone_id, WorkItem(here_id, root_id, Path(root) / path, size_bytes, mtime_ns))
            for ids in id_lists(photo_ids)
            for gone_id, here_id, root_id, root, path, size_bytes, mtime_ns in (
                self._connection.rows(_SAME_BUT_NEW, (ids, since))
            )
        ]

    def unite(self, gone_id: int, here_id: int) -> None:
        """Gives a missing photo the place and the codes of another, which is forgotten.

        Part of the caller's transaction.
        """
        place = self._connection.rows(_PLACE, (here_id,))[0]
        self._connection.run(_KEEP_CODES, (gone_id, here_id))
        self._connection.run("DELETE FROM photos WHERE photo_id = ?", (here_id,))
        self._connection.run(_TAKE_PLACE, (*place, gone_id))


def _likeness(row: Row) -> tuple[bool, bool, int]:
    photo_id, root_id, path, here_root_id, here_path = row
    names = [text.rpartition("/")[2].casefold() for text in (path, here_path)]
    return names[0] == names[1], root_id == here_root_id, -photo_id
