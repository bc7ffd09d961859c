"""A network in torch made into a graph for ONNX Runtime, and compared with it."""

import io
import logging
import warnings

import numpy as np
import torch
from torch import Tensor, nn

from ahash_desktop.hashing.check_pictures import draw_check_pictures
from ahash_desktop.hashing.device import (
    MOST_DIFFERING,
    N_TIMED_PICTURES,
    compare_seconds,
    differing_share,
)
from ahash_desktop.hashing.graph import (
    ACTIVATIONS,
    ATTENTION,
    FEATURES,
    LOGITS,
    PICTURES,
    SHARES,
    Graph,
    GraphVerdict,
)
from ahash_desktop.hashing.graph_runner import GRAPH_FAULTS, GraphRunner
from ahash_desktop.hashing.runner import NetworkRunner

_log = logging.getLogger(__name__)

LEAST_SPEED = 1.0
"""So fast a graph has to be at least, in terms of torch in float32."""

_OPERATORS = 17
"""The set of operators that is exported for; each ONNX Runtime since 1.12 knows it."""
_USELESS = GraphVerdict(is_usable=False, differing_share=1.0, speedup=0.0)
_EXPORT_FAULTS = (
    torch.onnx.OnnxExporterError,
    AttributeError,
    ImportError,
    RuntimeError,
    TypeError,
    ValueError,
)


class _Seeing(nn.Module):
    """From pixels uint8 (1, S, S, 3) to all that the network finds, as far as there is any."""

    def __init__(self, runner: NetworkRunner) -> None:
        super().__init__()
        self.net = runner.net
        self._runner = runner

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        images = self._runner.normalised(pixels)
        logits, shares, attention, maps = self._runner.see(images)
        found = [torch.tanh(logits), logits, maps]
        if self._runner.tells_domains:
            found.append(shares)
        if attention is not None:
            found.append(attention)
        return tuple(found)


def make_graph(
    runner: NetworkRunner, input_size: int, threads: int = 0
) -> tuple[Graph | None, GraphVerdict]:
    """The graph of a network, and what comparing the two found.

    Args:
        runner: The network on the CPU in float32.
        input_size: S.
        threads: As for `GraphRunner`.

    Returns:
        None where there is no way to make one or to run it.
    """
    try:
        graph = _export(runner, input_size)
        other = GraphRunner(graph, threads)
    except (*_EXPORT_FAULTS, *GRAPH_FAULTS) as error:
        _log.info("the network is left to torch: no graph comes of it (%s)", error)
        return None, _USELESS
    pictures = draw_check_pictures(input_size)
    differing = differing_share(other.encode, pictures, runner.encode(pictures) > 0)
    speedup = compare_seconds(runner.encode, other.encode, pictures[:N_TIMED_PICTURES])
    is_usable = differing <= MOST_DIFFERING and speedup >= LEAST_SPEED
    _log.info("graph: %.2f %% of the bits differ, %.2f times as fast", 100 * differing, speedup)
    return graph, GraphVerdict(is_usable, differing, speedup)


def _export(runner: NetworkRunner, input_size: int) -> Graph:
    seeing = _Seeing(runner).eval()
    names = [ACTIVATIONS, LOGITS, FEATURES]
    names += [SHARES] if runner.tells_domains else []
    names += [ATTENTION] if runner.net.attention is not None else []
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        # The exporter that traces: the one that does not needs two packages more.
        torch.onnx.export(
            seeing,
            (torch.zeros(1, input_size, input_size, 3, dtype=torch.uint8),),
            file,  # type: ignore[arg-type]  # this exporter takes files too
            dynamo=False,
            opset_version=_OPERATORS,
            input_names=[PICTURES],
            output_names=names,
        )
    return Graph(
        file.getvalue(),
        np.ascontiguousarray(runner.net.projection.weight.detach().float().numpy()),
        runner.net.thresholds.detach().float().numpy(),
    )
