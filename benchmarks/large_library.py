"""A large library of made-up photos whose files are there, and an encoder that costs nothing.

Each file holds its number alone, so that no content is there twice. Codes come in families of 200,
as those of photos of a kind do: a centre, and noise that turns about one bit in nine.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import LibraryPaths, shipped_models_folder
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    EncodeOutcome,
    PictureFacts,
    ScannedFile,
    WorkItem,
)
from ahash_desktop.core.settings import Settings, change_settings
from ahash_desktop.imaging.content import content_id
from ahash_desktop.services.models import ModelInfo, ModelShelf
from ahash_desktop.services.scanning import RootScan, ScanTotals
from ahash_desktop.services.serving import register_model
from ahash_desktop.services.thumbnails import open_thumbnails
from ahash_desktop.store.library import Library

PER_FOLDER = 1_000
FAMILY = 200
DAYS = 25 * 365
THUMBNAIL_EVERY = 500
MODELS = {64: "starter-64", 128: "birds-and-cars-128"}
"""A model that comes with the program for each number of bits; nothing of it is loaded."""

_N_NOISES = 8_192
_NOISE = 0.82
_AT_ONCE = 2_048
_COMMIT_AFTER = 20_000
_FIRST_DAY = datetime(2001, 1, 1, 8, tzinfo=UTC)


class FreeEncoder:
    """A `core.ports.Encoder` that makes codes out of the numbers in names, and opens no file.

    Args:
        model_id: What the model calls itself; codes differ from model to model.
        n_bits: Bits a code has.
    """

    capacity = _AT_ONCE
    note = ""

    def __init__(self, model_id: str, n_bits: int) -> None:
        self.model_id = model_id
        self.n_bits = n_bits
        self._waiting: deque[WorkItem] = deque()

    @property
    def n_in_flight(self) -> int:
        """Files submitted and not collected yet."""
        return len(self._waiting)

    def warm_up(self) -> None:
        """Does nothing: there is nothing to load."""

    def submit(self, item: WorkItem) -> None:
        """Takes a file."""
        self._waiting.append(item)

    def collect(self, timeout_s: float) -> list[EncodeOutcome]:
        """Outcomes of some files, in the order in which they came."""
        del timeout_s
        items = [self._waiting.popleft() for _ in range(min(len(self._waiting), 256))]
        return encode(items, self.model_id, self.n_bits)

    def abandon(self) -> None:
        """Forgets all files under way."""
        self._waiting.clear()

    def close(self) -> None:
        """Does nothing: nothing runs."""


def encode(items: Sequence[WorkItem], model_id: str, n_bits: int) -> list[EncodeOutcome]:
    """What an engine would say of some files."""
    if not items:
        return []
    numbers = [int(item.path.stem.rpartition("_")[2]) for item in items]
    activations = make_activations(np.array(numbers), model_id, n_bits)
    codes = pack_activations(activations)
    return [
        EncodeOutcome(
            item.photo_id,
            EncodedPicture(codes[row], activations[row]),
            PictureFacts(6000, 4000, "JPEG", _taken_at(number), f"Camera {number % 12}"),
            content_of(number),
        )
        for row, (item, number) in enumerate(zip(items, numbers, strict=True))
    ]


def make_activations(numbers: NDArray[np.int64], model_id: str, n_bits: int) -> NDArray[np.float16]:
    """Activations of photos by their numbers, float16 (n, n_bits); always the same."""
    noises = _noises(n_bits)
    families, members = np.divmod(numbers, FAMILY)
    unique, rows = np.unique(families, return_inverse=True)
    seed = int(model_id[:8], 16)
    centres = np.stack(
        [
            np.where(np.random.default_rng((seed, family)).random(n_bits) < 0.5, 1.0, -1.0)
            for family in unique.tolist()
        ]
    )
    values = centres[rows] + noises[(members + 37 * families) % _N_NOISES]
    activations: NDArray[np.float16] = np.tanh(values).astype(np.float16)
    return activations


@cache
def _noises(n_bits: int) -> NDArray[np.float32]:
    noises = np.random.default_rng(0).standard_normal((_N_NOISES, n_bits), dtype=np.float32)
    return noises * np.float32(_NOISE)


def content_of(number: int) -> ContentId:
    """What the program calls the content of a file."""
    return content_id(number.to_bytes(8, "big"))


def _taken_at(number: int) -> str:
    """A family was photographed on one day, a photo each minute."""
    family, member = divmod(number, FAMILY)
    day = timedelta(days=family * 7919 % DAYS, minutes=member)
    return f"{_FIRST_DAY + day:%Y-%m-%dT%H:%M:%S}"


def make_files(folder: Path, n_photos: int) -> None:
    """Writes the files that are not there yet, a thousand in each folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, n_photos, PER_FOLDER):
        whole = folder / f"{start // PER_FOLDER:05}"
        if whole.exists():
            continue
        part = folder / f".{whole.name}.part"
        part.mkdir(exist_ok=True)
        for number in range(start, min(start + PER_FOLDER, n_photos)):
            (part / f"IMG_{number:08}.jpg").write_bytes(number.to_bytes(8, "big"))
        part.rename(whole)


