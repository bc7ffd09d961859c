"""What a person sees of the library: its photos, folders, counts and problems."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.filters import FilterChoices, PhotoFilter
from ahash_desktop.core.overview import LibraryOverview
from ahash_desktop.core.paths import is_of_system
from ahash_desktop.core.records import LibraryCounts, MissingEntry, Photo, ProblemEntry, Root
from ahash_desktop.imaging.thumbnails import ThumbnailStore
from ahash_desktop.services.storethread import StoreThread


class Browser:
    """Reads the library and changes what the user decides about it; any thread may call it.

    Args:
        store: The thread that owns the library connection.
        thumbnails: Where thumbnails are kept.
    """

    def __init__(self, store: StoreThread, thumbnails: ThumbnailStore) -> None:
        self._store = store
        self._thumbnails = thumbnails

    def photo_ids(self, *, newest_first: bool = False) -> NDArray[np.int64]:
        """Ids of all photos to show, int64 (n,), by path or newest first."""
        return self._store.call(lambda library: library.photos.ids(newest_first=newest_first))

    def photo_ids_where(self, wanted: PhotoFilter) -> NDArray[np.int64]:
        """Ids of the photos that have what a filter asks, int64 (n,), ascending."""
        return self._store.call(lambda library: library.filtering.ids(wanted))

    def filter_choices(self) -> FilterChoices:
        """What there is to filter by."""
        return self._store.call(lambda library: library.filtering.choices())

    def overview(self) -> LibraryOverview:
        """The ways into the library, with how many photos each leads to."""
        return self._store.call(lambda library: library.overviews.read())

    def photo_times(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The photos to show and when each was taken, see `PhotoTable.times`."""
        return self._store.call(lambda library: library.photos.times())

    def favourites(self) -> frozenset[int]:
        """The photos that are favourites."""
        return self._store.call(lambda library: library.favourites.ids())

    def mark_favourites(self, photo_ids: Sequence[int], *, are_favourites: bool) -> None:
        """Makes photos favourites, with all their copies, or no more."""
        if are_favourites:
            self._store.call(lambda library: library.favourites.add(photo_ids, time.time()))
        else:
            self._store.call(lambda library: library.favourites.remove(photo_ids))

    def folders(self) -> tuple[NDArray[np.int64], list[str]]:
        """The photos to show and the name of each one's folder: int64 (n,), and n names."""
        return self._store.call(lambda library: library.photos.folders())

    def photos(self, photo_ids: Sequence[int]) -> list[Photo]:
        """The photos with these ids, in this order; unknown ids are left out."""
        return self._store.call(lambda library: library.photos.get_many(photo_ids))

    def find_photo(self, path: Path) -> Photo | None:
        """The library's photo at this path, if it has one."""
        return self._store.call(lambda library: library.photos.find_by_path(path))

    def thumbnails(self, photo_ids: Sequence[int]) -> dict[int, bytes]:
        """Thumbnails as JPEG data by photo id; photos without one are left out."""
        keys = self._store.call(lambda library: library.photos.content_keys(photo_ids))
        loaded = {photo_id: self._thumbnails.load(key) for photo_id, key in keys.items()}
        return {photo_id: data for photo_id, data in loaded.items() if data is not None}

    def counts(self) -> LibraryCounts:
        """How many files are in each state."""
        return self._store.call(lambda library: library.photos.counts())

    def problems(self, *, include_ignored: bool = False) -> list[ProblemEntry]:
        """Files that could not be read; those the user ignores only if asked for."""
        return self._store.call(
            lambda library: library.photos.problems(include_ignored=include_ignored)
        )

    def retry(self, photo_ids: Sequence[int]) -> None:
        """Has these files read again with the next indexing run."""
        self._store.call(lambda library: library.work.retry(photo_ids))

    def ignore(self, photo_ids: Sequence[int]) -> None:
        """Leaves these files alone until they change."""
        self._store.call(lambda library: library.work.ignore(photo_ids))

    def photos_away(self) -> frozenset[int]:
        """The photos to show whose folders are offline: their drive is not there."""
        return frozenset(self._store.call(lambda library: library.photos.away()).tolist())

    def missing(self) -> list[MissingEntry]:
        """Photos whose files are gone, those gone longest first."""
        return self._store.call(lambda library: library.photos.missing())

    def keep_missing(self, photo_ids: Sequence[int]) -> None:
        """Keeps missing photos as if they had gone just now."""
        self._store.call(lambda library: library.work.keep_missing(photo_ids, time.time()))

    def forget_missing(self, photo_ids: Sequence[int]) -> None:
        """Takes missing photos out of the library; one that is there again stays."""
        self._store.call(lambda library: library.work.forget_missing(photo_ids))

    def note_trashed(self, photo_ids: Sequence[int]) -> None:
        """Hides photos whose files were moved to the trash, without counting them as missing."""
        self._store.call(lambda library: library.trash.take_away(photo_ids, time.time()))

    def note_put_back(self, photo_ids: Sequence[int]) -> None:
        """Shows photos again whose files were put back from the trash."""
        self._store.call(lambda library: library.trash.put_back(photo_ids))

    def roots(self) -> list[Root]:
        """The folders the library keeps up with."""
        return self._store.call(lambda library: library.roots.all())

    def add_root(self, folder: Path) -> Root:
        """Adds a folder; one that is covered already gives the folder that covers it.

        Raises:
            UserFacingError: If there is no such folder, or it is the whole system.
        """
        if not folder.is_dir():
            raise UserFacingError(
                "there is no such folder", path=folder, remedy="Choose an existing folder"
            )
        if is_of_system(folder):
            raise UserFacingError(
                "this folder holds the whole system, whose files are not photos of yours",
                path=folder,
                remedy="Choose the folders that your photos lie in",
            )
        return self._store.call(lambda library: library.roots.add(folder, time.time()))

    def remove_root(self, root_id: int) -> None:
        """Forgets a folder and what is known of its photos; the files stay untouched."""
        self._store.call(lambda library: library.roots.remove(root_id))

    def undo_move(self, root_id: int) -> Root:
        """Puts a folder back to where it was before it was found elsewhere.

        Raises:
            UserFacingError: If it was not, or its old place is taken.
        """
        return self._store.call(lambda library: library.roots.undo_move(root_id))
