"""How long a search takes, side by side with faiss and others, in one run.

    python benchmarks/hamming.py [--quick | --full] [--pairs 40] [--photos 500]

Ours and faiss's flat scan take turns, one thread each, every time with another query that is not
in the index, top 100; a line has the medians and the median of the ratios. Times are processor
milliseconds of that thread, so that other programs disturb little. Ours is the whole ranking: ties
broken by activations, then ids. "By the index" is the same with the tables of multi-index hashing;
where they would not help, it scans, too. Codes are random; or of real photos (`AHASH_DATA` names
their folder); or "expanded": real ones, each bit flipped as often as it differs between photos of
one kind. Every ranking is compared with faiss's distances, and both ways with each other. The peers
come with the extra `bench`.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from filled_library import fill
from hamming_peers import PEERS, Flat
from real_codes import Kind, read_kinds

from ahash_desktop.core.codes import pack_activations, to_words
from ahash_desktop.core.paths import LibraryPaths
from ahash_desktop.core.records import CodeBlock, EncodedPicture
from ahash_desktop.search.parts import Part, Parts
from ahash_desktop.search.ranking import DISTANCE, SHORTLIST, STRENGTH, Query, SearchIndex
from ahash_desktop.search.scanning import Target
from ahash_desktop.store.library import Library

TOP_K = 100
AT_ONCE = 100_000


@dataclass(frozen=True)
class Case:
    """Which codes, how long and how many."""

    kind: str
    n_bits: int
    n_codes: int


QUICK = (Case("random", 64, 100_000), Case("random", 64, 1_000_000))
USUAL = (
    *(Case("random", 64, n) for n in (100_000, 1_000_000, 10_000_000)),
    *(Case("expanded", 64, n) for n in (100_000, 1_000_000, 10_000_000)),
    *(Case("random", n_bits, 1_000_000) for n_bits in (96, 128)),
    Case("real", 128, 0),
    Case("expanded", 128, 1_000_000),
)
FULL = (*USUAL, *(Case("expanded", n_bits, 10_000_000) for n_bits in (96, 128)))


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="random codes up to a million")
    parser.add_argument("--full", action="store_true", help="needs 6 GB of memory")
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--photos", type=int, default=500, help="real photos to encode")
    parser.add_argument("--load", type=int, default=100_000, help="0 leaves the store out")
    arguments = parser.parse_args()
    print(machine())
    print(f"One thread reads {bandwidth():.1f} GB a second from memory.\n")
    kinds = {}
    cases = QUICK if arguments.quick else FULL if arguments.full else USUAL
    print(
        "| codes | faiss flat | whole ranking | ratio | by the index | ratio (95 %) |"
        " nearest alone | ratio | default order |\n|---|---|---|---|---|---|---|---|---|"
    )
    for case in cases:
        if case.kind != "random" and case.n_bits not in kinds:
            kinds[case.n_bits] = read_kinds(case.n_bits, arguments.photos)
        kind = kinds.get(case.n_bits)
        if case.kind == "random" or kind is not None:
            print(measure(case, kind, arguments.pairs), flush=True)
    print("\n| filters, 1,000,000 random codes of 64 bits | ms |\n|---|---|")
    for line in measure_filters(100_000 if arguments.quick else 1_000_000, 64, arguments.pairs):
        print(line, flush=True)
    print(
        "\n| other ways, 1,000,000 expanded codes | ms | of the true 100 | made in |"
        "\n|---|---|---|---|"
    )
    if not arguments.quick:
        for line in measure_peers(kinds.get(64), arguments.pairs):
            print(line, flush=True)
    if arguments.load:
        measure_load(arguments.load, 64)


def machine() -> str:
    """What it was measured on."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{date.today()}, {platform.machine()}, {os.cpu_count()} processors, load {load},"
        f" {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}."
    )


def bandwidth() -> float:
    """Gigabytes a second that one thread reads: the limit of every scan. The median of 15."""
    numbers = np.ones(1 << 25, dtype=np.uint64)
    return numbers.nbytes / statistics.median(timed(numbers.sum) for _ in range(15)) / 1e9


def timed(call: Callable[[], object]) -> float:
    """Seconds that this thread works on a call."""
    started = time.thread_time()
    call()
    return time.thread_time() - started


def demand(is_so: object) -> None:
    """Ends the program where two ways have not found the same.

    Raises:
        RuntimeError: If it is not so.
    """
    if not is_so:
        raise RuntimeError("two ways to search have not found the same")


def make_block(
    case: Case, kind: Kind | None, n_queries: int
) -> tuple[CodeBlock, list[EncodedPicture]]:
    """Codes of a case, and examples that are not among them."""
    rng = np.random.default_rng(0)
    n_bits, n_codes = case.n_bits, case.n_codes
    if kind is not None and case.kind == "real":
        activations = kind.activations
    else:
        activations = np.empty((n_codes, n_bits), dtype=np.float16)
    for start in range(0, n_codes, AT_ONCE):
        part = activations[start : start + AT_ONCE]
        if kind is None or case.kind == "random":
            part[:] = np.tanh(rng.standard_normal(part.shape, dtype=np.float32))
        else:
            part[:] = kind.expanded(len(part), rng)
    if kind is None or case.kind == "random":
        values = np.tanh(rng.standard_normal((n_queries, n_bits)))
        asked = values.astype(np.float16)
    else:
        asked = kind.asked[:n_queries]
    examples = [EncodedPicture(pack_activations(row), row) for row in asked]
    codes = pack_activations(activations)
    return CodeBlock(n_bits, np.arange(1, len(codes) + 1), codes, activations), examples


