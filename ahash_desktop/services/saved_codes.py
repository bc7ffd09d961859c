"""Codes on disk as they lie in memory, so that the next start maps them and reads none."""

import json
import logging
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Codes, Words, code_bytes
from ahash_desktop.core.files import replace_file
from ahash_desktop.core.privacy import make_private_folder
from ahash_desktop.core.records import CodeBlock, ModelRecord
from ahash_desktop.search.compiled import compiled_search
from ahash_desktop.search.gallery import Gallery, substrings
from ahash_desktop.search.parts import Part

_log = logging.getLogger(__name__)

_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """Codes of a model, hidden ones included, all of them up to a version of the library's."""

    block: CodeBlock
    part: Part
    newest: int


class SavedCodes:
    """The saved codes of one model; can be deleted at any time.

    Args:
        folder: Where they lie; each saving makes a folder in it.
        model: Whose codes.
    """

    def __init__(self, folder: Path, model: ModelRecord) -> None:
        self._folder = folder
        self._model = model
        self._head = folder / f"{model.model_key}.json"

    def find(self) -> Saved | None:
        """What was saved last, mapped from its files; None if there is nothing of use."""
        try:
            head = json.loads(self._head.read_text(encoding="utf-8"))
            if self._is_ours(head):
                return self._load(self._folder / Path(str(head["folder"])).name, head)
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            _log.warning("the saved codes in %s are of no use", self._folder, exc_info=True)
        return None

    def save(self, block: CodeBlock, gallery: Gallery, newest: int) -> None:
        """Saves codes and tables in place of those before; a disk that refuses is no error."""
        name = f"{self._model.model_key}-{os.getpid()}-{time.time_ns()}"
        target = self._folder / name
        try:
            make_private_folder(target)
            arrays: dict[str, NDArray[Any]] = {
                "ids": block.photo_ids,
                "codes": block.codes,
                "activations": block.activations,
                **gallery.arrays(),
            }
            for array_name, array in arrays.items():
                np.save(target / f"{array_name}.npy", array, allow_pickle=False)
            head = {
                "format": _FORMAT,
                "model_id": self._model.model_id,
                "n_bits": block.n_bits,
                "n_codes": block.photo_ids.size,
                "newest": newest,
                "folder": name,
            }
            replace_file(self._head, json.dumps(head).encode(), mode=0o600)
        except OSError:
            _log.warning("the codes could not be saved in %s", self._folder, exc_info=True)
            shutil.rmtree(target, ignore_errors=True)
            return
        for old in self._folder.glob(f"{self._model.model_key}-*"):
            if old != target:
                shutil.rmtree(old, ignore_errors=True)  # Windows keeps what another has mapped

    def _is_ours(self, head: dict[str, object]) -> bool:
        mine = (_FORMAT, self._model.model_id, self._model.n_bits)
        return (head["format"], head["model_id"], head["n_bits"]) == mine

    def _load(self, folder: Path, head: dict[str, int]) -> Saved | None:
        n_codes, n_bits = head["n_codes"], head["n_bits"]
        n_words = -(-n_bits // 64)
        ids: NDArray[np.int64] = _map(folder / "ids.npy", np.int64, (n_codes,))
        codes: Codes = _map(folder / "codes.npy", np.uint8, (n_codes, code_bytes(n_bits)))
        activations: Activations = _map(folder / "activations.npy", np.float16, (n_codes, n_bits))
        planes: Words = _map(folder / "planes.npy", np.uint64, (n_words, n_codes))
        if not (ids[1:] > ids[:-1]).all():
            raise ValueError("the photos are not in their order")
        tables = []
        for number, (_, _, width) in enumerate(substrings(n_bits, n_codes)):
            if not (folder / f"starts-{number}.npy").exists():
                break
            starts = _map(folder / f"starts-{number}.npy", np.uint32, ((1 << width) + 1,))
            rows = _map(folder / f"rows-{number}.npy", np.uint32, (n_codes,))
            tables.append((starts, rows))
        block = CodeBlock(n_bits, ids, codes, activations)
        gallery = Gallery(planes, n_bits, compiled_search(), tables)
        return Saved(block, Part(ids, block.activations, gallery), head["newest"])


def _map(path: Path, kind: type[np.generic], shape: tuple[int, ...]) -> NDArray[Any]:
    """A saved array, mapped.

    Raises:
        ValueError: If it is of another kind or shape.
    """
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.dtype != kind or array.shape != shape or not array.flags.c_contiguous:
        raise ValueError(f"{path.name} is {array.dtype} {array.shape}")
    return np.asarray(array)
