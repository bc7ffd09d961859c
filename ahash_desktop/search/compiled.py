"""The compiled part of searching (`scan.c`), if there is one for this machine."""

import ctypes
import logging
import os
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ahash_desktop.core.codes import Activations, Words
from ahash_desktop.search.scanning import Found, Target

SOURCE_DIGEST: Final = "8da99aaa57bf"
"""Of which `scan.c` a library is good: first digits of its SHA-256, part of the file's name."""
INSTALLED_FOLDER: Final = "ahash_desktop_compiled"
"""Where beside the installed packages it lies for a checkout that is used in place."""
WITHOUT: Final = "AHASH_WITHOUT_COMPILED"
"""Set in the environment, everything is done in NumPy."""

_log = logging.getLogger(__name__)

_Pointer = ctypes.c_void_p
_Int = ctypes.c_int64
_MOST_WORDS = 64


class _Search(ctypes.Structure):
    """`Search` of scan.c, field by field."""

    _fields_ = (
        ("planes", _Pointer), ("stride", _Int), ("n_words", _Int), ("examples", _Pointer),
        ("weights", _Pointer), ("n_examples", _Int), ("n_positives", _Int),
        ("positive_weights", _Pointer), ("greatest", _Int), ("offset", _Int), ("mask", _Pointer),
        ("required", _Pointer), ("has_required", _Int), ("allowed", _Pointer), ("wanted", _Int),
        ("limit", _Int), ("counts", _Pointer), ("within", _Int), ("rows", _Pointer),
        ("keys", _Pointer), ("n_found", _Int), ("capacity", _Int),
    )  # fmt: skip


class _Table(ctypes.Structure):
    """`Table` of scan.c, field by field."""

    _fields_ = (
        ("word", _Int), ("shift", _Int), ("width", _Int), ("starts", _Pointer), ("rows", _Pointer),
    )  # fmt: skip


class SubstringTable:
    """Rows by the value of one substring of their codes, as multi-index hashing reads them.

    Args:
        word: Which plane it is of.
        shift: Its lowest bit in the words of that plane.
        width: How many bits it has.
        starts: uint32 (2**width + 1,), where the rows with each value begin.
        rows: uint32 (n,), ascending within a value.
    """

    def __init__(
        self,
        word: int,
        shift: int,
        width: int,
        starts: NDArray[np.uint32],
        rows: NDArray[np.uint32],
    ) -> None:
        self.word, self.shift, self.width = word, shift, width
        self.starts, self.rows = starts, rows