def measure(case: Case, kind: Kind | None, n_pairs: int) -> str:
    """A line of the table."""
    block, examples = make_block(case, kind, n_pairs)
    faiss = Flat(block.codes)
    scanning = SearchIndex(block)
    part = Part.of(block)
    gallery = part.gallery
    gallery.make_tables(least=0)
    indexed = SearchIndex(Parts([part]), block.n_bits)
    times: dict[str, list[float]] = {
        name: [] for name in ("faiss", "scan", "index", "near", "list")
    }
    for number, example in enumerate([examples[0], *examples]):
        query = Query((example,))
        listed = Query((example,), order=SHORTLIST)
        target = Target(to_words(example.code[np.newaxis]), (1,), (1,))
        calls = {
            "faiss": lambda e=example: faiss.search(e.code, TOP_K),
            "scan": lambda q=query: scanning.rank(q, top_k=TOP_K),
            "index": lambda q=query: indexed.rank(q, top_k=TOP_K),
            "near": lambda t=target: gallery.nearest(t, TOP_K),
            "list": lambda q=listed: indexed.rank(q, top_k=TOP_K),
        }
        turn = number % len(calls)
        for name in [*calls][turn:] + [*calls][:turn]:
            seconds = timed(calls[name])
            if number:  # the first warms up
                times[name].append(seconds)
        found, other = scanning.rank(query, top_k=TOP_K), indexed.rank(query, top_k=TOP_K)
        demand(np.array_equal(found.photo_ids, other.photo_ids))
        demand(np.array_equal(found.scores, other.scores))
        demand(np.array_equal(found.distances, np.sort(faiss.search(example.code, TOP_K))))
    base = np.array(times["faiss"])
    ratios = {name: np.array(values) / base for name, values in times.items()}
    ms = {name: 1e3 * statistics.median(values) for name, values in times.items()}
    return (
        f"| {len(block.codes):,} {case.kind}, {case.n_bits} bits | {ms['faiss']:.2f} ms |"
        f" {ms['scan']:.2f} ms | **{np.median(ratios['scan']):.2f}** | {ms['index']:.2f} ms |"
        f" **{np.median(ratios['index']):.2f}** ({np.percentile(ratios['index'], 95):.2f}) |"
        f" {ms['near']:.2f} ms | {np.median(ratios['near']):.2f} | {ms['list']:.2f} ms |"
    )


def measure_filters(n_codes: int, n_bits: int, n_pairs: int) -> Iterator[str]:
    """A line for each kind of question."""
    block, examples = make_block(Case("random", n_bits, n_codes), None, n_pairs + 2)
    index = SearchIndex(block)
    plus, minus = examples[-2:]
    half = np.arange(1, n_codes, 2)
    few = half[: n_codes // 50]
    for what, make in {
        "plain": lambda e: Query((e,)),
        "by strength": lambda e: Query((e,), order=STRENGTH),
        "two + and one −, a bit required": lambda e: Query((e, plus), (minus,), required_bits=(0,)),
        "a bit required, two ignored, one inverted": lambda e: Query(
            (e,), required_bits=(0,), ignored_bits=(1, 2), inverted_bits=(3,)
        ),
        "among half of the photos": lambda e: Query((e,), only_ids=half),
        "among 1 % of the photos": lambda e: Query((e,), only_ids=few),
    }.items():
        queries = [make(example) for example in examples[:-2]]
        took = [timed(lambda q=q: index.rank(q, top_k=TOP_K)) for q in queries]
        yield f"| {what} | {1e3 * statistics.median(took):.2f} |"


def measure_peers(kind: Kind | None, n_pairs: int) -> Iterator[str]:
    """A line for each other library: its time, and how many of the true nearest it finds."""
    case = Case("random" if kind is None else "expanded", 64, 1_000_000)
    block, examples = make_block(case, kind, n_pairs)
    truth = SearchIndex(block)
    for name, make in PEERS.items():
        try:
            started = time.thread_time()
            search = make(block.codes)
            made = time.thread_time() - started
        except Exception as error:  # noqa: BLE001 - a peer that does not work here is left out
            yield f"| {name} | left out: {type(error).__name__}: {error} | | |"
            continue
        took, shares = [], []
        for example in examples:
            started = time.thread_time()
            distances = search(example.code, TOP_K)
            took.append(time.thread_time() - started)
            last = truth.rank(Query((example,), order=DISTANCE), top_k=TOP_K).distances[-1]
            shares.append(np.count_nonzero(distances <= last) / TOP_K)
        ms = 1e3 * statistics.median(took)
        yield f"| {name} | {ms:.2f} | {np.mean(shares):.3f} | {made:.1f} s |"


def measure_load(n_photos: int, n_bits: int) -> None:
    """Prints how long reading the codes of a library from SQLite takes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Library.open(LibraryPaths(Path(folder))) as library,
    ):
        model = fill(library, n_photos, n_bits)
        took = [timed(lambda: library.codes.load(model.model_key, n_bits)) for _ in range(5)]
        print(f"\nReading {n_photos:,} codes from SQLite: {1e3 * statistics.median(took):.0f} ms.")


if __name__ == "__main__":
    main()
