"""Where thumbnails lie, how many there may be, and making lost ones again."""

import logging
from collections.abc import Sequence
from pathlib import Path

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths, typed_path
from ahash_desktop.core.ports import Encoder
from ahash_desktop.core.records import Photo
from ahash_desktop.core.settings import Settings, load_settings
from ahash_desktop.imaging.own_thumbnails import THUMBNAIL_PX
from ahash_desktop.imaging.thumbnails import ThumbnailStore

_log = logging.getLogger(__name__)

_MEGABYTE = 1_000_000


def thumbnails_folder(paths: LibraryPaths, settings: Settings) -> Path:
    """Where the settings want the thumbnails of a library."""
    if settings.thumbnails_folder:
        return _chosen(paths, settings.thumbnails_folder)
    return paths.thumbnails


def open_thumbnails(paths: LibraryPaths, settings: Settings) -> ThumbnailStore:
    """The thumbnails of a library."""
    named = [_chosen(paths, place) for place in settings.thumbnails_earlier.split("\n") if place]
    newest = _NewestPlace(paths, thumbnails_folder(paths, settings))
    return ThumbnailStore(newest.at_start, [paths.thumbnails, *named], newest.find)


class _NewestPlace:
    """Where another program has moved the thumbnails by now, while this one is open."""

    def __init__(self, paths: LibraryPaths, at_start: Path) -> None:
        self.at_start = at_start
        self._paths = paths
        self._known: tuple[int, Path] = (0, at_start)

    def find(self) -> Path:
        """The place the settings name; they are read again only if they have changed."""
        try:
            changed_ns = self._paths.settings.stat().st_mtime_ns
        except OSError:
            return self.at_start
        if changed_ns != self._known[0]:
            settings = load_settings(self._paths.settings)
            self._known = changed_ns, thumbnails_folder(self._paths, settings)
        return self._known[1]


def _chosen(paths: LibraryPaths, folder: str) -> Path:
    """A folder that the settings name, wherever the program was started."""
    return paths.folder / typed_path(folder)


def tidy_thumbnails(paths: LibraryPaths, settings: Settings, token: CancelToken) -> None:
    """Moves thumbnails to their new place and keeps to the limit; trouble is noted only.

    Args:
        paths: The library.
        settings: Their place and limit.
        token: Cancels between files.

    Raises:
        Cancelled: If the token asks for it.
    """
    thumbnails = open_thumbnails(paths, settings)
    try:
        for _ in thumbnails.move_in():
            token.raise_if_cancelled()
        if settings.thumbnails_max_mb:
            thumbnails.trim(settings.thumbnails_max_mb * _MEGABYTE)
    except OSError as error:
        _log.warning("thumbnails could not be tidied: %s", error)


def remake_thumbnails(
    photos: Sequence[Photo], encoder: Encoder, thumbnails: ThumbnailStore, token: CancelToken
) -> list[int]:
    """Makes lost thumbnails again from photos that are still as they were.

    Args:
        photos: Those that lack one.
        encoder: Decodes them.
        thumbnails: Where they are kept.
        token: Cancels between photos.

    Returns:
        Ids of the photos that have one now.

    Raises:
        Cancelled: If the token asks for it.
    """
    made = []
    for photo in photos:
        token.raise_if_cancelled()
        try:
            status = photo.path.stat()
            if photo.content is None or status.st_mtime_ns != photo.mtime_ns:
                continue
            pixels = encoder.show(str(photo.path), THUMBNAIL_PX)
            thumbnails.save(photo.content.key, pixels)
        except (OSError, UserFacingError) as error:
            _log.info("no thumbnail of %s: %s", photo.path, error)
        else:
            made.append(photo.photo_id)
    return made
