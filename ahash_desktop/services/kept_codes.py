"""A library whose model is no longer here is shown and searched by the codes that it has."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.ports import Encoder, PictureSource
from ahash_desktop.core.records import (
    EncodedPicture,
    EncodeOutcome,
    Evidence,
    ModelRecord,
    Photo,
    Region,
    WorkItem,
)
from ahash_desktop.hashing.manifest import BundleManifest, ManifestError, parse_manifest
from ahash_desktop.services.models import ModelShelf
from ahash_desktop.store.library import Library

_N_TRIED = 32
_COLLECT_S = 0.2


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A model that is gone, as the library remembers it; None where it does not say more."""

    record: ModelRecord
    manifest: BundleManifest | None


class KeptCodes:
    """In the place of the encoder of a model that is gone: what needs that model is refused.

    Args:
        model: The model.
        successor: The name of the one to change to.
        make_encoder: Makes the successor's encoder, which decodes pictures to look at; called when
            the first is wanted.
    """

    def __init__(
        self, model: ModelRecord, successor: str, make_encoder: Callable[[], Encoder]
    ) -> None:
        self._model = model
        self.successor = successor
        self._make_encoder = make_encoder
        self._encoder: Encoder | None = None

    @property
    def model_id(self) -> str:
        """Which model made the codes."""
        return self._model.model_id

    @property
    def n_bits(self) -> int:
        """Bits a code has."""
        return self._model.n_bits

    @property
    def capacity(self) -> int:
        """How many submitted files may be under way at once: enough to be refused."""
        return 1

    @property
    def n_in_flight(self) -> int:
        """Files submitted and not collected yet."""
        return 0

    @property
    def note(self) -> str:
        """Nothing runs."""
        return ""

    def warm_up(self) -> None:
        """Does nothing: there is nothing to load."""

    def submit(self, item: WorkItem) -> None:
        """Refuses.

        Raises:
            UserFacingError: Always.
        """
        del item
        self._refuse()

    def collect(self, timeout_s: float) -> list[EncodeOutcome]:
        """Nothing."""
        del timeout_s
        return []

    def abandon(self) -> None:
        """Does nothing: nothing is under way."""

    def encode(self, source: PictureSource, region: Region | None = None) -> EncodedPicture:
        """Refuses.

        Raises:
            UserFacingError: Always.
        """
        del source, region
        self._refuse()

    def explain(
        self, source: PictureSource, bits: Sequence[int], region: Region | None = None
    ) -> Evidence:
        """Refuses.

        Raises:
            UserFacingError: Always.
        """
        del source, bits, region
        self._refuse()

    def show(self, source: PictureSource, target_px: int) -> NDArray[np.uint8]:
        """One picture to look at, see `Encoder.show`.

        Raises:
            UserFacingError: If the picture cannot be read.
        """
        return self._successor_encoder().show(source, target_px)

    def estimate_s(self, photos: Sequence[Photo], n_photos: int, token: CancelToken) -> float:
        """How long the successor would need for a library, from trying some photos of it.

        Args:
            photos: Some photos.
            n_photos: How many there are in all.
            token: Cancels it.

        Raises:
            Cancelled: When the token says so.
            UserFacingError: If the successor cannot be started.
        """
        encoder = self._successor_encoder()
        encoder.warm_up()
        tried = [
            WorkItem(photo.photo_id, photo.root_id, photo.path, photo.size_bytes, photo.mtime_ns)
            for photo in photos[: min(_N_TRIED, encoder.capacity)]
        ]
        if not tried:
            return 0.0
        started = time.perf_counter()
        for item in tried:
            encoder.submit(item)
        while encoder.n_in_flight:
            if token.is_cancelled:
                encoder.abandon()
            token.raise_if_cancelled()
            encoder.collect(_COLLECT_S)
        return (time.perf_counter() - started) / len(tried) * n_photos

    def close(self) -> None:
        """Ends what decodes pictures; calling it again does nothing."""
        if self._encoder is not None:
            self._encoder.close()

    def _successor_encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self._make_encoder()
        return self._encoder

    def _refuse(self) -> NoReturn:
        raise UserFacingError(
            f"the model {self._model.name!r} no longer comes with the program, so only photos "
            "that it has seen can be searched",
            remedy=f"Change to another one, such as {self.successor}",
        )


def find_kept(library: Library, shelf: ModelShelf, wanted: str, default: str) -> KeptModel | None:
    """The model to go on with by its codes alone, where the one that made them is gone.

    A library goes on with a model that is here if that has codes of it, or its owner chose it.

    Args:
        library: The library.
        shelf: The models that are here.
        wanted: The name of the model that the settings say.
        default: The name they say where nobody chose one.
    """
    here = {info.manifest.model_id: info for info in shelf.all()}
    names = {info.manifest.name for info in here.values()}
    is_here = wanted in names or wanted in here
    if is_here and wanted != default:
        return None
    counts = {record: library.codes.count(record.model_key) for record in library.models.all()}
    if is_here and any(counts[record] for record in counts if record.model_id in here):
        return None
    gone = [record for record in counts if record.model_id not in here and counts[record]]
    if not gone:
        return None
    named = [record for record in gone if wanted in (record.name, record.model_id)]
    chosen = max(named or gone, key=lambda record: counts[record])
    return KeptModel(chosen, _manifest_of(library, chosen))


def _manifest_of(library: Library, record: ModelRecord) -> BundleManifest | None:
    try:
        return parse_manifest(library.models.manifest(record.model_key).encode())
    except ManifestError:
        return None
