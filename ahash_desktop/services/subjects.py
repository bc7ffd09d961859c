"""What photos are of and where in them: as the library keeps it, and as people correct it."""

import time
from dataclasses import replace
from pathlib import Path

from ahash_desktop.core.corrections import as_corrected, box_text, region_of_box
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.ports import Encoder, PictureSource
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    ModelRecord,
    Photo,
    PictureFacts,
    Region,
)
from ahash_desktop.services.searching import Example, Searcher, is_unchanged
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.store.library import Library


class Subjects:
    """Tells and corrects what photos are of; any thread may call it.

    Args:
        store: The thread that owns the library connection.
        searcher: Knows the codes.
        encoder: Looks at pictures.
        model: The model in use.
        tells: Whether that model tells what pictures are of.
    """

    def __init__(
        self,
        store: StoreThread,
        searcher: Searcher,
        encoder: Encoder,
        model: ModelRecord,
        *,
        tells: bool,
    ) -> None:
        self._store = store
        self._searcher = searcher
        self._encoder = encoder
        self._model = model
        self._tells = tells

    def look(self, source: PictureSource, region: Region | None = None) -> EncodedPicture:
        """A picture's code and what it is of: as the library keeps it, else looked at anew.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        example = self._example_of(source) if region is None else None
        if example is None:
            return self._encoder.encode(source, region)
        return self.completed(self._searcher.encode(example), source)

    def completed(self, encoded: EncodedPicture, source: PictureSource) -> EncodedPicture:
        """A picture's code with what it is of, looked at anew if that is not known.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        if encoded.subject is not None or not self._tells:
            return encoded
        return replace(encoded, subject=self._encoder.encode(source, encoded.part).subject)

    def part_of(self, source: PictureSource) -> Region | None:
        """The part of a picture that its code in the library is of; None is all of it."""
        example = self._example_of(source)
        if example is None or example.photo_id is None:
            return None
        kept = self._searcher.stored_code(example.photo_id)
        return None if kept is None else kept.part

    def correct(self, photo_id: int, region: Region | None) -> EncodedPicture:
        """Keeps where a person says that the subject of a photo is, and makes its code of that.

        It holds for every copy of the photo, wherever that goes and whatever the model; the codes
        of other models follow when these are used again.

        Args:
            photo_id: The photo.
            region: Where its subject is; None takes back what was said before.

        Returns:
            The code of the model in use, as it is kept from now on.

        Raises:
            UserFacingError: If the photo is not in the library, was not read, has changed since or
                cannot be read now, or the library cannot be written.
        """
        photo = self._store.call(lambda library: library.photos.get(photo_id))
        content, facts = _known(photo)
        box = None
        if region is not None:
            box = box_text(region, facts.width, facts.height)
            region = region_of_box(box, facts.width, facts.height)
        encoded = as_corrected(self._encoder.encode(str(photo.path), region), region)

        def keep(library: Library) -> None:
            with library.transaction():
                if box is None:
                    library.corrections.take_back(content)
                else:
                    size = (facts.width, facts.height)
                    library.corrections.correct(content, box, size, time.time())
                key = self._model.model_key
                library.codes.store_for_content(content, key, encoded, facts)

        self._store.call(keep)
        return encoded

    def _example_of(self, source: PictureSource) -> Example | None:
        return self._searcher.example_of(Path(source)) if isinstance(source, str) else None


def _known(photo: Photo) -> tuple[ContentId, PictureFacts]:
    """What a photo holds.

    Raises:
        UserFacingError: If it was not read yet, or has changed since.
    """
    if photo.content is None or photo.facts is None or not is_unchanged(photo):
        raise UserFacingError(
            "the library does not know this photo as it is now",
            path=photo.path,
            remedy="Connect its drive, or update the library",
        )
    return photo.content, photo.facts
