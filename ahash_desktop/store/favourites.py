"""Which photos someone likes best, by their content: wherever they lie, in every copy."""

from collections.abc import Sequence

from ahash_desktop.store.connection import Connection
from ahash_desktop.store.ids import id_lists

_ADD = """
    INSERT OR IGNORE INTO favourites (content_key, content_digest, marked_at)
    SELECT content_key, content_digest, ?2 FROM photos
    WHERE photo_id IN (SELECT value FROM json_each(?1)) AND content_key IS NOT NULL
"""
_REMOVE = """
    DELETE FROM favourites WHERE (content_key, content_digest) IN (
      SELECT content_key, content_digest FROM photos
      WHERE photo_id IN (SELECT value FROM json_each(?)) AND content_key IS NOT NULL
    )
"""
ARE_FAVOURITES = """(content_key, content_digest) IN (
    SELECT content_key, content_digest FROM favourites
)"""
"""The condition that photos are favourites."""
_ALL = """
    SELECT photo_id FROM favourites CROSS JOIN photos USING (content_key, content_digest)
"""


class FavouriteTable:
    """Reads and keeps favourites.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, photo_ids: Sequence[int], now: float) -> None:
        """Makes photos favourites; those never read have no content yet and are passed over."""
        with self._connection.transaction():
            for ids in id_lists(photo_ids):
                self._connection.run(_ADD, (ids, now))

    def remove(self, photo_ids: Sequence[int]) -> None:
        """Makes them favourites no more."""
        with self._connection.transaction():
            for ids in id_lists(photo_ids):
                self._connection.run(_REMOVE, (ids,))

    def ids(self) -> frozenset[int]:
        """All photos that are favourites, copies included."""
        return frozenset(row[0] for row in self._connection.rows(_ALL))
