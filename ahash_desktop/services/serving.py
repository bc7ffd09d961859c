"""A model in use: its engine, and all that answers with it."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ahash_desktop.core.closeness import read_calibration
from ahash_desktop.core.errors import ShortageError
from ahash_desktop.core.paths import (
    LibraryPaths,
    log_folder,
    machine_cache_folder,
)
from ahash_desktop.core.ports import Encoder
from ahash_desktop.core.records import ModelRecord
from ahash_desktop.core.settings import (
    Settings,
    change_settings,
)
from ahash_desktop.engine.client import EngineProcess
from ahash_desktop.engine.messages import EngineConfig
from ahash_desktop.hashing.manifest import BundleManifest, format_manifest
from ahash_desktop.services.bits import BitNames
from ahash_desktop.services.machine import decode_bytes_of, largest_engine_bytes
from ahash_desktop.services.models import ModelInfo, ModelShelf, meanings_of
from ahash_desktop.services.searching import Searcher
from ahash_desktop.services.storethread import StoreThread
from ahash_desktop.services.thumbnails import (
    thumbnails_folder,
)
from ahash_desktop.services.updating import Updater
from ahash_desktop.services.words import PhotoWords
from ahash_desktop.store.library import Library

_log = logging.getLogger(__name__)

_NO_KEY = 0


EncoderFactory = Callable[[LibraryPaths, Settings, ModelInfo], Encoder]


@dataclass(frozen=True, slots=True)
class Serving:
    """A model in use, and all that answers with it."""

    model: ModelRecord
    encoder: Encoder
    searcher: Searcher
    updater: Updater
    bits: BitNames
    words: PhotoWords

    @classmethod
    def with_model(
        cls,
        paths: LibraryPaths,
        stores: tuple[StoreThread, StoreThread],
        encoder: Encoder,
        model: ModelRecord,
        bit_names: Sequence[str | None],
        settings: Callable[[], Settings] | None = None,
        manifest: BundleManifest | None = None,
    ) -> "Serving":
        """Puts it together.

        Args:
            paths: The library's files.
            stores: The threads that read the library, for browsing and for ranking.
            encoder: The encoder of the model.
            model: The model's record in the library.
            bit_names: The names that come with the model, one or None a bit.
            settings: The user's choices as they are now, see `Updater`.
            manifest: What the model says of itself beyond that; None says nothing.
        """
        browsing, ranking = stores
        calibration = None if manifest is None else read_calibration(manifest.closeness_curve)
        meanings = () if manifest is None else meanings_of(manifest)
        searcher = Searcher(ranking, encoder, model, calibration)
        names_zh = () if manifest is None else manifest.bit_names_zh
        bits = BitNames(browsing, searcher, model, bit_names, meanings, names_zh)
        return cls(
            model=model,
            encoder=encoder,
            searcher=searcher,
            updater=Updater(paths, encoder, model, settings),
            bits=bits,
            words=PhotoWords(browsing, searcher, bits),
        )


def start_engine(paths: LibraryPaths, settings: Settings, info: ModelInfo) -> EngineProcess:
    """The engine for a library; its process starts with the first picture."""
    max_memory_bytes = settings.max_memory_mb * 1e6 or largest_engine_bytes()
    config = EngineConfig(
        bundle=str(info.folder),
        thumbnails=str(thumbnails_folder(paths, settings)),
        checks=str(machine_cache_folder() / "device_checks.json"),
        log=str(log_folder(paths) / "engine.log"),
        device=settings.device,
        threads=settings.threads,
        max_pixels=settings.max_pixels,
        decode_bytes=decode_bytes_of(max_memory_bytes),
    )
    return EngineProcess(
        config,
        model_id=info.manifest.model_id,
        n_bits=info.manifest.n_bits,
        decode_timeout_s=settings.decode_timeout_s,
        recycle_after=settings.recycle_after,
        max_memory_bytes=max_memory_bytes,
        check=info.check_usable,
    )


def with_own_model(paths: LibraryPaths, settings: Settings, shelf: ModelShelf) -> Settings:
    """The settings, with the model that the library's photos have codes of.

    A newer program may come with another default. A library whose owner never chose a model goes on
    with the one that encoded it, and notes that, instead of standing there without codes.
    """
    if settings.model != Settings().model:
        return settings
    known = {info.manifest.model_id: info.manifest.name for info in shelf.all()}
    with Library.open(paths) as library:
        counts = {
            record.model_id: library.codes.count(record.model_key)
            for record in library.models.all()
            if record.model_id in known
        }
    most = max(counts, key=lambda model_id: counts[model_id], default="")
    if not counts.get(most) or any(
        counts[model_id] and known[model_id] == settings.model for model_id in counts
    ):
        return settings
    _log.info("the library goes on with the model %s", known[most])
    try:
        return change_settings(paths.settings, model=known[most])
    except ShortageError as error:
        _log.warning("this is not kept: %s", error)
        return replace(settings, model=known[most])


def register_model(library: Library, info: ModelInfo) -> ModelRecord:
    """The record of a bundle in the library, made if it is new.

    A library that cannot be written has no codes of a new one, and nothing is made there.
    """
    manifest = info.manifest
    if library.is_read_only:
        unknown = ModelRecord(_NO_KEY, manifest.model_id, manifest.name, manifest.n_bits)
        return library.models.find(manifest.model_id) or unknown
    return library.models.register(
        manifest.model_id,
        manifest.name,
        manifest.n_bits,
        format_manifest(manifest).decode(),
        time.time(),
    )
