"""The codes of one model in memory, kept like those of the library."""

import threading

import numpy as np

from ahash_desktop.core.records import ModelRecord
from ahash_desktop.search.gallery import HASHED_FROM, Gallery
from ahash_desktop.search.living import LivingCodes
from ahash_desktop.services.saved_codes import SavedCodes
from ahash_desktop.store.codes import NOTHING_SEEN, CodeChanges
from ahash_desktop.store.library import Library


class CodesInMemory:
    """Reads all codes once, then what has changed; one thread uses it.

    Args:
        model: Whose codes.
    """

    def __init__(self, model: ModelRecord) -> None:
        self._model = model
        self._codes: LivingCodes | None = None
        self._read: tuple[Library, int] | None = None
        self._newest = NOTHING_SEEN
        self._n_unreadable = 0
        self._sorted: Gallery | None = None
        self._saved: Gallery | None = None

    def current(self, library: Library) -> tuple[LivingCodes, bool]:
        """The codes as the library has them now, and whether anything was read for that."""
        version = library.data_version()
        if self._codes is not None and self._read == (library, version):
            return self._codes, False
        if self._read is not None and self._read[0] is not library:
            self._codes = None
        key, n_bits = self._model.model_key, self._model.n_bits
        saved = SavedCodes(library.paths.codes, self._model)
        if self._codes is None:
            self._begin(saved, library)
        since = self._newest
        changes = library.codes.changes(key, n_bits, since)
        if self._codes is None:
            self._codes = LivingCodes(changes.block)
            self._n_unreadable = changes.n_codes - self._codes.size
        else:
            self._codes.store(changes.block)
            self._drop_gone(library, self._codes, changes)
        self._newest = max(since, changes.newest)
        self._codes.hide(changes.hidden)
        self._read = (library, version)
        self._sort_in_background(self._codes, saved)
        return self._codes, True

    def _drop_gone(self, library: Library, codes: LivingCodes, changes: CodeChanges) -> None:
        if changes.n_codes - codes.size == self._n_unreadable:
            return
        ids = codes.ids()
        codes.remove(ids[~np.isin(ids, library.codes.ids(self._model.model_key))])
        self._n_unreadable = changes.n_codes - codes.size

    def _begin(self, saved: SavedCodes, library: Library) -> None:
        """Begins with what was saved, if the library has all of it in its past."""
        self._newest, self._n_unreadable = NOTHING_SEEN, 0
        found = saved.find()
        if found is not None and library.codes.has_version(self._model.model_key, found.newest):
            self._codes = LivingCodes(found.block, found.part)
            self._newest, self._saved = found.newest, found.part.gallery

    def _sort_in_background(self, codes: LivingCodes, saved: SavedCodes) -> None:
        """Makes the tables of a new base and saves both; searches look at all codes till then."""
        gallery, base, newest = codes.base_part.gallery, codes.base, self._newest
        if gallery is self._sorted or gallery.size < HASHED_FROM:
            return
        self._sorted = gallery
        must_save = base is not None and gallery is not self._saved

        def sort() -> None:
            gallery.make_tables()
            if must_save and base is not None:
                saved.save(base, gallery, newest)

        threading.Thread(target=sort, name="sorts codes", daemon=True).start()