def find_model(paths: LibraryPaths, n_bits: int) -> ModelInfo:
    """The model that stands for codes of so many bits."""
    return ModelShelf(shipped_models_folder(), paths.models).get(MODELS[n_bits])


def choose_model(paths: LibraryPaths, info: ModelInfo) -> None:
    """Has a library use a model, and makes it if it is not there."""
    with Library.open(paths) as library:
        register_model(library, info)
    change_settings(paths.settings, model=info.manifest.name)


def scan_all(paths: LibraryPaths, photos: Path) -> None:
    """Records all files, as the first half of an update does."""
    with Library.open(paths) as library:
        root = library.roots.add(photos, 0.0)
        for _ in RootScan(library, root, lambda: 1.0).run(CancelToken(), ScanTotals()):
            pass


def encode_all(paths: LibraryPaths, info: ModelInfo) -> None:
    """Keeps codes of all photos that have none, as an update does but in larger transactions."""
    thumbnails = open_thumbnails(paths, Settings())
    with Library.open(paths) as library:
        model = register_model(library, info)
        root_ids = [root.root_id for root in library.roots.all()]
        ids = iter(library.work.waiting_ids(model.model_key, root_ids))
        while block := list(islice(ids, _COMMIT_AFTER)):
            with library.transaction():
                for start in range(0, len(block), _AT_ONCE):
                    items = library.work.items(block[start : start + _AT_ONCE])
                    for outcome in encode(items, model.model_id, model.n_bits):
                        library.work.finish(outcome, model.model_key, 2.0)
            for photo_id in block[::THUMBNAIL_EVERY]:
                key = library.photos.content_keys([photo_id])[photo_id]
                thumbnails.save(key, _picture(photo_id))


def record_rows(paths: LibraryPaths, n_photos: int) -> None:
    """Records photos of which no file is there and none has a code."""
    with Library.open(paths) as library:
        root = library.roots.add(paths.folder / "nowhere", 0.0)
        n_known = library.photos.counts().total
        for start in range(n_known, n_photos, _COMMIT_AFTER):
            files = [
                ScannedFile(f"{n // PER_FOLDER:05}/IMG_{n:08}.jpg", 8, (1_600_000_000 + n) * 10**9)
                for n in range(start, min(start + _COMMIT_AFTER, n_photos))
            ]
            library.work.record_scanned(root.root_id, files, 1.0)


def _picture(seed: int) -> NDArray[np.uint8]:
    """A picture of about as many bytes as thumbnails of photos have: uint8 (341, 512, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (43, 64, 3), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, 8, axis=0), 8, axis=1)[:341]
