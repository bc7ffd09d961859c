"""A network as ONNX Runtime runs it, kept in files of the machine's cache; no torch."""

import contextlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import safetensors.numpy
from blake3 import blake3
from filelock import FileLock
from numpy.typing import NDArray
from safetensors import SafetensorError

from ahash_desktop.core.files import replace_file

_log = logging.getLogger(__name__)

PICTURES = "pictures"
ACTIVATIONS, LOGITS, FEATURES = "activations", "logits", "features"
SHARES, ATTENTION = "shares", "attention"
"""The one input, uint8 (1, S, S, 3), and the outputs; the last two may be missing."""

_FORM = 1
"""Rises with what a file holds, so that older ones are made anew."""
_MODEL, _WEIGHT, _THRESHOLDS = "model", "weight", "thresholds"
_MOST_KEPT = 6


@dataclass(frozen=True, slots=True)
class Graph:
    """A network with its preparation of pixels, and the hash layer by which bits are explained.

    `model` is an ONNX file, `weight` is W, float32 (n_bits, d), and `thresholds` float32 (n_bits,).
    """

    model: bytes
    weight: NDArray[np.float32]
    thresholds: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GraphVerdict:
    """What was measured of a graph, against the network in torch in float32.

    `differing_share` is the share of bits that differ on the check pictures, `speedup` how many
    times faster the graph is; one that is not `is_usable` is not kept.
    """

    is_usable: bool
    differing_share: float
    speedup: float


class GraphFiles:
    """The graphs of the models that were last used on this machine.

    A file is used only if it is the very one that was written, and checked by this version of ONNX
    Runtime; what is missing or damaged is made anew.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, model_id: str) -> Graph | None:
        """The graph of a model; None if it is to be made, or was found to be of no use."""
        note = self._load_note(model_id)
        if note is None or not note.get("is_usable"):
            return None
        path = self._path(model_id)
        try:
            data = path.read_bytes()
            if blake3(data).hexdigest() != note.get("digest"):
                _log.warning("%s is damaged: it is made anew", path)
                return None
            arrays = safetensors.numpy.load(data)
            with contextlib.suppress(OSError):
                os.utime(path)
            return Graph(arrays[_MODEL].tobytes(), arrays[_WEIGHT], arrays[_THRESHOLDS])
        except (OSError, KeyError, SafetensorError) as error:
            _log.info("there is no graph of %s (%s)", model_id, error)
            return None

    def is_refused(self, model_id: str) -> bool:
        """Whether a graph of this model was made and found to be of no use."""
        note = self._load_note(model_id)
        return note is not None and note.get("is_usable") is False

    def lock(self) -> FileLock:
        """Held by whoever makes a graph.

        Raises:
            OSError: If nothing can be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self._folder / "making.lock")

    def keep(self, model_id: str, graph: Graph | None, verdict: GraphVerdict) -> None:
        """Keeps a graph, or only what was found of it, and clears away those long unused.

        Raises:
            OSError: If it cannot be written.
        """
        note: dict[str, Any] = {
            "form": _FORM,
            "runtime": onnxruntime.__version__,
            "is_usable": verdict.is_usable,
            "differing_share": verdict.differing_share,
            "speedup": verdict.speedup,
        }
        if graph is not None and verdict.is_usable:
            data = safetensors.numpy.save(
                {
                    _MODEL: np.frombuffer(graph.model, np.uint8),
                    _WEIGHT: graph.weight,
                    _THRESHOLDS: graph.thresholds,
                }
            )
            note["digest"] = blake3(data).hexdigest()
            replace_file(self._path(model_id), data)
        replace_file(self._note(model_id), json.dumps(note, indent=2).encode())
        self._clear_away()

    def _clear_away(self) -> None:
        with contextlib.suppress(OSError):
            files = sorted(self._folder.glob("*.safetensors"), key=lambda p: p.stat().st_mtime)
            for path in files[:-_MOST_KEPT]:
                path.unlink(missing_ok=True)
                path.with_suffix(".json").unlink(missing_ok=True)

    def _load_note(self, model_id: str) -> dict[str, Any] | None:
        try:
            note = json.loads(self._note(model_id).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        is_ours = isinstance(note, dict) and note.get("form") == _FORM
        return note if is_ours and note.get("runtime") == onnxruntime.__version__ else None

    def _path(self, model_id: str) -> Path:
        return self._folder / f"{model_id}.safetensors"

    def _note(self, model_id: str) -> Path:
        return self._folder / f"{model_id}.json"
