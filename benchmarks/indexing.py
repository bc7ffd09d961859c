"""How close `ahash index` comes to what decoding and the network alone allow.

    python benchmarks/indexing.py FOLDER [--model NAME] [--repeat N]
    python benchmarks/indexing.py FOLDER --enlarged 12 24 [--formats JPEG WEBP] [--photos 24]

Decoding (all processors), the network as the engine runs it on the CPU, the same network in torch
(batches of 32, with the memory setting of the engine), and the whole indexing run are timed on the
same photos in one run. If decoding one photo takes d seconds of the machine and the network n, no
program can index more than 1 / (d + n) photos a second on processors that both share.

"A plain loop" is what a script without care would do, and what many do: Pillow decodes each photo
whole, torch encodes batches of 32. With `--enlarged`, some photos of the folder are enlarged to so
many megapixels first and saved in each format; what cannot be written here (HEIC, RAW) is left out.
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
from PIL import Image

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


def time_plain_loop(encoder: PictureEncoder, paths: list[Path]) -> float:
    """Photos a second of a loop that decodes whole photos one by one and encodes batches."""
    manifest = encoder.manifest
    started = time.perf_counter()
    for start in range(0, len(paths), BATCH):
        squares = []
        for path in paths[start : start + BATCH]:
            with Image.open(path) as picture:
                squares.append(to_input(np.asarray(picture.convert("RGB")), manifest))
        encoder.encode(np.stack(squares))
    return len(paths) / (time.perf_counter() - started)


def write_enlarged(paths: list[Path], folder: Path, megapixels: float, form: str) -> None:
    """Saves photos with so many megapixels, as a camera would: JPEG and WebP at quality 90."""
    folder.mkdir()
    for number, path in enumerate(paths):
        with Image.open(path) as picture:
            scale = (megapixels * 1e6 / (picture.width * picture.height)) ** 0.5
            size = round(picture.width * scale), round(picture.height * scale)
            large = picture.convert("RGB").resize(size, Image.Resampling.BICUBIC)
        large.save(folder / f"{number}.{form.lower()}", form, quality=90)


def measure(folder: Path, encoder: PictureEncoder, by_torch: PictureEncoder, repeat: int) -> None:
    """Prints a line for each run over a folder, and the median ratio."""
    paths = [
        folder / file.relative_path for batch in scan(folder, CancelToken()) for file in batch.files
    ]
    ratios = []
    for _ in range(repeat):
        decoding, inputs = time_decoding(paths, encoder.manifest)
        network, torch_rate = (time_network(each, inputs) for each in (encoder, by_torch))
        plain = time_plain_loop(by_torch, paths)
        rate = len(paths) / time_indexing(folder)
        most = bound(decoding, network)
        ratios.append(rate / most)
        print(
            f"decode {decoding:6.1f}/s  network {network:6.1f}/s, by torch {torch_rate:6.1f}/s "
            f"({by_torch.dtype})  both {most:6.1f}/s  plain loop {plain:6.1f}/s  "
            f"index {rate:6.1f}/s  ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.2f} of decoding and network, start included")


def main() -> None:
    """Prints the rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="birds-and-cars-128")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--enlarged", type=float, nargs="+", default=[], metavar="MEGAPIXELS")
    parser.add_argument("--formats", nargs="+", default=["JPEG", "WEBP"])
    parser.add_argument("--photos", type=int, default=24, help="so many are enlarged")
    options = parser.parse_args()
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
    print(f"{encoder.manifest.name} by {runs_by}, {encoder.dtype}")
    if not options.enlarged:
        measure(options.folder, encoder, by_torch, options.repeat)
    some = sorted(options.folder.rglob("*.jpg"))[: options.photos]
    for megapixels in options.enlarged:
        for form in options.formats:
            with tempfile.TemporaryDirectory() as made:
                folder = Path(made) / "photos"
                write_enlarged(some, folder, megapixels, form)
                print(f"{len(some)} photos, {megapixels:g} MP, {form}")
                measure(folder, encoder, by_torch, options.repeat)


def bound(decoding: float, network: float) -> float:
    """Photos a second when every photo takes its time of both."""
    return 1 / (1 / decoding + 1 / network)


if __name__ == "__main__":
    main()
