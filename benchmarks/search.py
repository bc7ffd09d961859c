"""How long a search takes: the distances alone, the whole ranking, and reading the codes.

    python benchmarks/search.py [--sizes 100000 1000000] [--bits 64] [--repeat 20] [--load 100000]

The codes are random, which is the worst case for cutting a ranking inside its ties. Every line
is the median over the repeats, each with another query.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from filled_library import fill

from ahash_desktop.core.codes import pack_activations, to_words
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import CodeBlock, EncodedPicture
from ahash_desktop.search.hamming import distances
from ahash_desktop.search.ranking import STRENGTH, Query, SearchIndex
from ahash_desktop.store.library import Library

TOP_K = 100


def main() -> None:
    """Prints a line for every measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--bits", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--load", type=int, default=100_000, help="0 leaves the store out")
    arguments = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{date.today()}  {platform.processor() or platform.machine()},"
        f" {os.cpu_count()} processors, load {load}, {platform.system()},"
        f" Python {platform.python_version()}, NumPy {np.__version__}"
    )
    for n_photos in arguments.sizes:
        measure_search(n_photos, arguments.bits, arguments.repeat)
    if arguments.load:
        measure_load(arguments.load, arguments.bits, arguments.repeat)


def measure_search(n_photos: int, n_bits: int, repeat: int) -> None:
    """Prints the times of one query over this many random codes."""
    rng = np.random.default_rng(0)
    activations = np.empty((n_photos, n_bits), dtype=np.float16)
    for start in range(0, n_photos, 100_000):
        part = activations[start : start + 100_000]
        part[:] = np.tanh(rng.standard_normal(part.shape, dtype=np.float32))
    codes = pack_activations(activations)
    block = CodeBlock(n_bits, np.arange(1, n_photos + 1), codes, activations)
    words = to_words(codes)
    index = SearchIndex(block)
    values = np.tanh(rng.standard_normal((repeat, n_bits))).astype(np.float16)
    examples = [EncodedPicture(pack_activations(row), row) for row in values]
    queries = to_words(pack_activations(values))
    what = f"{n_photos:>10,} codes of {n_bits} bits"
    report(f"{what}: distances", [lambda q=q: distances(words, q) for q in queries])
    report(
        f"{what}: top {TOP_K}",
        [lambda e=e: index.rank(Query((e,)), top_k=TOP_K) for e in examples],
    )
    report(
        f"{what}: top {TOP_K} by strength",
        [lambda e=e: index.rank(Query((e,), order=STRENGTH), top_k=TOP_K) for e in examples],
    )
    report(
        f"{what}: top {TOP_K}, two + and one −, a bit required",
        [
            lambda e=e: index.rank(
                Query((e, examples[0]), (examples[1],), required_bits=(0,)), top_k=TOP_K
            )
            for e in examples
        ],
    )
    report(
        f"{what}: top {TOP_K}, a bit required, two ignored, one inverted",
        [
            lambda e=e: index.rank(
                Query((e,), required_bits=(0,), ignored_bits=(1, 2), inverted_bits=(3,)),
                top_k=TOP_K,
            )
            for e in examples
        ],
    )


def measure_load(n_photos: int, n_bits: int, repeat: int) -> None:
    """Prints how long reading the codes of a library from SQLite takes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Library.open(LibraryPaths(Path(folder))) as library,
    ):
        model = fill(library, n_photos, n_bits)
        report(
            f"{n_photos:>10,} codes of {n_bits} bits: load from SQLite",
            [lambda: library.codes.load(model.model_key, n_bits)] * min(repeat, 10),
        )


def report(what: str, runs: list[Callable[[], object]]) -> None:
    """Prints the median and the best time of some runs, after one that warms up."""
    runs[0]()
    times_ms = []
    for run in runs:
        started = time.perf_counter()
        run()
        times_ms.append((time.perf_counter() - started) * 1000)
    print(f"{what:<70}{statistics.median(times_ms):9.2f} ms  (best {min(times_ms):.2f})")


if __name__ == "__main__":
    main()
