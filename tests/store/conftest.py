"""A library with one folder and one model, and short ways to put photos into it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.corrections import as_corrected, region_of_box
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    EncodeOutcome,
    ModelRecord,
    PictureFacts,
    Problem,
    ProblemKind,
    Root,
    ScannedFile,
)
from ahash_desktop.store.library import Library

N_BITS = 12

Encoded = Callable[[int], EncodedPicture]


@pytest.fixture
def paths(tmp_path: Path) -> LibraryPaths:
    return LibraryPaths(tmp_path / "library")


@pytest.fixture
def library(paths: LibraryPaths) -> Iterator[Library]:
    with Library.open(paths) as opened:
        yield opened


@pytest.fixture
def root(library: Library, tmp_path: Path) -> Root:
    return library.roots.add(tmp_path / "photos", 10.0)


@pytest.fixture
def model(library: Library) -> ModelRecord:
    return library.models.register("model-a", "A", N_BITS, "{}", 10.0)


def encoding(seed: int) -> EncodedPicture:
    """A code that depends on a seed only."""
    values = np.random.default_rng(seed).uniform(-1, 1, N_BITS).astype(np.float16)
    return EncodedPicture(pack_activations(values), values)


@pytest.fixture
def encoded() -> Encoded:
    """Makes codes that depend on a seed only."""
    return encoding


class Filler:
    """Puts photos into one folder of a library."""

    def __init__(self, library: Library, root: Root, model: ModelRecord, encoded: Encoded) -> None:
        self._library = library
        self._root = root
        self._model = model
        self._encoded = encoded

    def scan(self, name: str, *, size: int = 100, mtime_ns: int = 1_000_000_000) -> int:
        """Records a file as found; its photo id."""
        file = ScannedFile(name, size, mtime_ns)
        self._library.work.record_scanned(self._root.root_id, [file], 20.0)
        return self._library.work.fingerprints(self._root.root_id)[name][-1]

    def index(self, name: str, *, seed: int = 0, taken_at: str | None = None) -> int:
        """Records a file as found and encoded; its photo id."""
        photo_id = self.scan(name)
        self.encode(photo_id, seed, taken_at=taken_at)
        return photo_id

    def encode(
        self,
        photo_id: int,
        seed: int,
        *,
        model: ModelRecord | None = None,
        taken_at: str | None = None,
    ) -> None:
        """Records a photo's code; the same seed stands for the same content."""
        content = ContentId(seed.to_bytes(16, "big"), (seed + 1).to_bytes(16, "big"))
        facts = PictureFacts(640, 480, "JPEG", taken_at, "Camera X", 6)
        outcome = EncodeOutcome(photo_id, self._encoded(seed), facts, content)
        with self._library.transaction():
            self._library.work.finish(outcome, (model or self._model).model_key, 30.0)

    def correct(self, photo_id: int, box: str) -> None:
        """Records where a person says that the subject of a photo is, and a code of that."""
        photo = self._library.photos.get(photo_id)
        assert photo.content is not None
        assert photo.facts is not None
        size = (photo.facts.width, photo.facts.height)
        encoded = as_corrected(self._encoded(99), region_of_box(box, *size))
        key = self._model.model_key
        with self._library.transaction():
            self._library.corrections.correct(photo.content, box, size, 50.0)
            self._library.codes.store_for_content(photo.content, key, encoded, photo.facts)

    def fail(self, photo_id: int, reason: str = "it is broken") -> None:
        """Records that a photo could not be read."""
        outcome = EncodeOutcome(photo_id, problem=Problem(ProblemKind.BROKEN, reason))
        with self._library.transaction():
            self._library.work.finish(outcome, self._model.model_key, 40.0)


@pytest.fixture
def fill(library: Library, root: Root, model: ModelRecord, encoded: Encoded) -> Filler:
    return Filler(library, root, model, encoded)
