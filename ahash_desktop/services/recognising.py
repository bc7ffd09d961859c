"""Recognises content that the library has seen, so that no content is encoded twice."""

from dataclasses import replace

from ahash_desktop.core.corrections import as_corrected
from ahash_desktop.core.records import (
    ContentId,
    EncodeOutcome,
    ModelRecord,
    Photo,
    PhotoState,
    WorkItem,
)
from ahash_desktop.imaging.content import QUICK_KEY_COVERS_BYTES, content_digest
from ahash_desktop.store.library import Library


class Recogniser:
    """Finds what is known of a file's content, wherever that lies or lay.

    What a file held before it was changed counts too, as long as the run lasts: two files that swap
    their names are two renamed files.

    Args:
        library: An open library of this thread.
        model: The model whose codes are wanted.
    """

    def __init__(self, library: Library, model: ModelRecord) -> None:
        self._library = library
        self._model = model
        self._replaced: dict[ContentId, EncodeOutcome] = {}

    def find(self, item: WorkItem, key: bytes) -> int | EncodeOutcome | None:
        """A photo to take everything over from, an outcome made of what is known, or None.

        Args:
            item: The file.
            key: Its content key.
        """
        photos = [
            photo
            for photo in self._library.work.find_same_content(
                key, item.size_bytes, self._model.model_key
            )
            if photo.content is not None
        ]
        replaced = [content for content in self._replaced if content.key == key]
        if not photos and not replaced:
            return None
        digest = self._digest(item)
        for photo in photos:
            if _is_same(photo.content, digest):
                return self._taken_from(photo, item)
        for content in replaced:
            if _is_same(content, digest):
                return _given_to(item, self._replaced[content])
        return None

    def keep_replaced(self, item: WorkItem) -> None:
        """Remembers what is known of the content that a file held before it was changed."""
        if not self._library.photos.waits_to_be_read_again(item.photo_id):
            return  # as of almost all files
        for photo in self._library.photos.get_many([item.photo_id]):
            outcome = self._known_of(photo) if photo.state is PhotoState.PENDING else None
            if outcome is not None and outcome.content is not None:
                self._replaced[outcome.content] = outcome

    def with_correction(self, item: WorkItem, key: bytes) -> WorkItem:
        """The file with the part of it that a person says is the subject, if one does."""
        regions = self._library.corrections.find(key)
        if not regions:
            return item
        digest = self._digest(item)
        region = next(iter(regions.values())) if digest is None else regions.get(digest)
        return replace(item, region=region)

    def _taken_from(self, photo: Photo, item: WorkItem) -> int | EncodeOutcome | None:
        if photo.state is not PhotoState.PENDING and photo.photo_id != item.photo_id:
            return photo.photo_id
        outcome = self._known_of(photo)
        return None if outcome is None else _given_to(item, outcome)

    def _known_of(self, photo: Photo) -> EncodeOutcome | None:
        encoded = self._library.codes.get(photo.photo_id, self._model.model_key)
        if encoded is None or photo.content is None:
            return None
        return EncodeOutcome(photo.photo_id, encoded, photo.facts, photo.content)

    @staticmethod
    def _digest(item: WorkItem) -> bytes | None:
        """The digest of a file too large for its key to tell; None for others."""
        if item.size_bytes <= QUICK_KEY_COVERS_BYTES:
            return None
        try:
            return content_digest(item.path)
        except OSError:
            return b""


def following(outcome: EncodeOutcome, item: WorkItem) -> EncodeOutcome:
    """What became of a file, its code marked as one of the part that a person says."""
    if outcome.encoded is None:
        return outcome
    return replace(outcome, encoded=as_corrected(outcome.encoded, item.region))


def _is_same(content: ContentId | None, digest: bytes | None) -> bool:
    return content is not None and (digest is None or content.digest == digest)


def _given_to(item: WorkItem, outcome: EncodeOutcome) -> EncodeOutcome:
    return replace(outcome, photo_id=item.photo_id)