class CompiledSearch:
    """The functions of a library made from `scan.c`; any threads may call them together.

    Args:
        library: The file.

    Raises:
        OSError: If it cannot be loaded.
    """

    def __init__(self, library: Path) -> None:
        functions = ctypes.CDLL(str(library))
        self._scan = functions.ahash_scan
        self._scan.restype = _Int
        self._scan.argtypes = (ctypes.POINTER(_Search), _Int, _Int)
        self._hash = functions.ahash_hash
        self._hash.restype = _Int
        self._hash.argtypes = (ctypes.POINTER(_Search), ctypes.POINTER(_Table), _Int, _Int, _Int)
        self._build = functions.ahash_build
        self._build.restype = None
        self._build.argtypes = (_Pointer, _Int, _Int, _Int, _Pointer, _Pointer)
        self._scores = functions.ahash_scores
        self._scores.restype = _Int
        self._scores.argtypes = (_Pointer, _Int, _Pointer, _Int, _Pointer, _Pointer, _Pointer)

    def can(self, planes: Words, target: Target) -> bool:
        """Whether it knows how to look for this."""
        n_words, n_codes = planes.shape
        return target.is_countable and 0 < n_words <= _MOST_WORDS and n_codes > 0

    def scan(
        self, planes: Words, target: Target, wanted: int, allowed: NDArray[np.bool_] | None = None
    ) -> Found:
        """What `scanning.scan` finds."""
        question = _Question(planes, target, wanted, allowed)
        last = planes.shape[1]
        reached = 0
        while (reached := self._scan(question.search, reached, last)) < last:
            question.make_room()
        return question.found()

    def hash(
        self,
        planes: Words,
        tables: tuple[SubstringTable, ...],
        target: Target,
        wanted: int,
        budget: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Found | None:
        """What `scan` finds, by looking at few codes; None where that would take too long.

        Args:
            planes: uint64 (n_words, n).
            tables: Of substrings that have every bit once.
            target: What to look for; it is plain.
            wanted: How many to find.
            budget: How many looks at a code or a bucket it may take, about.
            allowed: bool (n,); others do not match.
        """
        question = _Question(planes, target, wanted, allowed)
        told = (_Table * len(tables))(
            *(
                _Table(t.word, t.shift, t.width, t.starts.ctypes.data, t.rows.ctypes.data)
                for t in tables
            )
        )
        if not self._hash(question.search, told, len(tables), planes.shape[1], budget):
            return None
        found = question.found()
        order = np.argsort(found.rows)
        return Found(found.rows[order], found.keys[order])

    def table(self, planes: Words, word: int, shift: int, width: int) -> SubstringTable:
        """Sorts rows by a substring of their codes."""
        starts = np.empty((1 << width) + 1, dtype=np.uint32)
        rows = np.empty(planes.shape[1], dtype=np.uint32)
        plane = np.ascontiguousarray(planes[word])
        self._build(plane.ctypes.data, plane.size, shift, width, starts.ctypes.data,
                    rows.ctypes.data)  # fmt: skip
        return SubstringTable(word, shift, width, starts, rows)

    def scores(
        self,
        activations: Activations,
        rows: NDArray[np.int64],
        towards: NDArray[np.float64],
        heard: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64] | None:
        """What `scoring.scores` gives, to the last digit; None for codes that are too long.

        Args:
            activations: float16 (n, n_bits), C-contiguous.
            rows: Which are wanted.
            towards: float64 (n_bits,).
            heard: float64 (n_bits,), 0 for bits that count as 0.
        """
        found = np.empty(rows.size, dtype=np.float64)
        rows, towards = np.ascontiguousarray(rows), np.ascontiguousarray(towards)
        was_done = self._scores(
            activations.ctypes.data, activations.shape[1], rows.ctypes.data, rows.size,
            towards.ctypes.data, None if heard is None else heard.ctypes.data, found.ctypes.data,
        )  # fmt: skip
        return found if was_done else None


class _Question:
    """A target as `scan.c` reads it, with room for what it finds."""

    def __init__(
        self, planes: Words, target: Target, wanted: int, allowed: NDArray[np.bool_] | None
    ) -> None:
        n_words, n_codes = planes.shape
        limit = target.largest_key
        mask = np.full(n_words, -1, dtype=np.int64) if target.mask is None else target.mask
        required = np.zeros(n_words, np.uint64) if target.required is None else target.required
        capacity = min(n_codes, max(1 << 14, 4 * wanted)) + (1 << 11)
        self._rows = np.empty(capacity, dtype=np.int64)
        self._keys = np.empty(capacity, dtype=np.int32)
        # Kept here as long as C may read them.
        self._read: dict[str, NDArray[np.generic]] = {
            "planes": planes,
            "examples": np.ascontiguousarray(target.examples),
            "weights": np.array(target.weights, dtype=np.int32),
            "positive_weights": np.array(target.positive_weights, dtype=np.int32),
            "mask": np.ascontiguousarray(mask),
            "required": np.ascontiguousarray(required),
            "counts": np.zeros(limit + 1, dtype=np.int64),
        }
        if allowed is not None:
            self._read["allowed"] = np.ascontiguousarray(allowed)
        self.search = _Search(
            stride=n_codes,
            n_words=n_words,
            n_examples=len(target.weights),
            n_positives=len(target.positive_weights),
            greatest=2**31 - 1 if target.greatest is None else target.greatest,
            offset=target.offset,
            has_required=target.required is not None,
            wanted=wanted,
            limit=limit,
            capacity=capacity,
            rows=self._rows.ctypes.data,
            keys=self._keys.ctypes.data,
            **{name: array.ctypes.data for name, array in self._read.items()},
        )

    def make_room(self) -> None:
        """Twice as much room, for more ties than there was room for."""
        n_found = self.search.n_found
        for name in ("_rows", "_keys"):
            full = getattr(self, name)
            larger = np.empty(2 * full.size, dtype=full.dtype)
            larger[:n_found] = full[:n_found]
            setattr(self, name, larger)
        self.search.capacity = self._rows.size
        self.search.rows, self.search.keys = self._rows.ctypes.data, self._keys.ctypes.data

    def found(self) -> Found:
        """What is within the limit, in the order in which it was found."""
        rows, keys = self._rows[: self.search.n_found], self._keys[: self.search.n_found]
        is_near = keys <= self.search.limit
        return Found(rows[is_near], keys[is_near].astype(np.int64))


def library_name() -> str:
    """How a library that is good for this program is called on this system."""
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    return f"scan-{SOURCE_DIGEST}{suffix}"


def find_library() -> Path | None:
    """The library for this machine; None if none was made when the program was installed."""
    places = (Path(__file__).parent, Path(sysconfig.get_path("purelib")) / INSTALLED_FOLDER)
    return next((p / library_name() for p in places if (p / library_name()).is_file()), None)


@cache
def compiled_search() -> CompiledSearch | None:
    """The compiled part; None where there is none, or it is not wanted."""
    library = None if os.environ.get(WITHOUT) else find_library()
    if library is None:
        return None
    try:
        return CompiledSearch(library)
    except OSError:
        _log.warning("%s cannot be loaded; searching goes on without it", library, exc_info=True)
        return None
