"""Where people say that the subject of a photo is, by its content, and what is to follow that."""

from ahash_desktop.core.corrections import region_of_box
from ahash_desktop.core.records import ContentId, Region
from ahash_desktop.store.connection import Connection

OF_PHOTO = """(
    SELECT corrections.box FROM corrections
    WHERE corrections.content_key = photos.content_key
      AND corrections.content_digest = photos.content_digest
)"""
"""The correction of a photo; NULL if there is none."""

FOLLOWED = "CASE WHEN codes.is_corrected = 1 THEN codes.part END"
"""The correction that a code follows; NULL if it follows none."""

NOT_FOLLOWING = f"""
    SELECT photos.photo_id FROM corrections
    CROSS JOIN photos ON photos.content_key = corrections.content_key
      AND photos.content_digest = corrections.content_digest
    CROSS JOIN codes ON codes.model_key = :model_key AND codes.photo_id = photos.photo_id
    WHERE photos.state = 'indexed' AND root_id IN (SELECT value FROM json_each(:root_ids))
      AND {FOLLOWED} IS NOT corrections.box
    UNION ALL
    SELECT photos.photo_id FROM codes INDEXED BY codes_corrected
    CROSS JOIN photos ON photos.photo_id = codes.photo_id
    WHERE codes.is_corrected = 1 AND codes.model_key = :model_key
      AND photos.state = 'indexed' AND root_id IN (SELECT value FROM json_each(:root_ids))
      AND {OF_PHOTO} IS NULL
"""  # noqa: S608 - fixed text
"""Indexed photos whose code is not of what people say it should be of."""

_CORRECT = """
    INSERT OR REPLACE INTO corrections
      (content_key, content_digest, box, width, height, corrected_at)
    VALUES (?, ?, ?, ?, ?, ?)
"""
_TAKE_BACK = "DELETE FROM corrections WHERE content_key = ? AND content_digest = ?"
_OF_CONTENT = """
    SELECT content_digest, box, width, height FROM corrections WHERE content_key = ?
"""


class CorrectionTable:
    """Reads and keeps what people say of where the subject is.

    Args:
        connection: An open connection of this thread.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key: bytes) -> dict[bytes, Region]:
        """Regions by digest of the contents with this key."""
        rows = self._connection.rows(_OF_CONTENT, (key,))
        regions = {digest: region_of_box(*rest) for digest, *rest in rows}
        return {digest: region for digest, region in regions.items() if region is not None}

    def correct(self, content: ContentId, box: str, size: tuple[int, int], now: float) -> None:
        """Keeps a correction in the place of the one before; part of the caller's transaction.

        Args:
            content: What it is of.
            box: As `core.corrections.box_text` makes it.
            size: Width and height of the upright picture in pixels.
            now: Seconds since the epoch.
        """
        self._connection.run(_CORRECT, (content.key, content.digest, box, *size, now))

    def take_back(self, content: ContentId) -> None:
        """Forgets the correction of a content; part of the caller's transaction."""
        self._connection.run(_TAKE_BACK, (content.key, content.digest))
