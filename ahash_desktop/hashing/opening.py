"""A model ready to encode: by ONNX Runtime where that serves, else by torch."""

import importlib.util
import logging
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ahash_desktop.core.paths import machine_cache_folder
from ahash_desktop.hashing.bundle import recognise_bundle
from ahash_desktop.hashing.looking import PictureEncoder

if TYPE_CHECKING:
    from ahash_desktop.hashing.graph import GraphFiles
    from ahash_desktop.hashing.manifest import BundleManifest

_log = logging.getLogger(__name__)

_TRACES = ("proc/driver/nvidia/version", "dev/nvidia0", "dev/dxg", "dev/kfd")
"""What the drivers of graphics cards leave on Linux: NVIDIA's, also within Windows, and AMD's."""
_KERNELS = tuple(
    name.format(kind) for kind in ("cuda", "hip") for name in ("libtorch_{}.so", "torch_{}.dll")
)
"""What only a torch for NVIDIA's or AMD's graphics cards brings along."""

_NVIDIA_LIBRARY = "System32/nvcuda.dll"


def open_encoder(
    folder: Path, *, device: str = "auto", threads: int = 0, checks: Path | None = None
) -> PictureEncoder:
    """The model in a bundle, verified, on the device that was asked for.

    On the CPU the network runs as a graph by ONNX Runtime, which starts in a tenth of the time
    that torch takes. The graph is made by torch at the first use on a machine, compared with it,
    and kept; where it computes other bits or is slower, torch runs the network.

    Args:
        folder: The bundle.
        device: "auto", "cpu", "cuda" or "mps".
        threads: CPU threads; 0 means as many as there are cores.
        checks: The JSON file that verdicts on devices are noted in; graphs lie beside it. None is
            in the machine's cache folder.

    Raises:
        UserFacingError: If the bundle is refused, its network cannot be built or computes no
            numbers, or a device asked for by name is not there.
    """
    notes = checks or machine_cache_folder() / "device_checks.json"
    files = _find_files(notes.parent / "graphs")
    if files is not None and (device == "cpu" or (device == "auto" and not may_accelerate())):
        encoder = open_kept_graph(files, recognise_bundle(folder), threads)
        if encoder is not None:
            return encoder
    from ahash_desktop.hashing.torch_opening import open_with_torch

    return open_with_torch(folder, device, threads, notes, files)


def may_accelerate(root: Path = Path("/")) -> bool:
    """Whether this machine looks as if torch might find an accelerator, without asking torch."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if not torch_may_accelerate():
        return False
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / _NVIDIA_LIBRARY).exists()
    return any((root / trace).exists() for trace in _TRACES)


def torch_may_accelerate() -> bool:
    """Whether the torch that is installed was built for a graphics card, without importing it."""
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return False
    libraries = Path(spec.submodule_search_locations[0]) / "lib"
    return not libraries.is_dir() or any((libraries / name).exists() for name in _KERNELS)


def _find_files(folder: Path) -> "GraphFiles | None":
    """Where graphs are kept; None where ONNX Runtime cannot be loaded."""
    try:
        from ahash_desktop.hashing.graph import GraphFiles
    except ImportError as error:
        _log.warning("ONNX Runtime is not here: torch runs the network (%s)", error)
        return None
    return GraphFiles(folder)


def open_kept_graph(
    files: "GraphFiles", manifest: "BundleManifest", threads: int
) -> PictureEncoder | None:
    """The graph of a model that was made before; None if there is none that can be run."""
    from ahash_desktop.hashing.graph_runner import GRAPH_FAULTS, GraphRunner

    graph = files.find(manifest.model_id)
    if graph is None:
        return None
    try:
        return PictureEncoder(manifest, GraphRunner(graph, threads), "cpu", "float32")
    except GRAPH_FAULTS as error:
        _log.warning("the graph of %s cannot be run (%s)", manifest.name, error)
        return None
