"""Changing the model: codes of the new one are made while those of the old one serve."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.settings import Settings, edit_settings, load_settings
from ahash_desktop.core.updates import IndexProgress, IndexSummary, ModelChange
from ahash_desktop.services.models import ModelInfo, ModelShelf
from ahash_desktop.services.serving import EncoderFactory, register_model, start_engine
from ahash_desktop.services.updating import Updater
from ahash_desktop.store.library import Library


class ModelSwitch:
    """Changes which model a library uses.

    Codes of both models stay in the library, so that going back costs nothing but the photos
    that came meanwhile.

    Args:
        paths: The library's files.
        shelf: The models there are.
        make_encoder: Makes the new model's encoder; an engine process by default.
        settings: The user's choices as they are followed now; those of the library by default.
    """

    def __init__(
        self,
        paths: LibraryPaths,
        shelf: ModelShelf,
        make_encoder: EncoderFactory | None = None,
        settings: Callable[[], Settings] | None = None,
    ) -> None:
        self._paths = paths
        self._shelf = shelf
        self._make_encoder = make_encoder or start_engine
        self._settings = settings or partial(load_settings, paths.settings)

    def use(
        self, name: str, token: CancelToken, *, at_once: bool = False
    ) -> Iterator[IndexProgress | IndexSummary | ModelChange]:
        """Encodes the library with a model, then puts it into use.

        It is in use only when its codes are there, but for photos that cannot be reached now.
        Until the last record the old model serves, whatever happens. What was encoded before an
        interruption is kept, and the same call again does the rest.

        Args:
            name: The new model.
            token: Cancels or pauses it.
            at_once: Whether to go on whatever the settings say of waiting.

        Yields:
            Progress, the summary of the indexing run, and the change as the last record.

        Raises:
            Cancelled: When the token says so; the change can be taken up again.
            UserFacingError: If the model is refused, another process updates this library, the
                engine cannot be started, the library cannot be written, or not one of its photos
                could be encoded.
        """
        info = self._shelf.get(name)
        self._shelf.verify(name)
        info.check_usable()
        self._note_next(self._kept_name(info))
        with Library.open(self._paths, create=False) as library:
            model = register_model(library, info)
            had_codes = library.codes.has_any()
        begun_at = time.time()
        encoder = self._make_encoder(self._paths, self._settings(), info)
        updater = Updater(self._paths, encoder, model, self._settings)
        n_encoded = 0
        try:
            for record in updater.index(token, at_once=at_once):
                if isinstance(record, IndexSummary):
                    n_encoded = record.encoded + record.reused
                yield record
        finally:
            encoder.close()
        token.raise_if_cancelled()
        with Library.open(self._paths, create=False) as library:
            n_lacking = library.codes.count_lacking(model.model_key)
            if had_codes and not library.codes.count(model.model_key):
                library.work.take_back_problems(begun_at)
                raise UserFacingError(
                    "not one photo could be encoded with this model: the one before stays in use",
                    remedy="Check that the photos can be reached and read, then try again",
                )
        previous = self._switch_to(self._kept_name(info))
        yield ModelChange(model.name, model.model_id, previous, n_encoded, n_lacking)

    def previous(self) -> str:
        """The model that was in use before.

        Raises:
            UserFacingError: If the model was never changed.
        """
        name = load_settings(self._paths.settings).previous_model
        if not name:
            raise UserFacingError(
                "there is no model to go back to", remedy="Choose one of the models"
            )
        return name

    def remove(self, name: str) -> ModelInfo:
        """Deletes a model that the user added, its codes and the names given to its bits.

        Raises:
            UserFacingError: If it is in use, comes with the program, or cannot be deleted.
        """
        info = self._shelf.get(name)
        settings = load_settings(self._paths.settings)
        used = {self._find_id(settings.model), self._find_id(settings.next_model)}
        if info.manifest.model_id in used:
            raise UserFacingError(
                "this model is in use", path=info.folder, remedy="Change to another one first"
            )
        gone = settings.previous_model
        was_previous = self._find_id(gone) == info.manifest.model_id
        self._shelf.remove(name)
        if was_previous:
            edit_settings(
                self._paths.settings,
                lambda now: {"previous_model": ""} if now.previous_model == gone else {},
            )
        if self._paths.database.is_file():
            with Library.open(self._paths) as library:
                library.models.remove(info.manifest.model_id)
        return info

    def rename(self, old: str, new: str) -> ModelInfo:
        """Gives a model that the user added another name; its codes stay, in use or not.

        Raises:
            UserFacingError: If it comes with the program, or the name is taken or cannot be one.
        """
        before = self._shelf.get(old)
        if before.is_shipped:
            raise UserFacingError(
                "a model that comes with the program keeps its name",
                path=before.folder,
                remedy="Duplicate it under another name",
            )
        named = {before.manifest.name, before.folder.name}
        info = self._shelf.add_copy(before.folder, new)

        def change(settings: Settings) -> dict[str, str]:
            used = {
                "model": settings.model,
                "previous_model": settings.previous_model,
                "next_model": settings.next_model,
            }
            return {key: new for key, value in used.items() if value in named}

        edit_settings(self._paths.settings, change)
        self._shelf.remove(str(before.folder))
        return info

    def _switch_to(self, name: str) -> str:
        """Puts a model into use: one file is replaced, so that it happens whole or not at all."""

        def change(settings: Settings) -> dict[str, str]:
            previous = settings.previous_model if settings.model == name else settings.model
            return {"model": name, "previous_model": previous, "next_model": ""}

        return edit_settings(self._paths.settings, change).previous_model

    def _note_next(self, name: str) -> None:
        edit_settings(
            self._paths.settings,
            lambda settings: {"next_model": "" if name == settings.model else name},
        )

    def _kept_name(self, info: ModelInfo) -> str:
        """The name under which the shelf finds this bundle again.

        Raises:
            UserFacingError: If it lies outside the shelf.
        """
        for known in self._shelf.all():
            if known.manifest.model_id == info.manifest.model_id:
                return known.manifest.name
        raise UserFacingError(
            "this model is not in the library",
            path=info.folder,
            remedy="Import it first",
        )

    def _find_id(self, name: str) -> str:
        """The model id of a name; the name itself if there is no such bundle."""
        for info in self._shelf.all():
            if name in {info.manifest.name, info.manifest.model_id, info.folder.name}:
                return info.manifest.model_id
        return name
