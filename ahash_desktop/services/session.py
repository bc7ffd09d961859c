"""An open library with everything that works on it; what the window and the CLI hold on to."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import (
    LibraryPaths,
    shipped_models_folder,
)
from ahash_desktop.core.ports import Encoder, PictureSource
from ahash_desktop.core.records import EncodedPicture, Evidence, ModelRecord, Region
from ahash_desktop.core.settings import (
    Settings,
    save_settings,
    settings_in_effect,
)
from ahash_desktop.core.statements import Statement
from ahash_desktop.services.bits import BitNames
from ahash_desktop.services.browsing import Browser
from ahash_desktop.services.caring import open_whole
from ahash_desktop.services.kept_codes import KeptCodes, find_kept
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.services.searching import Searcher
from ahash_desktop.services.serving import (
    EncoderFactory,
    Serving,
    register_model,
    start_engine,
    with_own_model,
)
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.services.thumbnails import (
    open_thumbnails,
    remake_thumbnails,
)
from ahash_desktop.services.updating import Updater
from ahash_desktop.services.words import PhotoWords
from ahash_desktop.store.backups import Backups
from ahash_desktop.store.library import Library
from ahash_desktop.store.standing import put_back

if TYPE_CHECKING:
    from ahash_desktop.services.mapping import LibraryMap
    from ahash_desktop.services.sidecars import Sidecars
    from ahash_desktop.services.subjects import Subjects
    from ahash_desktop.services.teaching.labels import Labels
    from ahash_desktop.services.teaching.lessons import Lessons
    from ahash_desktop.services.watching.watcher import Watcher


@dataclass(slots=True)
class LibrarySession:
    """An open library; opening it loads no torch and starts no process.

    `settings` are those it was opened with. `browser`, `searcher`, `updater` and `bits` may be used
    from any thread; all but the first are others once another model is in use. `notices` is what
    the user should know of the library from the start. `make_encoder` makes encoders, engine
    processes by default. One that `is_read_only` lies where nothing can be written.
    """

    paths: LibraryPaths
    settings: Settings
    shelf: ModelShelf
    browser: Browser
    serving: Serving
    _stores: tuple[StoreThread, StoreThread]
    notices: tuple[UserFacingError, ...] = ()
    make_encoder: EncoderFactory | None = None
    is_read_only: bool = False

    @classmethod
    def open(
        cls,
        paths: LibraryPaths,
        settings: Settings,
        make_encoder: EncoderFactory | None = None,
    ) -> LibrarySession:
        """Opens a library, making it if it is not there.

        Args:
            paths: The library's files.
            settings: The user's choices.
            make_encoder: Makes the encoder; the engine process by default.

        Raises:
            UserFacingError: If the library or the chosen model cannot be opened.
        """
        shelf = ModelShelf(shipped_models_folder(), paths.models)
        notices = open_whole(paths)
        settings = with_own_model(paths, settings, shelf)
        make = make_encoder or start_engine
        encoder: Encoder
        with Library.open(paths) as library:
            kept = find_kept(library, shelf, settings.model, Settings().model)
            if kept is not None:
                model, manifest = kept.record, kept.manifest
                successor = shelf.get(Settings().model)
                encoder = KeptCodes(
                    model, successor.manifest.name, lambda: make(paths, settings, successor)
                )
            else:
                info = shelf.get(settings.model)
                model, manifest = register_model(library, info), info.manifest
                encoder = make(paths, settings, info)
            is_read_only = library.is_read_only
        if is_read_only:
            notices += (_read_only_notice(paths),)
        stores = StoreThread(paths, "browse"), StoreThread(paths, "rank")
        return cls(
            paths=paths,
            settings=settings,
            shelf=shelf,
            browser=Browser(stores[0], open_thumbnails(paths, settings)),
            serving=Serving.with_model(
                paths,
                stores,
                encoder,
                model,
                () if manifest is None else manifest.bit_names,
                partial(settings_in_effect, paths.settings, settings),
                manifest,
            ),
            _stores=stores,
            notices=notices,
            make_encoder=make_encoder,
            is_read_only=is_read_only,
        )

    @property
    def model(self) -> ModelRecord:
        """The model in use."""
        return self.serving.model

    @property
    def encoder(self) -> Encoder:
        """Makes the codes of the model in use."""
        return self.serving.encoder

    @property
    def kept(self) -> KeptCodes | None:
        """What serves where the model in use is gone and only its codes are left; None if not."""
        return self.encoder if isinstance(self.encoder, KeptCodes) else None

    @property
    def can_update(self) -> bool:
        """Whether photos can be read into the library now."""
        return not self.is_read_only and self.kept is None

    @property
    def searcher(self) -> Searcher:
        """Ranks the photos."""
        return self.serving.searcher

    @property
    def updater(self) -> Updater:
        """Brings the library up to date."""
        return self.serving.updater

    @property
    def bits(self) -> BitNames:
        """What the bits are called and do."""
        return self.serving.bits

    @property
    def words(self) -> PhotoWords:
        """Answers words with photos."""
        return self.serving.words

    def use(self, name: str) -> None:
        """Has another model answer from now on; whatever still waits for the old engine fails.

        Which model the next start uses is for the settings to say. No update may be under way.

        Raises:
            UserFacingError: If there is no such model, or the library cannot be written.
        """
        info = self.shelf.get(name)
        if info.manifest.model_id == self.model.model_id:
            return
        with Library.open(self.paths, create=False) as library:
            model = register_model(library, info)
        encoder = (self.make_encoder or start_engine)(self.paths, self.settings_now(), info)
        before = self.serving
        names = info.manifest.bit_names
        self.serving = Serving.with_model(
            self.paths, self._stores, encoder, model, names, self.settings_now, info.manifest
        )
        before.encoder.close()

    def correct_subject(self, photo_id: int, region: Region | None) -> EncodedPicture:
        """Keeps where a person says that the subject of a photo is, see `Subjects.correct`.

        Raises:
            UserFacingError: If the photo cannot be read, or the library not be written.
        """
        return self.subjects.correct(photo_id, region)

    def statements_of(
        self, source: PictureSource, region: Region | None = None
    ) -> tuple[Statement, ...]:
        """What may be said of a picture in words; the engine looks at it if need be.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        if not self.bits.meanings:
            return ()
        return self.bits.statements(self.subjects.look(source, region))

    def settings_now(self) -> Settings:
        """The user's choices as they are followed: read anew but for what needs a new start."""
        return settings_in_effect(self.paths.settings, self.settings)

    @property
    def library_map(self) -> LibraryMap:
        """The library laid out in the plane by the model in use."""
        from ahash_desktop.services.mapping import LibraryMap

        serving = self.serving
        return LibraryMap(self.paths, serving.searcher, serving.model, self.settings.threads or 2)

    @property
    def labels(self) -> Labels:
        """What people say that photos show."""
        from ahash_desktop.services.teaching.labels import Labels

        return Labels(self._stores[0])

    @property
    def lessons(self) -> Lessons:
        """What the user has taught, and is about to."""
        from ahash_desktop.services.teaching.lessons import Lessons  # few ask for them

        return Lessons(self.paths, self.shelf)

    @property
    def sidecars(self) -> Sidecars:
        """Rating and keywords for other programs, written beside the photos on request."""
        from ahash_desktop.services.sidecars import Sidecars

        return Sidecars(self.browser, self.searcher, self.bits, self.statements_of)

    @property
    def subjects(self) -> Subjects:
        """What photos are of, by the model in use and by what people say."""
        from ahash_desktop.services.subjects import Subjects

        serving = self.serving
        return Subjects(
            self._stores[0],
            serving.searcher,
            serving.encoder,
            serving.model,
            tells=bool(serving.bits.meanings),
        )

    def remake_thumbnails(self, photo_ids: Sequence[int], token: CancelToken) -> list[int]:
        """Makes lost thumbnails again; ids of the photos that have one now.

        Raises:
            Cancelled: If the token asks for it.
        """
        thumbnails = open_thumbnails(self.paths, self.settings)
        return remake_thumbnails(self.browser.photos(photo_ids), self.encoder, thumbnails, token)

    def explain(
        self, source: PictureSource, bits: Sequence[int], region: Region | None = None
    ) -> Evidence:
        """Evidence maps of some bits over a picture, or the part that its code is of.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        part = self.subjects.part_of(source) if region is None else region
        return self.encoder.explain(source, bits, part)

    def show(self, source: PictureSource, target_px: int) -> NDArray[np.uint8]:
        """A picture to look at, uint8 (height, width, 3), see `Encoder.show`.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        return self.encoder.show(source, target_px)

    def picture_size(self, path: Path) -> tuple[int, int]:
        """Width and height of an upright picture in pixels.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        from ahash_desktop.imaging.decode import DecodeError, decode

        photo = self.browser.find_photo(path.absolute())
        if photo is not None and photo.facts is not None:
            return photo.facts.width, photo.facts.height
        try:
            facts = decode(str(path)).facts
        except DecodeError as error:
            raise UserFacingError(
                f"cannot read this picture ({error.problem.reason})",
                path=path,
                remedy="Choose another picture",
            ) from error
        return facts.width, facts.height

    def watcher(self) -> Watcher:
        """What follows the library's folders, made for one run."""
        from ahash_desktop.services.watching.watcher import WatchedLibrary, Watcher

        return Watcher(WatchedLibrary(self.browser.roots, self.settings_now, self.browser.retry))

    def put_back(self, settings: Settings) -> None:
        """Puts the library back that was deleted, as it was when it was last seen.

        Args:
            settings: The user's choices, for they may be gone too.

        Thumbnails, maps and copies that went with it are made again when they are needed. No job
        may be using the library.

        Raises:
            LibraryLostError: If there is another one in its place by now.
            UserFacingError: If it is no longer to be had, or cannot be written.
        """
        with put_back(self.paths) as aside:
            if not any(store.save_copy(aside) for store in self._stores):
                self._copy_newest_backup(aside)
            for store in self._stores:
                store.let_go()
        for part in (*self._stores, self.updater):
            part.renew()
        if not self.paths.settings.exists():
            save_settings(self.paths.settings, settings)

    def _copy_newest_backup(self, target: Path) -> None:
        newest = Backups(self.paths).find_newest()
        if newest is None:
            raise UserFacingError(
                "nothing of the library is left, and there is no copy of it",
                path=self.paths.folder,
                remedy="The photos are safe. Start the program again and add their folders",
            )
        shutil.copyfile(newest, target)

    def close(self) -> None:
        """Ends the engine and closes the library."""
        self.encoder.close()
        for store in self._stores:
            store.close()


def _read_only_notice(paths: LibraryPaths) -> UserFacingError:
    return UserFacingError(
        "this library lies where nothing can be written: it can be looked at and searched, and "
        "nothing in it changes",
        path=paths.folder,
        remedy="Allow writing to its folder to bring it up to date",
    )
