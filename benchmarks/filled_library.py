"""A library of random photos, for measuring the store without a single picture."""

from pathlib import Path

import numpy as np

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.core.records import (
    ContentId,
    EncodedPicture,
    EncodeOutcome,
    ModelRecord,
    PictureFacts,
    ScannedFile,
)
from ahash_desktop.store.library import Library

ROOT = Path("/benchmark/photos")
BLOCK = 256


def fill(library: Library, n_photos: int, n_bits: int, model_id: str = "benchmark") -> ModelRecord:
    """Records photos as a scan and an indexing run would, in transactions of the same size.

    Args:
        library: An empty library.
        n_photos: How many photos to record.
        n_bits: Bits a code has.
        model_id: The model the codes are of.
    """
    root = library.roots.add(ROOT, 0.0)
    model = library.models.register(model_id, "Benchmark", n_bits, "{}", 0.0)
    names = [f"{2000 + i % 25}/{i // 1000:05}/IMG_{i:07}.jpg" for i in range(n_photos)]
    for start in range(0, n_photos, 1000):
        files = [
            ScannedFile(name, 1000 + i, (1_600_000_000 + i) * 10**9)
            for i, name in enumerate(names[start : start + 1000], start)
        ]
        library.work.record_scanned(root.root_id, files, 1.0)
    encode_all(library, model)
    return model


def encode_all(library: Library, model: ModelRecord) -> None:
    """Gives all photos that have none random codes."""
    root_ids = [root.root_id for root in library.roots.all()]
    items = library.work.awaiting(model.model_key, root_ids)
    n_bits = model.n_bits
    rng = np.random.default_rng(0)
    for start in range(0, len(items), BLOCK):
        block = items[start : start + BLOCK]
        activations = np.tanh(rng.standard_normal((len(block), n_bits))).astype(np.float16)
        codes = pack_activations(activations)
        with library.transaction():
            for row, item in enumerate(block):
                key = item.photo_id.to_bytes(16, "big")
                outcome = EncodeOutcome(
                    item.photo_id,
                    EncodedPicture(codes[row], activations[row]),
                    PictureFacts(6000, 4000, "JPEG", None, "Camera"),
                    ContentId(key, key),
                )
                library.work.finish(outcome, model.model_key, 2.0)
