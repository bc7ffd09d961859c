"""Makes the database of schema version 1 that later versions must still open.

    python -m tests.store.make_v1_database

It has been run once; a later schema gets a script and a file of its own.
"""

import tempfile
from pathlib import Path

import numpy as np

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    EncodeOutcome,
    PictureFacts,
    Problem,
    ProblemKind,
    RootState,
    ScannedFile,
)
from ahash_desktop.store.library import Library

TARGET = Path(__file__).parents[1] / "data" / "db" / "v1.db"
NAMES = ("a.jpg", "2024/猫.png", "broken.jpg", "gone.heic", "ignored.tif", "new.jpg")


def main() -> None:
    """Fills a fresh library with a photo in every state and keeps its database."""
    with tempfile.TemporaryDirectory() as folder:
        paths = LibraryPaths(Path(folder))
        with Library.open(paths) as library:
            fill(library)
        TARGET.write_bytes(paths.database.read_bytes())


def fill(library: Library) -> None:
    root = library.roots.add(Path("/photos/holiday"), 1_700_000_000.0)
    library.roots.add(Path("/photos/scans"), 1_700_000_001.0)
    library.roots.set_state(root.root_id + 1, RootState.OFFLINE)
    model = library.models.register("model-v1", "Version one", 12, '{"n_bits": 12}', 1.0)
    library.models.name_bit(model.model_key, 3, "long bill", 2.0)
    files = [ScannedFile(name, 1000 + i, 10**18 + i) for i, name in enumerate(NAMES)]
    with library.transaction():
        library.work.record_scanned(root.root_id, files, 3.0)
        for photo_id in (1, 2, 4):
            values = np.linspace(-1, 1, 12).astype(np.float16) * (-1) ** photo_id
            library.work.finish(
                EncodeOutcome(
                    photo_id,
                    EncodedPicture(pack_activations(values), values),
                    PictureFacts(4000, 3000, "JPEG", "2024-05-01T07:30:00", "Camera X", 6),
                    ContentId(bytes([photo_id] * 16), bytes([photo_id + 100] * 16)),
                ),
                model.model_key,
                4.0,
            )
        for photo_id in (3, 5):
            problem = Problem(ProblemKind.BROKEN, "the end of the file is missing")
            library.work.finish(EncodeOutcome(photo_id, problem=problem), model.model_key, 5.0)
        library.work.mark_missing([4], 6.0)
        library.work.ignore([5])
        library.roots.mark_scanned(root.root_id, 7.0)


if __name__ == "__main__":
    main()
