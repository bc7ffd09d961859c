"""Running a network over pictures by ONNX Runtime, one picture a pass."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as states

from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.hashing.graph import (
    ACTIVATIONS,
    ATTENTION,
    FEATURES,
    LOGITS,
    PICTURES,
    SHARES,
    Graph,
)

GRAPH_FAULTS = (
    states.EPFail,
    states.EngineError,
    states.Fail,
    states.InvalidArgument,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NotImplemented,
    states.RuntimeException,
)
"""What ONNX Runtime throws of a graph that it cannot run."""

_ERRORS_ONLY = 3


class GraphRunner:
    """Feeds uint8 pictures to a graph on the CPU.

    Each pass has one picture and one thread, so a code depends neither on the pictures beside it
    nor on the number of threads; several pictures are passed at the same time.

    Args:
        graph: The network.
        threads: How many passes may run at the same time; 0 means as many as there are cores.

    Raises:
        Exception: Of `GRAPH_FAULTS`, if the graph cannot be run here.
    """

    def __init__(self, graph: Graph, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # Windows' builds would tell the system of each session otherwise.
        onnxruntime.disable_telemetry_events()
        self._session = onnxruntime.InferenceSession(
            graph.model, options, providers=["CPUExecutionProvider"]
        )
        self._outputs = {output.name for output in self._session.get_outputs()}
        self._weight, self._thresholds = graph.weight, graph.thresholds
        self._n_threads = threads or os.cpu_count() or 1

    @property
    def tells_domains(self) -> bool:
        """Whether `look` says what pictures are of."""
        return SHARES in self._outputs

    def encode(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Activations u of pictures uint8 (n, S, S, 3): float32 (n, n_bits).

        Raises:
            UserFacingError: If the memory does not do for one picture.
        """
        return self._run(batch, [ACTIVATIONS])[0]

    def look(
        self, batch: NDArray[np.uint8], *, few: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32] | None]:
        """Activations, the probability of each domain, and the attention maps, see `Runner`.

        Args:
            batch: uint8 (n, S, S, 3), any n.
            few: Makes no difference: there are no blank pictures to spare.

        Raises:
            UserFacingError: If the memory does not do for one picture.
        """
        del few
        names = [name for name in (ACTIVATIONS, SHARES, ATTENTION) if name in self._outputs]
        found = dict(zip(names, self._run(batch, names), strict=True))
        shares = found.get(SHARES, np.zeros((len(batch), 0), np.float32))
        return found[ACTIVATIONS], shares, found.get(ATTENTION)

    def evidence(
        self, picture: NDArray[np.uint8], bits: Sequence[int], *, alone: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where in one picture bits found their evidence, see `hashing.evidence`.

        Args:
            picture: uint8 (S, S, 3), S the model's own.
            bits: The chosen bits.
            alone: Makes no difference.

        Returns:
            Maps float32 (len(bits), h, w) and logits float32 (len(bits),), their means.

        Raises:
            UserFacingError: If the memory does not do for it.
        """
        del alone
        chosen = list(bits)
        features, logits = self._run(picture[None], [FEATURES, LOGITS])
        height, width = features.shape[-2:]
        channels = features.reshape(-1, height * width)
        maps = self._weight[chosen] @ channels - self._thresholds[chosen, None]
        return maps.reshape(len(chosen), height, width), logits[0, chosen]

    def _run(self, batch: NDArray[np.uint8], names: list[str]) -> list[NDArray[np.float32]]:
        """The outputs of those names, a row for each picture."""

        def look_at(row: int) -> list[NDArray[np.float32]]:
            passed: list[NDArray[np.float32]] = self._session.run(
                names, {PICTURES: batch[row : row + 1]}
            )
            return passed

        try:
            rows = self._pass_all(look_at, len(batch))
        except (MemoryError, *GRAPH_FAULTS) as error:
            raise UserFacingError(
                "The network cannot look at this picture, most likely for want of memory",
                remedy="Close other programs",
            ) from error
        return [np.concatenate(parts) for parts in zip(*rows, strict=True)]

    def _pass_all(
        self, look_at: Callable[[int], list[NDArray[np.float32]]], n_pictures: int
    ) -> list[list[NDArray[np.float32]]]:
        n_threads = min(self._n_threads, n_pictures)
        if n_threads < 2:
            return [look_at(row) for row in range(n_pictures)]
        with ThreadPoolExecutor(n_threads, "network") as pool:
            return list(pool.map(look_at, range(n_pictures)))
