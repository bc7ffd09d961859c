"""How long judging takes once the photos are encoded: rankings, bits and their meanings.

    python benchmarks/evaluation.py [--photos 10000] [--bits 64] [--features 1280]

Codes and features are random around a centre for each of 200 classes; as many photos ask as are
searched. Every line is one run.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import pack_activations
from ahash_desktop.training.data.attribute_table import AttributeTable
from ahash_desktop.training.judging.bit_meanings import Observed, find_meanings
from ahash_desktop.training.judging.metrics import (
    bootstrap_interval,
    mean_score,
    score_bits,
    score_codes,
    score_features,
)

Result = TypeVar("Result")

N_CLASSES = 200
N_ATTRIBUTES = 312


def main() -> None:
    """Prints a line for every measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000, help="on either side")
    parser.add_argument("--bits", type=int, default=64)
    parser.add_argument("--features", type=int, default=1280)
    arguments = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"{date.today()}  {platform.processor() or platform.machine()},"
        f" {os.cpu_count()} processors, load {load}, {platform.system()},"
        f" Python {platform.python_version()}, NumPy {np.__version__}"
    )
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((arguments.features, arguments.bits)).astype(np.float32)
    centres = rng.standard_normal((N_CLASSES, arguments.features)).astype(np.float32)
    database, asking = (observe(arguments.photos, centres, weight, rng) for _ in range(2))
    measure_rankings(database, asking, arguments.bits)
    values = (rng.random((N_CLASSES, N_ATTRIBUTES)) < 0.3).astype(np.float32)
    table = AttributeTable(tuple(f"attribute {n}" for n in range(N_ATTRIBUTES)), values)
    report(
        f"meanings of {arguments.bits} bits among {N_ATTRIBUTES} attributes, three nulls",
        lambda: find_meanings(database, asking, table),
    )


def observe(
    n_photos: int,
    centres: NDArray[np.float32],
    weight: NDArray[np.float32],
    rng: np.random.Generator,
) -> Observed:
    """Random photos: features around the centres of their classes, and bits made of them."""
    labels = rng.integers(0, len(centres), n_photos)
    noise = rng.standard_normal((n_photos, centres.shape[1]), dtype=np.float32)
    features = centres[labels] + 3 * noise
    activations = np.tanh(features @ weight / 50).astype(np.float16)
    return Observed(activations, features, labels)


def measure_rankings(database: Observed, asking: Observed, n_bits: int) -> None:
    """Prints the times of both rankings, the interval and the figures of the bits."""
    items, queries = (pack_activations(part.activations) for part in (database, asking))
    size = f"{len(queries):,} × {len(items):,}"
    by_code = report(
        f"{size} codes of {n_bits} bits",
        lambda: score_codes(queries, items, asking.labels, database.labels, n_bits),
    )
    report(
        f"{size} features of {database.features.shape[1]} numbers, cosine",
        lambda: score_features(asking.features, database.features, asking.labels, database.labels),
    )
    report("interval of the mAP", lambda: bootstrap_interval(by_code.average_precision))
    report("entropy and correlation of the bits", lambda: score_bits(asking.activations))
    print(f"(mAP of these codes {mean_score(by_code.average_precision):.3f})")


def report(what: str, measured: Callable[[], Result]) -> Result:
    """Prints how long something takes; returns what it gives."""
    start = time.perf_counter()
    result = measured()
    print(f"{what:62}{time.perf_counter() - start:8.2f} s")
    return result


if __name__ == "__main__":
    main()
