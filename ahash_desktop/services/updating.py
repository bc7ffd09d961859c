"""Keeping the library up to date: one writer at a time, each run in the thread that asks."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from filelock import FileLock, Timeout

from ahash_desktop.core.errors import ShortageError, UserFacingError
from ahash_desktop.core.excludes import Excludes
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.ports import Encoder
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.core.settings import Settings, load_settings
from ahash_desktop.core.updates import IndexProgress, IndexSummary
from ahash_desktop.imaging.scan import ScanRules
from ahash_desktop.services.caring import cared_for
from ahash_desktop.services.indexing import Indexer
from ahash_desktop.services.machine import Machine
from ahash_desktop.services.pacing import Pace
from ahash_desktop.services.thumbnails import tidy_thumbnails
from ahash_desktop.services.workqueue import Wishes
from ahash_desktop.store.library import Library
from ahash_desktop.store.standing import Standing

_DAY_S = 86_400.0


class Updater:
    """Indexes the library's folders.

    Attributes:
        wishes: Photos to read before all others; any thread may add some.

    Args:
        paths: The library's files.
        encoder: Makes the codes.
        model: The model in use.
        settings: The user's choices as they are now; those of the library by default. Thumbnails
            lie where these say, so they have to be the ones that the encoder was made with.
    """

    def __init__(
        self,
        paths: LibraryPaths,
        encoder: Encoder,
        model: ModelRecord,
        settings: Callable[[], Settings] | None = None,
    ) -> None:
        self._paths = paths
        self._settings = settings or partial(load_settings, paths.settings)
        self._standing = Standing(paths)
        self._encoder = encoder
        self._model = model
        self.wishes = Wishes()

    def renew(self) -> None:
        """Takes the library that is there now for the right one."""
        self._standing.renew()

    def index(
        self,
        token: CancelToken,
        root_ids: frozenset[int] | None = None,
        *,
        at_once: bool = False,
        newest_first: bool | None = None,
        settle_s: float = 0.0,
    ) -> Iterator[IndexProgress | IndexSummary]:
        """Brings some folders up to date, all of them by default.

        It waits while the settings say so, which are followed as they change.

        Args:
            token: Cancels or pauses it.
            root_ids: Which folders.
            at_once: Whether to go on whatever the settings say of waiting.
            newest_first: Whether the latest photos come first; as the settings say by default.
            settle_s: Leaves files alone that were changed within so many seconds.

        Yields:
            Progress records, then one summary.

        Raises:
            Cancelled: When the token says so.
            LibraryLostError: If the library was deleted or replaced meanwhile.
            UserFacingError: If another process is updating this library, the engine cannot be
                started, or the library cannot be written.
        """
        self._standing.check()
        lock = FileLock(self._paths.writer_lock, mode=0o600)
        try:
            held = lock.acquire(blocking=False)
        except Timeout:
            raise UserFacingError(
                "another Ahash program is updating this library",
                path=self._paths.folder,
                remedy="Wait until it is done, or stop it",
            ) from None
        except OSError as error:
            raise ShortageError(
                f"the library's folder cannot be written ({error.strerror or error})",
                path=self._paths.folder,
                remedy="Free some space and see that the folder may be written",
            ) from error
        with held, Library.open(self._paths) as library:
            roots = [
                root for root in library.roots.all() if root_ids is None or root.root_id in root_ids
            ]
            settings = self._settings()
            pace = Pace(self._settings, Machine())
            indexer = Indexer(
                library,
                self._encoder,
                self._model,
                time.time,
                held=(lambda: None) if at_once else pace.hold,
                wishes=self.wishes,
                newest_first=settings.encode_newest_first if newest_first is None else newest_first,
                rules=ScanRules(
                    Excludes.parse(settings.exclude),
                    time.time() - settle_s if settle_s else None,
                    follows_links=settings.follow_links,
                ),
            )
            with cared_for(self._paths, library):
                for record in indexer.run(roots, token):
                    self._standing.check()
                    yield record
            settings = self._settings()
            library.trash.forget(time.time() - settings.keep_missing_days * _DAY_S)
            tidy_thumbnails(self._paths, settings, token)
