"""How close `ahash index` comes to what decoding and the network alone allow.

    python benchmarks/indexing.py FOLDER [--model NAME] [--repeat N]

Decoding (all processors), the network as the engine runs it on the CPU, the same network in torch
(batches of 32, with the memory setting of the engine), and the whole indexing run are timed on the
same photos in one run. If decoding one photo takes d seconds of the machine and the network n, no
program can index more than 1 / (d + n) photos a second on processors that both share.
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
from ahash_desktop.hashing.looking import PictureEncoder
from ahash_desktop.hashing.manifest import BundleManifest
from ahash_desktop.hashing.opening import open_encoder
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


def time_network(encoder: PictureEncoder, inputs: list[NDArray[np.uint8]]) -> float:
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
    """Prints the rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="birds-and-cars-128")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    paths = [
        options.folder / file.relative_path
        for batch in scan(options.folder, CancelToken())
        for file in batch.files
    ]
    keep_freed_memory()
    bundle = shipped_models_folder() / options.model
    encoder = open_encoder(bundle, device="cpu")
    by_torch = NetworkEncoder.load(bundle, device="cpu")
    print(
        f"{date.today()}  {platform.processor() or platform.machine()}, "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}"
    )
    runs_by = "torch" if isinstance(encoder, NetworkEncoder) else "ONNX Runtime"
    print(f"{len(paths)} photos, {encoder.manifest.name} by {runs_by}, {encoder.dtype}")
    ratios = []
    for _ in range(options.repeat):
        decoding, inputs = time_decoding(paths, encoder.manifest)
        network, torch_rate = (time_network(each, inputs) for each in (encoder, by_torch))
        rate = len(paths) / time_indexing(options.folder)
        most = bound(decoding, network)
        ratios.append(rate / most)
        print(
            f"decode {decoding:5.0f}/s  network {network:5.0f}/s, by torch {torch_rate:5.0f}/s "
            f"({by_torch.dtype})  both {most:5.1f}/s  index {rate:5.1f}/s  ratio {ratios[-1]:.2f}"
        )
    print(f"median ratio {statistics.median(ratios):.2f} of decoding and network, start included")


def bound(decoding: float, network: float) -> float:
    """Photos a second when every photo takes its time of both."""
    return 1 / (1 / decoding + 1 / network)


if __name__ == "__main__":
    main()
