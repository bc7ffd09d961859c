"""How close `ahash index` comes to what decoding and the network alone allow.

    python benchmarks/indexing.py FOLDER [--model NAME] [--repeat N]

Decoding (all processors), the network (batches of 32) and the whole indexing run are timed on the
same photos in one run. If decoding one photo takes d seconds of the machine and the network n, no
program can index more than 1 / (d + n) photos a second on processors that both share. The network
is timed twice: in a plain process, and with the memory setting that the engine uses.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.jobs import CancelToken
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.hashing.allocator import keep_freed_memory
from ahash_desktop.hashing.encoder import NetworkEncoder
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.preprocess import to_input
from ahash_desktop.imaging.decode import decode
from ahash_desktop.imaging.scan import scan

BATCH = 32


def time_decoding(
    paths: list[Path], manifest: BundleManifest
) -> tuple[float, list[NDArray[np.uint8]]]:
    """Photos a second that all processors decode to network inputs, and those inputs."""
    started = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        inputs = list(pool.map(lambda path: to_input(decode(str(path)).pixels, manifest), paths))
    return len(paths) / (time.perf_counter() - started), inputs


def time_network(encoder: NetworkEncoder, inputs: list[NDArray[np.uint8]]) -> float:
    """Photos a second that the network encodes."""
    encoder.encode(np.stack(inputs[:BATCH]))
    started = time.perf_counter()
    for start in range(0, len(inputs), BATCH):
        encoder.encode(np.stack(inputs[start : start + BATCH]))
    return len(inputs) / (time.perf_counter() - started)


def time_indexing(folder: Path) -> float:
    """Photos a second of a whole `ahash index`, from its start to its end."""
    with tempfile.TemporaryDirectory() as library:
        command = [sys.executable, "-m", "ahash_desktop.cli.main", "--library", library]
        started = time.perf_counter()
        subprocess.run([*command, "index", str(folder)], check=True, capture_output=True)
        return time.perf_counter() - started


def main() -> None:
    """Prints the three rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="starter-64")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    paths = [
        options.folder / file.relative_path
        for batch in scan(options.folder, CancelToken())
        for file in batch.files
    ]
    encoder = NetworkEncoder.load(shipped_models_folder() / options.model)
    print(
        f"{date.today()}  {platform.processor() or platform.machine()}, "
        f"{os.cpu_count()} processors, Python {platform.python_version()}"
    )
    print(f"{len(paths)} photos, {encoder.manifest.name} on {encoder.device}, {encoder.dtype}")
    plain_ratios, tuned_ratios = [], []
    plain = [time_network(encoder, inputs_of(paths[:320], encoder)) for _ in range(3)]
    keep_freed_memory()
    for _ in range(options.repeat):
        decoding, inputs = time_decoding(paths, encoder.manifest)
        network = time_network(encoder, inputs)
        rate = len(paths) / time_indexing(options.folder)
        plain_bound = bound(decoding, statistics.median(plain))
        tuned_bound = bound(decoding, network)
        plain_ratios.append(rate / plain_bound)
        tuned_ratios.append(rate / tuned_bound)
        print(
            f"decode {decoding:5.0f}/s  network {statistics.median(plain):5.0f}/s plain, "
            f"{network:5.0f}/s tuned  both {plain_bound:5.1f}/s, {tuned_bound:5.1f}/s  "
            f"index {rate:5.1f}/s  ratio {plain_ratios[-1]:.2f}, {tuned_ratios[-1]:.2f}"
        )
    print(
        f"median ratio {statistics.median(plain_ratios):.2f} to the plain network, "
        f"{statistics.median(tuned_ratios):.2f} to the tuned one"
    )


def inputs_of(paths: list[Path], encoder: NetworkEncoder) -> list[NDArray[np.uint8]]:
    """Network inputs of some photos."""
    return [to_input(decode(str(path)).pixels, encoder.manifest) for path in paths]


def bound(decoding: float, network: float) -> float:
    """Photos a second when every photo takes its time of both."""
    return 1 / (1 / decoding + 1 / network)


if __name__ == "__main__":
    main()
