"""Photos whose files are in the trash by their user's wish: hidden, not missing, and put back."""

from collections.abc import Sequence

from ahash_desktop.store.connection import Connection
from ahash_desktop.store.ids import id_lists

_TAKE_AWAY = """
    UPDATE photos SET
      state_when_seen = coalesce(state_when_seen, state), state = 'missing',
      missing_since = coalesce(missing_since, ?1), trashed_at = ?1
    WHERE photo_id IN (SELECT value FROM json_each(?2)) AND trashed_at IS NULL
"""
_PUT_BACK = """
    UPDATE photos SET
      state = state_when_seen, state_when_seen = NULL, missing_since = NULL, trashed_at = NULL
    WHERE photo_id IN (SELECT value FROM json_each(?)) AND trashed_at IS NOT NULL
"""


class TrashTable:
    """Keeps what is known of photos while their files are in the trash.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take_away(self, photo_ids: Sequence[int], now: float) -> None:
        """Notes photos whose files were moved to the trash."""
        with self._connection.transaction():
            for ids in id_lists(photo_ids):
                self._connection.run(_TAKE_AWAY, (now, ids))

    def put_back(self, photo_ids: Sequence[int]) -> None:
        """Notes photos whose files are where they were before."""
        with self._connection.transaction():
            for ids in id_lists(photo_ids):
                self._connection.run(_PUT_BACK, (ids,))

    def forget(self, before: float) -> None:
        """Takes photos out of the library that went to the trash before a time."""
        self._connection.run(
            "DELETE FROM photos WHERE trashed_at IS NOT NULL AND trashed_at < ?", (before,)
        )
