"""A model loaded by torch, and made into a graph for the next time where that serves."""

import logging
from pathlib import Path

import torch

from ahash_desktop.hashing.bundle import recognise_bundle
from ahash_desktop.hashing.device import choose_device
from ahash_desktop.hashing.encoder import LoadedNetwork, NetworkEncoder
from ahash_desktop.hashing.graph import GraphFiles
from ahash_desktop.hashing.graph_making import make_graph
from ahash_desktop.hashing.graph_runner import GraphRunner
from ahash_desktop.hashing.looking import PictureEncoder
from ahash_desktop.hashing.opening import open_kept_graph

_log = logging.getLogger(__name__)


def open_with_torch(
    folder: Path, device: str, threads: int, checks: Path, files: GraphFiles | None
) -> PictureEncoder:
    """The model in a bundle, verified; by its graph if it is to run on the CPU.

    Args:
        folder: The bundle.
        device: "auto", "cpu", "cuda" or "mps".
        threads: CPU threads; 0 leaves it to torch.
        checks: The JSON file that verdicts on devices are noted in.
        files: Where graphs are kept; None leaves everything to torch.

    Raises:
        UserFacingError: As for `opening.open_encoder`.
    """
    if threads:
        torch.set_num_threads(threads)
    chosen = choose_device(device)
    by_graph = files if chosen.type == "cpu" else None
    if by_graph is not None:
        kept = open_kept_graph(by_graph, recognise_bundle(folder), threads)
        if kept is not None:
            return kept
    network = LoadedNetwork(folder)
    if by_graph is not None:
        encoder = _graph_of(network, by_graph, threads)
        if encoder is not None:
            return encoder
    return NetworkEncoder.on_device(network, chosen, checks)


def _graph_of(network: LoadedNetwork, files: GraphFiles, threads: int) -> PictureEncoder | None:
    """The graph, made now or by another process meanwhile; None if there is no use in it."""
    manifest = network.manifest
    try:
        with files.lock():
            if files.is_refused(manifest.model_id):
                return None
            graph = files.find(manifest.model_id)
            if graph is None:
                runner = network.make_runner(torch.device("cpu"), torch.float32)
                graph, verdict = make_graph(runner, manifest.input_size, threads)
                files.keep(manifest.model_id, graph, verdict)
                graph = graph if verdict.is_usable else None
    except OSError as error:
        # A graph of this process alone could give codes that differ from the next one's.
        _log.warning("no graph can be kept (%s)", error)
        return None
    if graph is None:
        return None
    return PictureEncoder(manifest, GraphRunner(graph, threads), "cpu", "float32")
